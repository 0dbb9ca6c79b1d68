"""Who comes from outside may have been here before: found by ID number, told of with care."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.actions import numbers
from members.models import Membership, PartyMember, Transfer
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused

FINAL = (Membership.End.LEFT, Membership.End.DECEASED)


def find(number: str, name: str, *, by) -> PartyMember | None:
    """The former member who comes back; None for somebody new. Raises StepRefused otherwise.

    Who sees that person hears why. Who does not learns only that the number cannot be used here,
    whatever the reason; it is logged without the number, and after a few there is no answer at
    all. Call it first outside what a refusal takes back.
    """
    person = PartyMember.objects.of_id_number(number).first()
    why = _why_not(person, name) if person else ""
    if why and (by is None or _sees(by, person)):
        raise StepRefused(why)
    if by:
        numbers.check_pace(by)
    if why:
        numbers.refuse(by)
    return person


@transaction.atomic
def find_or_enter(facts: dict, *, by, at: datetime | None = None) -> PartyMember:
    """The person of a letter: found, with what was not known yet, or entered without a place."""
    person = find(facts.get("id_number", ""), facts["name"], by=by)
    is_new = person is None
    person = person or PartyMember(**facts)
    for name, value in facts.items():
        if value and not getattr(person, name):
            setattr(person, name, value)
    try:
        person.check_facts()
    except ValidationError as error:
        raise StepRefused(" ".join(error.messages)) from None
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError:  # entered by somebody else in the same moment
        raise StepRefused(_("该公民身份号码刚由别人登记。请刷新后再试。")) from None
    if is_new:
        events.record("member.entered", subject=person, by=by, at=at)
    return person


def _why_not(person, name) -> str:
    if person.name != name:
        return _("该号码已登记为“%(name)s”，与填写的姓名不同。请核对。") % {"name": person.name}
    last = person.memberships.order_by("-starts_on").select_related("organization").first()
    if last and (last.ends_on is None or last.ends_on > timezone.localdate()):
        return _("该同志是“%(name)s”的党员，请办理园区内转接。") % {"name": last.organization}
    if last and last.end_reason in FINAL:
        return _("该同志的党籍已登记为“%(end)s”，不能转入。请核对。") % {
            "end": last.get_end_reason_display()
        }
    if Transfer.objects.waiting().filter(member=person).exists():
        return _("该同志已有一件等待接收的转接。请先办结或撤回那一件。")
    return ""


def _sees(by, person) -> bool:
    return (
        PartyMember.objects.visible_to(by).filter(pk=person.pk).exists()
        or Transfer.objects.visible_to(by).waiting().filter(member=person).exists()
    )
