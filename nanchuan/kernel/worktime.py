"""Working time counted exactly: pure arithmetic on the days and hours that it is given.

A working day is 1, and of it as much has passed at a moment as of its hours: so a day is a day
where the hours change on the way, and so many working days after ten o'clock are ten o'clock as
long as they do not. Which days and hours those are, `kernel.calendar` knows.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta, tzinfo
from fractions import Fraction
from functools import lru_cache
from math import floor

Span = tuple[timedelta, timedelta]  # since midnight: from (inclusive) and until (exclusive)
Years = Callable[[int], Sequence[int]]  # the working days of a year as ordinals, in order
NOTHING, MICROSECOND = timedelta(0), timedelta(microseconds=1)


@dataclass(frozen=True)
class Hours:
    """The hours of each working day from a day on."""

    starts_on: date
    spans: tuple[Span, ...]

    @property
    def length(self) -> timedelta:
        return sum((until - since for since, until in self.spans), NOTHING)


class WorkDays:
    """Questions about working days."""

    def __init__(self, years: Years):
        self._year = years

    def is_working_day(self, day: date) -> bool:
        days, number = self._year(day.year), day.toordinal()
        place = bisect_left(days, number)
        return place < len(days) and days[place] == number

    def days_after(self, day: date, n: int) -> date:
        """The n-th working day after a day, which is not counted itself; with 0 the day itself.

        Stays within the calendar: 9999-12-31 is the last day there is.
        """
        if n <= 0:
            return day
        year = day.year
        place = bisect_right(self._year(year), day.toordinal()) + n - 1
        while place >= len(self._year(year)):
            place -= len(self._year(year))
            year += 1
            if year > MAXYEAR:
                return date.max
        return date.fromordinal(self._year(year)[place])

    def days_before(self, day: date, n: int) -> date:
        """The n-th working day before a day, which is not counted itself; with 0 the day itself."""
        if n <= 0:
            return day
        year = day.year
        place = bisect_left(self._year(year), day.toordinal()) - n
        while place < 0:
            year -= 1
            if year < MINYEAR:
                return date.min
            place += len(self._year(year))
        return date.fromordinal(self._year(year)[place])

    def days_between(self, a: date, b: date) -> int:
        """How many working days pass from one day to another: the first day is not counted, the
        last one is. Negative if `b` lies before `a`."""
        if b < a:
            return -self.days_between(b, a)
        whole = sum(len(self._year(year)) for year in range(a.year, b.year))
        return whole + self._until(b) - self._until(a)

    def next_day(self, day: date) -> date:
        """The day itself if it is one, else the first one after it."""
        return day if self.is_working_day(day) else self.days_after(day, 1)

    def _until(self, day):
        """The working days of its year up to a day, which is counted."""
        return bisect_right(self._year(day.year), day.toordinal())


class WorkTime(WorkDays):
    """Questions about moments. `hours` are in order of their days; the first ones also hold for
    the days before them."""

    def __init__(self, years: Years, hours: Sequence[Hours], zone: tzinfo):
        super().__init__(years)
        self.hours, self.zone = tuple(hours), zone
        self._lengths = [each.length for each in self.hours]
        self._starts = [each.starts_on for each in self.hours]
        self._place = lru_cache(maxsize=2000)(self._place)  # a list asks for now with each row

    def is_working_moment(self, at: datetime) -> bool:
        day, since_midnight = self._local(at)
        if not self.is_working_day(day):
            return False
        spans = self.hours[self._of(day)].spans
        return any(since <= since_midnight < until for since, until in spans)

    def next_working_moment(self, at: datetime) -> datetime:
        """The moment itself if people work, else the first one after it."""
        day, since_midnight = self._local(at)
        if self.is_working_day(day):
            for since, until in self.hours[self._of(day)].spans:
                if since_midnight < until:
                    return at if since <= since_midnight else self._moment(day, since)
        day = self.days_after(day, 1)
        return self._moment(day, self.hours[self._of(day)].spans[0][0])

    def between(self, a: datetime, b: datetime) -> Fraction:
        """The working days, and parts of one, from one moment to another; negative backwards."""
        (first, passed, length), (last, rest, its_length) = self._place(a), self._place(b)
        days = self.days_between(first, last)
        if length == its_length:  # quicker, and the same
            return Fraction(days * length + rest - passed, length)
        return days + Fraction(rest, its_length) - Fraction(passed, length)

    def hours_between(self, a: datetime, b: datetime) -> timedelta:
        """The working time from one moment to another, hour by hour; negative backwards."""
        if b < a:
            return -self.hours_between(b, a)
        first, last = self._local(a)[0], self._local(b)[0]
        total = self._worked(b) - self._worked(a)
        for place, length in enumerate(self._lengths):
            total += length * self._days_under(place, first, last)
        return total

    def after(self, at: datetime, amount: Fraction | int) -> datetime:
        """The first moment at which so many working days have passed; with 0 the moment itself.

        What begins outside working hours begins with the next ones. A time that runs out with
        a working day runs out in the evening, not on the next morning.
        """
        if amount <= 0:
            return at
        day, passed, length = self._place(at)
        part = Fraction(passed, length)
        whole = floor(part + amount)
        rest = part + amount - whole
        if not rest:
            whole, rest = whole - 1, Fraction(1)
        day = self.days_after(day, whole)
        return self._moment(day, self._since_midnight(day, rest))

    def length_on(self, at: datetime) -> timedelta:
        """The working time of the day of a moment, were it a working day."""
        return self._lengths[self._of(self._local(at)[0])]

    def run_out(
        self, at: datetime, amount: int, pauses: Iterable[tuple[datetime, datetime]] = ()
    ) -> datetime:
        """`after`, where the clock stood still in intervals (which may overlap)."""
        found = self.after(at, amount)
        left = Fraction(amount)
        for since, until in joined(pauses, at):
            if since >= found:
                break
            left -= self.between(at, since)
            at, found = until, self.after(until, left)
        return found

    def elapsed(
        self, a: datetime, b: datetime, pauses: Iterable[tuple[datetime, datetime]] = ()
    ) -> Fraction:
        """`between`, without the intervals in which the clock stood still."""
        still = (
            self.between(since, min(until, b)) for since, until in joined(pauses, a) if since < b
        )
        return self.between(a, b) - sum(still)

    def _local(self, at):
        local = at.astimezone(self.zone).replace(tzinfo=None)
        midnight = datetime(local.year, local.month, local.day)  # noqa: DTZ001
        return local.date(), local - midnight

    def _moment(self, day, since_midnight):
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001
        return (midnight + since_midnight).replace(tzinfo=self.zone)

    def _of(self, day):
        """Which hours hold on a day."""
        return max(bisect_right(self._starts, day) - 1, 0)

    def _place(self, at):
        """The working day of a moment, how much of it has passed and how long it is, in
        microseconds; outside of working hours it is the beginning of the next ones."""
        day, since_midnight = self._local(at)
        if not self.is_working_day(day):
            day, since_midnight = self.days_after(day, 1), NOTHING
        which = self._of(day)
        passed = _passed(self.hours[which].spans, since_midnight)
        return day, passed // MICROSECOND, self._lengths[which] // MICROSECOND

    def _since_midnight(self, day, part):
        which = self._of(day)
        left = timedelta(microseconds=round(self._lengths[which] // MICROSECOND * part))
        for since, until in self.hours[which].spans:
            if left <= until - since:
                return since + left
            left -= until - since
        return until

    def _worked(self, at):
        """The working time of its day until a moment."""
        day, since_midnight = self._local(at)
        if not self.is_working_day(day):
            return NOTHING
        return _passed(self.hours[self._of(day)].spans, since_midnight)

    def _days_under(self, place, first, last):
        """How many working days from one day to before another have these hours."""
        since = self._starts[place] if place else date.min
        until = self._starts[place + 1] if place + 1 < len(self._starts) else date.max
        first, last = max(first, since), min(last, until)
        if last <= first:
            return 0
        return (
            self.days_between(first, last) + self.is_working_day(first) - self.is_working_day(last)
        )


def joined(pauses: Iterable[tuple[datetime, datetime]], since: datetime):
    """Intervals in order, none of which overlaps another or begins before a moment."""
    found = []
    for asked, ends in sorted(pauses):
        begins = max(asked, since)
        if ends <= begins:
            continue
        if found and begins <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends))
        else:
            found.append((begins, ends))
    return found


def _passed(spans, since_midnight):
    """How much of the spans of a day lies before a time of it."""
    return sum(
        (max(min(since_midnight, until) - since, NOTHING) for since, until in spans), NOTHING
    )
