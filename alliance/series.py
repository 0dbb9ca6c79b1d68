"""The days of a series of meetings (系列会议): a rhythm, bounded, and what becomes of the days on
which nobody works. Pure questions about dates."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from dateutil.rrule import FR, MO, MONTHLY, SA, SU, TH, TU, WE, WEEKLY, rrule
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.models import Series
from alliance.numerals import numeral
from nanchuan.kernel import calendar
from nanchuan.kernel.templatetags.ui import weekday

MOST = 60  # meetings of one series
WEEKDAYS = (MO, TU, WE, TH, FR, SA, SU)
WEEK = 7
LAST = 4  # beyond the fourth of a month it is the last
SHORTEST = 28
Rhythm, Shift = Series.Rhythm, Series.Shift


@dataclass(frozen=True)
class Day:
    """A day of the rhythm (`on`), and the day of the meeting: the same, or a working day."""

    on: date
    meets_on: date

    @property
    def is_shifted(self) -> bool:
        return self.on != self.meets_on


def days(series: Series, since: date | None = None) -> list[Day]:
    """The days of a series from `since` on, in order; of two that fall together the first."""
    found, taken = [], set()
    for on in islice(rhythm(series), MOST + 1):
        day = Day(on, shifted(on, series.shift))
        if day.meets_on in taken:
            continue
        taken.add(day.meets_on)
        if since is None or on >= since:
            found.append(day)
    return found


def rhythm(series: Series) -> Iterator[date]:
    """Its days before any shift. The 31st is the last day of a shorter month, the fifth Monday
    the last one."""
    first = series.starts_on
    facts = {
        "dtstart": datetime(first.year, first.month, first.day),  # noqa: DTZ001 - days only
        "until": datetime(series.until.year, series.until.month, series.until.day),  # noqa: DTZ001
        "interval": series.interval,
    }
    if series.rhythm == Rhythm.WEEKLY:
        rule = rrule(WEEKLY, **facts)
    elif series.rhythm == Rhythm.MONTHLY_DAY:
        ends = range(min(first.day, SHORTEST), first.day + 1)
        rule = rrule(MONTHLY, bymonthday=tuple(ends), bysetpos=-1, **facts)
    else:
        place = (first.day - 1) // WEEK + 1
        weekday = WEEKDAYS[first.weekday()](place if place <= LAST else -1)
        rule = rrule(MONTHLY, byweekday=weekday, **facts)
    for moment in rule:
        yield moment.date()


def shifted(on: date, shift: str) -> date:
    if shift == Shift.KEEP or calendar.is_working_day(on):
        return on
    if shift == Shift.NEXT:
        return calendar.next_working_day(on)
    return calendar.working_days_before(on, 1)


def times(series: Series, day: date) -> tuple[datetime, datetime]:
    starts_at = timezone.make_aware(datetime.combine(day, series.time))
    return starts_at, starts_at + timedelta(minutes=series.duration)


def period(series: Series, on: date) -> tuple[int, int]:
    """Within it a meeting keeps its place when the rhythm changes: its week or its month."""
    if series.rhythm == Rhythm.WEEKLY:
        year, week, _weekday = on.isocalendar()
        return year, week
    return on.year, on.month


def words(series: Series) -> str:
    """每 2 周的周二, 每月 15 日, 每 3 个月的第二个周二."""
    first, number = series.starts_on, series.interval
    place = (first.day - 1) // WEEK + 1
    facts = {"number": number, "weekday": weekday(first), "day": first.day}
    if series.rhythm == Rhythm.WEEKLY:
        once, more = _("每周的%(weekday)s"), _("每 %(number)d 周的%(weekday)s")
    elif series.rhythm == Rhythm.MONTHLY_DAY:
        once, more = _("每月 %(day)d 日"), _("每 %(number)d 个月的 %(day)d 日")
    elif place > LAST:
        once = _("每月最后一个%(weekday)s")
        more = _("每 %(number)d 个月的最后一个%(weekday)s")
    else:
        facts["place"] = numeral(place)
        once = _("每月第%(place)s个%(weekday)s")
        more = _("每 %(number)d 个月的第%(place)s个%(weekday)s")
    return (once if number == 1 else more) % facts
