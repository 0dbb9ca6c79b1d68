from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Instructor, PartyMember, Unit
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused


@transaction.atomic
def assign(  # noqa: PLR0913
    unit: Unit,
    member: PartyMember,
    *,
    starts_on: date,
    by,
    note: str = "",
    at: datetime | None = None,
) -> Instructor:
    """A member guides party work at a unit from a day on (选派党建指导员).

    Whoever did until then ends the day before. Raises StepRefused for a day in the future, for
    one that the present instructor's own beginning rules out, and for a member who is none then.
    """
    list(Unit.objects.select_for_update(no_key=True).filter(pk=unit.pk).values_list("pk"))
    _check_day(starts_on)
    if not member.memberships.counted(starts_on).exists():
        raise StepRefused(
            _("“%(name)s”在 %(day)s 不是在册党员。请核对人选和日期。")
            % {"name": member, "day": starts_on}
        )
    _succeed(unit, member, starts_on)
    made = Instructor.objects.create(unit=unit, member=member, starts_on=starts_on, note=note)
    events.record("instructor.assigned", subject=unit, by=by, at=at, on=starts_on)
    return made


@transaction.atomic
def end(instructor: Instructor, *, ends_on: date, by, at: datetime | None = None) -> Instructor:
    """A member no longer guides a unit (结束指导); the day is the last one."""
    instructor = Instructor.objects.select_for_update(no_key=True).get(pk=instructor.pk)
    _check_day(ends_on)
    if instructor.ends_on is not None:
        raise StepRefused(_("这位党建指导员的任期已经结束，不需要再办理。"))
    if ends_on < instructor.starts_on:
        raise StepRefused(
            _("这位党建指导员从 %(day)s 开始，结束日期不能更早。") % {"day": instructor.starts_on}
        )
    instructor.ends_on = ends_on
    instructor.save()
    events.record("instructor.ended", subject=instructor.unit, by=by, at=at, on=ends_on)
    return instructor


def _check_day(day):
    if day > timezone.localdate():
        raise StepRefused(_("日期不能晚于今天。请在当天或以后办理。"))


def _succeed(unit, member, starts_on):
    """The present instructor ends the day before; a period that is over stays as it is."""
    rows = unit.instructors.overlapping(starts_on, None).order_by("starts_on")
    for row in rows:
        if row.starts_on >= starts_on or row.ends_on is not None:
            raise StepRefused(
                _("%(name)s已从 %(day)s 起担任这个单位的党建指导员。请换一个日期。")
                % {"name": row.member, "day": row.starts_on}
            )
        if row.member_id == member.pk:
            raise StepRefused(_("这位同志已是该单位的党建指导员。"))
        row.ends_on = starts_on - timedelta(days=1)
        row.save()
