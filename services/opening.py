"""On which days and at which hours a resource can be had: plain reckoning in the park's time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

DAY = timedelta(days=1)
Spans = list[tuple[datetime, datetime]]


@dataclass(frozen=True)
class Opening:
    """From which day until which it is offered, its hours by weekday (1 Monday … 7 Sunday; none
    at all: every hour) and the days on which it is closed."""

    first: date | None = None
    last: date | None = None
    weekly: tuple[tuple[int, time, time], ...] = ()
    closed: tuple[tuple[date, date], ...] = ()

    def is_offered(self, day: date) -> bool:
        begun = self.first is None or self.first <= day
        return begun and (self.last is None or day <= self.last)

    def is_closed(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.closed)

    def hours(self, day: date) -> Spans:
        """When it can be had on a day, one after the other."""
        if not self.is_offered(day) or self.is_closed(day):
            return []
        if not self.weekly:
            return [(_at(day, time.min), _at(day + DAY, time.min))]
        found = sorted(
            (opens, closes) for weekday, opens, closes in self.weekly if weekday == day.isoweekday()
        )
        return _joined([(_at(day, opens), _at(day, closes)) for opens, closes in found])

    def covers(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether it can be had all the time from one moment to another."""
        first = timezone.localdate(starts_at)
        last = timezone.localdate(ends_at - timedelta(microseconds=1))
        days = (first + number * DAY for number in range((last - first).days + 1))
        spans = _joined([span for day in days for span in self.hours(day)])
        return any(begins <= starts_at and ends_at <= ends for begins, ends in spans)


def opening_of(resource) -> Opening:
    """Asked of rows that a list loads beforehand (`open_times`, `closed_times`), if it does not
    know more (`known_opening`)."""
    if known := getattr(resource, "known_opening", None):
        return known
    weekly, closed = (), ()
    if resource.is_timed:
        rows = resource.open_times.all()
        weekly = tuple((row.weekday, row.opens_at, row.closes_at) for row in rows)
        closed = tuple((row.starts_on, row.ends_on) for row in resource.closed_times.all())
    return Opening(resource.free_from, resource.free_until, weekly, closed)


def _at(day: date, hour: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, hour))


def _joined(spans: Iterable[tuple[datetime, datetime]]) -> Spans:
    """Spans in order of their beginning; those that touch are one."""
    joined: Spans = []
    for begins, ends in spans:
        if joined and begins <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends))
        else:
            joined.append((begins, ends))
    return joined
