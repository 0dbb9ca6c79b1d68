"""An ID number that somebody types may be another person's: told neutrally, counted, limited."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import PartyMember
from nanchuan.kernel import events
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused

TAKEN = "member.number_taken"
MOST, WITHIN = 5, timedelta(hours=1)


def check(number: str, *, person: PartyMember, by) -> None:
    """Raises StepRefused if somebody else has the number.

    Who sees that person hears the name. Who does not learns only that the number cannot be
    entered; it is logged without the number, and after a few there is no answer at all.
    Write the event outside what the refusal takes back.
    """
    others = PartyMember.objects.of_id_number(number).exclude(pk=person.pk)
    if seen := others.visible_to(by).first():
        raise StepRefused(
            _("该公民身份号码已登记为“%(name)s”。请核对，或在原有的资料上更正。") % {"name": seen}
        )
    check_pace(by)
    if others.exists():
        refuse(by)


def check_pace(by) -> None:
    """Raises StepRefused for who has asked for too many numbers of others within the hour."""
    since = timezone.now() - WITHIN
    if Event.objects.filter(name=TAKEN, by=by, happened_at__gte=since).count() >= MOST:
        raise StepRefused(_("核对的号码太多。请一小时后再试，或请园区党务工作者协助。"))


def refuse(by) -> None:
    """Says neutrally that the number cannot be entered, and keeps that it was asked for."""
    events.record(TAKEN, subject=by, by=by)
    raise StepRefused(_("这个号码暂时不能录入。请核对；确认无误的，请联系园区党务工作者。"))
