"""The clocks of a need: begun, stopped and reckoned anew inside the transaction of the act.

Numbers are those of the charter that the need began under; what a moment is in working time,
`kernel.calendar` says.
"""

from datetime import datetime

from django.db.models import Min

from alliance.models import Regulation
from members.models import Unit
from nanchuan.kernel import calendar
from services.models import Clock, Extension, Need, Pause

Kind = Clock.Kind


def begin(need: Need, kind: str, *, at: datetime, unit: Unit | None = None) -> Clock:
    """A step begins to be owed, by a unit or (None) by the office."""
    charter = need.charter or Regulation()
    days = charter.value(f"{kind}_days")
    if kind == Kind.SOLVE:
        days = charter.value("complex_days") if need.is_complex else days
        days = min(days, charter.value("longest_days"))
    clock = Clock.objects.create(
        need=need,
        kind=kind,
        unit=unit,
        regulation=need.charter,
        days=days,
        started_at=at,
        due_at=at,
    )
    reckon(need)
    return clock


def finish(need: Need, kind: str, *, at: datetime) -> None:
    """The step is done; nothing happens if it was not owed."""
    _running(need).filter(kind=kind).update(done_at=at, next_at=None)
    reckon(need)


def stop(need: Need, *kinds: str, at: datetime) -> None:
    """Nobody owes it any more (all kinds, unless told): withdrawn, declined, given to others."""
    rows = _running(need)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    rows.update(stopped_at=at, next_at=None)
    reckon(need)


def pause(  # noqa: PLR0913
    need: Need, why: str, *, at: datetime, reason: str = "", expected_on=None, by=None
) -> Pause:
    """The alliance's clocks stand still; the enterprise's own waiting goes on."""
    pause = Pause.objects.create(
        need=need, why=why, started_at=at, reason=reason, expected_on=expected_on, by=by
    )
    reckon(need)
    return pause


def resume(need: Need, why: str, *, at: datetime) -> None:
    need.pauses.filter(why=why, ended_at=None).update(ended_at=at)
    reckon(need)


def extend(extension: Extension) -> None:
    """The days that the office granted are added."""
    clock = extension.clock
    clock.extra_days += extension.days
    clock.save(update_fields=["extra_days"])
    reckon(clock.need)


def reckon(need: Need) -> None:
    """Store when each running clock is due, and on the need the first of these moments."""
    for clock in _running(need):
        day = calendar.working_days_after(clock.started_at.date(), clock.days + clock.extra_days)
        clock.due_at = clock.started_at + (day - clock.started_at.date())
        clock.save(update_fields=["due_at"])
    need.due_at = _running(need).aggregate(first=Min("due_at"))["first"]
    need.save(update_fields=["due_at"])


def _running(need):
    return Clock.objects.filter(need=need, done_at=None, stopped_at=None)
