from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Absence, PartyMember
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused


@transaction.atomic
def record(  # noqa: PLR0913
    member: PartyMember,
    *,
    kind: str,
    starts_on: date,
    by,
    place: str = "",
    note: str = "",
    at: datetime | None = None,
) -> Absence:
    """A member lives elsewhere or cannot be reached from a day on (登记流动或失联).

    Raises StepRefused for a day in the future, and while the same is recorded already.
    """
    _check_day(starts_on)
    made = Absence(member=member, kind=kind, starts_on=starts_on, place=place, note=note)
    try:
        made.full_clean()
    except ValidationError as error:
        raise StepRefused(" ".join(error.messages)) from None
    made.save()
    events.record("absence.recorded", subject=member, by=by, at=at, kind=kind, on=starts_on)
    return made


@transaction.atomic
def end(absence: Absence, *, ends_on: date, by, at: datetime | None = None) -> Absence:
    """A member is back or was reached (结束流动或失联); the day is the last one away."""
    absence = Absence.objects.select_for_update(no_key=True).get(pk=absence.pk)
    _check_day(ends_on)
    if absence.ends_on is not None:
        raise StepRefused(_("这条记录已经结束，不需要再办理。"))
    if ends_on < absence.starts_on:
        raise StepRefused(
            _("这条记录从 %(day)s 开始，结束日期不能更早。") % {"day": absence.starts_on}
        )
    absence.ends_on = ends_on
    absence.save()
    kind = absence.kind
    events.record("absence.ended", subject=absence.member, by=by, at=at, kind=kind, on=ends_on)
    return absence


def _check_day(day):
    if day > timezone.localdate():
        raise StepRefused(_("日期不能晚于今天。请在当天或以后办理。"))
