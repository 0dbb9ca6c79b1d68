"""The calendar as it is laid out: a month or a week of days, and what lasts longer above them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nanchuan.kernel import calendar
from nanchuan.kernel.calendars import Entry
from nanchuan.kernel.periods import day_before, months_after

MONTH, WEEK, LIST = "month", "week", "list"
VIEWS = {MONTH: gettext_lazy("月"), WEEK: gettext_lazy("周"), LIST: gettext_lazy("列表")}
EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
DAY, DAYS_OF_WEEK = timedelta(days=1), 7
LONG = timedelta(days=7)  # what lasts longer stands above the days, and on its first one
MOST, MOST_DOTS = 4, 3  # entries of a day of a month: on a desk, and as dots on a phone


@dataclass
class Day:
    date: date
    is_today: bool
    is_outside: bool  # of the month that is shown
    most: int | None
    entries: list[Entry] = field(default_factory=list)

    @property
    def anchor(self) -> str:
        return f"day-{self.date}"

    @property
    def holiday(self) -> str:
        return calendar.holiday_name(self.date)

    @property
    def is_made_up(self) -> bool:
        return calendar.is_made_up(self.date)

    @property
    def is_off(self) -> bool:
        return not calendar.is_working_day(self.date)

    @property
    def shown(self) -> list[Entry]:
        return self.entries[: self.most]

    @property
    def rest(self) -> list[Entry]:
        """What a desk has no room for; a phone and paper show it too."""
        return [] if self.most is None else self.entries[self.most :]

    @property
    def dots(self) -> list[Entry]:
        return self.entries[:MOST_DOTS]


@dataclass(frozen=True)
class Span:
    """The days that a view shows around a day, and the way to those before and after."""

    view: str
    on: date

    @property
    def first(self) -> date:
        if self.view == WEEK:
            return _monday(self.on)
        return self.on.replace(day=1)

    @property
    def last(self) -> date:
        if self.view == WEEK:
            return self.first + (DAYS_OF_WEEK - 1) * DAY
        return day_before(months_after(self.first, 1))

    @property
    def drawn(self) -> tuple[date, date]:
        """With the days that fill the first and the last week of a month."""
        if self.view == LIST:
            return self.first, self.last
        return _monday(self.first), _monday(self.last) + (DAYS_OF_WEEK - 1) * DAY

    @property
    def previous(self) -> date | None:
        before = self.first - DAY
        return None if before < EARLIEST else before if self.view == WEEK else before.replace(day=1)

    @property
    def following(self) -> date | None:
        after = self.last + DAY
        return None if after > LATEST else after

    @property
    def title(self) -> str:
        if self.view == WEEK:
            return f"{self.first} — {self.last}"
        words = {"year": self.first.year, "month": self.first.month}
        return _("%(year)d 年 %(month)d 月") % words


class Sheet:
    """A view filled with entries."""

    def __init__(self, span: Span, entries: Iterable[Entry], today: date):
        self.span, self.today = span, today
        self.entries = list(entries)

    @cached_property
    def within(self) -> list[Entry]:
        """The entries of the month or the week itself: what the list and the file have."""
        first, last = self.span.first, self.span.last
        return [row for row in self.entries if row.first_day <= last and row.last_day >= first]

    @property
    def long(self) -> list[Entry]:
        return [entry for entry in self.within if _is_long(entry)]

    @cached_property
    def weeks(self) -> list[list[Day]]:
        first, last = self.span.drawn
        days = {day: self._day(day) for day in _from(first, last)}
        for entry in self.entries:
            ends = entry.first_day if _is_long(entry) else entry.last_day
            for day in _from(max(entry.first_day, first), min(ends, last)):
                days[day].entries.append(entry)
        found = list(days.values())
        return [found[start : start + DAYS_OF_WEEK] for start in range(0, len(found), DAYS_OF_WEEK)]

    @property
    def is_empty(self) -> bool:
        return not self.within

    @property
    def note(self) -> str:
        """Said beside days off that are only estimated."""
        return calendar.estimate_note(self.span.drawn)

    def _day(self, day):
        outside = not self.span.first <= day <= self.span.last
        return Day(day, day == self.today, outside, MOST if self.span.view == MONTH else None)


def nearest(day: date) -> date:
    """A day that the calendar has, the asked one if it does."""
    return min(max(day, EARLIEST), LATEST)


def _is_long(entry) -> bool:
    return entry.last_day - entry.first_day >= LONG


def _monday(day: date) -> date:
    return day - day.weekday() * DAY


def _from(first: date, last: date) -> Iterable[date]:
    return (first + number * DAY for number in range((last - first).days + 1))
