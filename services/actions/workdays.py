"""The office decides which days are worked and during which hours (工作日历、作息时间); what is
due is reckoned anew in the same transaction, or right after it where that is much."""

from datetime import date, time

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.accounts.models import User
from nanchuan.kernel import calendar, events
from nanchuan.kernel.models import CalendarDay, WorkingHours
from nanchuan.kernel.states import StepRefused
from services import moving
from services.actions import reckonings
from services.actions.rights import office, require
from services.models import Reckoning


@transaction.atomic
def set_day(day: date, *, is_working: bool | None, name: str = "", by: User | None) -> Reckoning:
    """A day is worked, or free, whatever the library says of it; None: as the library says."""
    require(by is None or office(by))
    before = calendar.read()
    row = CalendarDay.objects.select_for_update().filter(date=day).first()
    check_day(row, is_working, name)
    row = row or CalendarDay(date=day, is_working=False)
    facts = {"date": day.isoformat(), "is_working": is_working, "called": name}
    if is_working is None:
        events.record("calendar.day_cleared", subject=row, by=by, **facts)
        row.delete()
    else:
        row.is_working, row.name = is_working, name
        _save(row, by)
        events.record("calendar.day_set", subject=row, by=by, **facts)
    return _reckon(before, by)


def check_day(row: CalendarDay | None, is_working: bool | None, name: str) -> None:
    before = (None, "") if row is None else (row.is_working, row.name)
    if before == (is_working, name if is_working is not None else ""):
        raise StepRefused(_("这一天本来就是这样安排的。"))


@transaction.atomic
def set_hours(starts_on: date, times: tuple[time, time, time, time], *, by: User | None):
    """The hours of each working day from a day on."""
    require(by is None or office(by))
    before = calendar.read()
    rows = WorkingHours.objects.select_for_update()
    row = rows.filter(starts_on=starts_on).first() or WorkingHours(starts_on=starts_on)
    row.morning_from, row.morning_until, row.afternoon_from, row.afternoon_until = times
    _save(row, by)
    told = [f"{at:%H:%M}" for at in times]
    events.record(
        "calendar.hours_set", subject=row, by=by, starts_on=starts_on.isoformat(), times=told
    )
    return _reckon(before, by)


@transaction.atomic
def drop_hours(row: WorkingHours, *, by: User | None) -> Reckoning:
    """What held before them holds on."""
    require(by is None or office(by))
    before = calendar.read()
    facts = {"starts_on": row.starts_on.isoformat()}
    events.record("calendar.hours_dropped", subject=row, by=by, **facts)
    if not WorkingHours.objects.filter(pk=row.pk).delete()[0]:
        raise StepRefused(_("这份作息时间刚被别人删去，请刷新。"))
    return _reckon(before, by)


def _save(row, by):
    row.changed_by, row.changed_at = by, timezone.now()
    row.save()


def _reckon(before: calendar.Decided, by) -> Reckoning:
    """What is due, and the reminders of meetings whose dates are other ones now."""
    with calendar.supposing(before):
        moved = moving.meetings(calendar.read())
    events.record_many("meeting.recounted", [(meeting, {}) for meeting, _words in moved], by=by)
    transaction.on_commit(calendar.forget)
    return reckonings.ask(by=by)
