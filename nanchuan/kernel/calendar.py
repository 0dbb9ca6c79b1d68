"""The working days and hours of the park: China's holidays with the make-up days (调休) that the
State Council announces each year, and what the park itself decided on top of them.

A year that is not announced yet is estimated: weekdays without the statutory holidays. How
working time is counted, `kernel.worktime` says; this module knows of which days and hours. Each
process looks for changes every few seconds, and at once after one of its own (`forget`).
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType

import holidays
from django.db.models import Count, Max
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from nanchuan.kernel.workdays import CalendarDay, WorkingHours
from nanchuan.kernel.worktime import Hours, WorkTime

FIRST_WEEKEND_DAY = 5  # Saturday
LANGUAGES = {"en": "en_US"}  # of the library, by ours; everybody else reads Chinese
FRESH = 5  # seconds in which a change of another process may go unnoticed
EARLIEST = date(2000, 1, 1)


def hours_of(row: WorkingHours) -> Hours:
    """The hours that a row says, from its day on."""
    spans = (
        (row.morning_from, row.morning_until),
        (row.afternoon_from, row.afternoon_until),
    )
    return Hours(row.starts_on, tuple((_since_midnight(a), _since_midnight(b)) for a, b in spans))


def _since_midnight(at):
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)


USUAL = hours_of(WorkingHours(starts_on=EARLIEST))  # 8:30–12:00, 14:00–18:00


@dataclass(frozen=True)
class OwnDay:
    """A day that is worked, or free, because the park says so."""

    is_working: bool
    name: str = ""


@dataclass(frozen=True)
class Decided:
    """What the park decided: single days, and the hours in order of their first days."""

    days: Mapping[date, OwnDay] = field(default_factory=lambda: MappingProxyType({}))
    hours: Sequence[Hours] = ()

    def with_days(self, days: Mapping[date, OwnDay | None]) -> "Decided":
        """The same, had these days been decided so (None: as the library says)."""
        found = {**self.days, **days}
        return Decided({day: own for day, own in found.items() if own is not None}, self.hours)

    def with_hours(self, hours: Hours) -> "Decided":
        """The same, had these hours been decided."""
        others = [each for each in self.hours if each.starts_on != hours.starts_on]
        return Decided(self.days, sorted([*others, hours], key=lambda each: each.starts_on))

    def without_hours(self, starts_on: date) -> "Decided":
        return Decided(self.days, [each for each in self.hours if each.starts_on != starts_on])


class Calendar(WorkTime):
    """The days and hours of the library with what was decided on top."""

    def __init__(self, decided: Decided):
        first = decided.hours[0].starts_on if decided.hours else date.max
        hours = [*([USUAL] if first > EARLIEST else []), *decided.hours]
        super().__init__(self.working_days, hours, timezone.get_default_timezone())
        self.decided = decided
        self._own_years = {day.year for day in decided.days}
        self._known_years: dict[int, tuple[int, ...]] = {}

    def working_days(self, year: int) -> tuple[int, ...]:
        """The working days of a year as ordinals, in order."""
        if year not in self._own_years:
            return _working_days(year)
        if year not in self._known_years:
            own = {day: row for day, row in self.decided.days.items() if day.year == year}
            days = {number for number in _working_days(year) if date.fromordinal(number) not in own}
            days |= {day.toordinal() for day, row in own.items() if row.is_working}
            self._known_years[year] = tuple(sorted(days))
        return self._known_years[year]


NOTHING_DECIDED = Calendar(Decided())


@dataclass
class _Shared:
    """What this process knows, when it last looked, and how the rows stood then."""

    calendar: Calendar = NOTHING_DECIDED
    stamp: tuple[dict, ...] | None = None
    looked_at: float = float("-inf")


_shared = _Shared()
_supposed: ContextVar[Calendar | None] = ContextVar("supposed", default=None)


def in_force() -> Calendar:
    """The calendar as it stands."""
    if found := _supposed.get():
        return found
    if time.monotonic() >= _shared.looked_at + FRESH:
        _look()
    return _shared.calendar


def forget() -> None:
    """Look anew when next asked: after a change of this process was committed."""
    _shared.looked_at = float("-inf")


@contextmanager
def supposing(decided: Decided) -> Iterator[None]:
    """Within it the answers are those of other decisions: to show what a change would move, and
    to reckon in its transaction."""
    token = _supposed.set(Calendar(decided))
    try:
        yield
    finally:
        _supposed.reset(token)


def read() -> Decided:
    """What the rows say now: two questions."""
    days = {
        row.date: OwnDay(row.is_working, row.name) for row in CalendarDay.objects.order_by("date")
    }
    return Decided(days, [hours_of(row) for row in WorkingHours.objects.order_by("starts_on")])


def _look():
    at, stamp = time.monotonic(), _stamp()
    if stamp != _shared.stamp:
        _shared.calendar, _shared.stamp = Calendar(read()), stamp
    _shared.looked_at = at


def _stamp():
    """Changes with each change of the rows."""
    facts = {"rows": Count("pk"), "last": Max("changed_at")}
    return tuple(model.objects.aggregate(**facts) for model in (CalendarDay, WorkingHours))


def is_working_day(day: date) -> bool:
    return in_force().is_working_day(day)


def working_days_after(day: date, n: int) -> date:
    """The n-th working day after a day, which is not counted itself; with 0 the day itself.

    Stays within the calendar: 9999-12-31 is the last day there is.
    """
    return in_force().days_after(day, n)


def working_days_before(day: date, n: int) -> date:
    """The n-th working day before a day, which is not counted itself; with 0 the day itself."""
    return in_force().days_before(day, n)


def working_days_between(a: date, b: date) -> int:
    """How many working days pass from one day to another: the first day is not counted, the
    last one is. Negative if `b` lies before `a`."""
    return in_force().days_between(a, b)


def next_working_day(day: date) -> date:
    """The day itself if it is one, else the first one after it."""
    return in_force().next_day(day)


def is_working_moment(at: datetime) -> bool:
    return in_force().is_working_moment(at)


def next_working_moment(at: datetime) -> datetime:
    """The moment itself if people work, else the first one after it."""
    return in_force().next_working_moment(at)


def after(at: datetime, days: int) -> datetime:
    """So many working days later, at the same time of the day as long as the hours are the same.

    What begins outside working hours begins with the next ones; what runs out with a working day
    runs out in its evening. With 0 the moment itself.
    """
    return in_force().after(at, days)


def run_out(at: datetime, days: int, pauses: Iterable[tuple[datetime, datetime]] = ()) -> datetime:
    """`after`, where a clock stood still in intervals."""
    return in_force().run_out(at, days, pauses)


def working_time_between(a: datetime, b: datetime) -> timedelta:
    """The working time from one moment to another; negative backwards."""
    return in_force().hours_between(a, b)


def words(a: datetime, b: datetime, pauses: Iterable[tuple[datetime, datetime]] = ()) -> str:
    """The working time from one moment to a later one, without intervals in which a clock stood
    still: “3 个工作日 2 小时”."""
    return words_of(in_force().elapsed(a, b, pauses), b)


def words_of(passed: Fraction, until: datetime) -> str:
    """So many working days, of which the last is that of a moment."""
    whole, rest = divmod(passed.numerator, passed.denominator)
    return span_words(whole, in_force().length_on(until) * (rest / passed.denominator))


def span_words(days: int, rest: timedelta) -> str:
    """Working days and what is left of one, in words: hours, below an hour minutes."""
    return _span_words(days, round(rest.total_seconds()) // 60, get_language())


@lru_cache(maxsize=5000)
def _span_words(days: int, rest: int, _language) -> str:
    hours, minutes = divmod(rest, 60)
    told = []
    if days:
        told.append(ngettext("%(number)d 个工作日", "%(number)d 个工作日", days) % {"number": days})
    if hours:
        told.append(ngettext("%(number)d 小时", "%(number)d 小时", hours) % {"number": hours})
    if not told and minutes:
        told.append(ngettext("%(number)d 分钟", "%(number)d 分钟", minutes) % {"number": minutes})
    return " ".join(told) or _("不足 1 分钟")


def is_estimated(year: int) -> bool:
    """Whether no make-up day of a year is known yet."""
    return not (_known(year)[1] or any(day.year == year for day in _made_up_here()))


def estimate_note(days: Iterable[date]) -> str:
    """What a page says beside dates that rest on an estimated year; nothing if none does."""
    years = sorted({day.year for day in days if is_estimated(day.year)})
    if not years:
        return ""
    return _("%(years)s年的调休安排尚未公布，暂按周末和法定节假日推算。") % {
        "years": "、".join(str(year) for year in years)  # data
    }


def own_day(day: date) -> OwnDay | None:
    """What the park decided of a day, if anything."""
    return in_force().decided.days.get(day)


def holiday_name(day: date) -> str:
    """What a day off is called: by the park, else as a public holiday, 休息日 for one in exchange;
    nothing for other days."""
    if own := own_day(day):
        return "" if own.is_working else own.name or _("休息日")
    name = _names(day.year, LANGUAGES.get(get_language(), "zh_CN")).get(day, "")
    return name.replace("（", "(").partition("(")[0].strip()


def is_made_up(day: date) -> bool:
    """Whether a day that is usually off is worked in exchange for another one (调休上班)."""
    if own := own_day(day):
        return own.is_working and not is_usually_worked(day)
    return day in _known(day.year)[1]


def is_usually_worked(day: date) -> bool:
    """Whether a day would be worked if weekdays and the statutory holidays decided alone."""
    return day.weekday() < FIRST_WEEKEND_DAY and day not in _known(day.year)[0]


def is_worked_by_the_library(day: date) -> bool:
    """What a day is as long as the park decides nothing of it."""
    return NOTHING_DECIDED.is_working_day(day)


def _made_up_here():
    """Days of a weekend that the park itself works: then the year's arrangement is known."""
    return (
        day
        for day, own in in_force().decided.days.items()
        if own.is_working and day.weekday() >= FIRST_WEEKEND_DAY
    )


@lru_cache(maxsize=128)
def _working_days(year: int) -> tuple[int, ...]:
    """The working days of a year as ordinals, in order, by the library alone."""
    off, made_up = _known(year)
    step = timedelta(days=1)
    day, found = date(year, 1, 1), []
    while True:
        if day in made_up or (day.weekday() < FIRST_WEEKEND_DAY and day not in off):
            found.append(day.toordinal())
        if (day.month, day.day) == (12, 31):
            return tuple(found)
        day += step


@lru_cache(maxsize=128)
def _known(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """The days off and the make-up days of a year that the library knows."""
    known = holidays.CN(years=year, expand=False)
    # The library lists make-up days of other years too.
    return frozenset(known), frozenset(day for day in known.weekend_workdays if day.year == year)


@lru_cache(maxsize=128)
def _names(year: int, language: str) -> dict[date, str]:
    return dict(holidays.CN(years=year, expand=False, language=language))
