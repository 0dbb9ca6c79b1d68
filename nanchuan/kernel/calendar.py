"""Working days of China, with the make-up days (调休) that the State Council announces each year.

Pure questions about dates. A year that is not announced yet is estimated: weekdays without the
statutory holidays. What a year's working days are, only `_working_days` knows.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import MAXYEAR, MINYEAR, date, timedelta
from functools import lru_cache

import holidays
from django.utils.translation import get_language
from django.utils.translation import gettext as _

FIRST_WEEKEND_DAY = 5  # Saturday
LANGUAGES = {"en": "en_US"}  # of the library, by ours; everybody else reads Chinese


def is_working_day(day: date) -> bool:
    days, number = _working_days(day.year), day.toordinal()
    place = bisect_left(days, number)
    return place < len(days) and days[place] == number


def working_days_after(day: date, n: int) -> date:
    """The n-th working day after a day, which is not counted itself; with 0 the day itself.

    Stays within the calendar: 9999-12-31 is the last day there is.
    """
    if n <= 0:
        return day
    year = day.year
    place = bisect_right(_working_days(year), day.toordinal()) + n - 1
    while place >= len(_working_days(year)):
        place -= len(_working_days(year))
        year += 1
        if year > MAXYEAR:
            return date.max
    return date.fromordinal(_working_days(year)[place])


def working_days_before(day: date, n: int) -> date:
    """The n-th working day before a day, which is not counted itself; with 0 the day itself."""
    if n <= 0:
        return day
    year = day.year
    place = bisect_left(_working_days(year), day.toordinal()) - n
    while place < 0:
        year -= 1
        if year < MINYEAR:
            return date.min
        place += len(_working_days(year))
    return date.fromordinal(_working_days(year)[place])


def working_days_between(a: date, b: date) -> int:
    """How many working days pass from one day to another: the first day is not counted, the
    last one is. Negative if `b` lies before `a`."""
    if b < a:
        return -working_days_between(b, a)
    whole = sum(len(_working_days(year)) for year in range(a.year, b.year))
    return whole + _until(b) - _until(a)


def next_working_day(day: date) -> date:
    """The day itself if it is one, else the first one after it."""
    return day if is_working_day(day) else working_days_after(day, 1)


def is_estimated(year: int) -> bool:
    """Whether no make-up day of a year is known yet."""
    return not _known(year)[1]


def estimate_note(days: Iterable[date]) -> str:
    """What a page says beside dates that rest on an estimated year; nothing if none does."""
    years = sorted({day.year for day in days if is_estimated(day.year)})
    if not years:
        return ""
    return _("%(years)s年的调休安排尚未公布，暂按周末和法定节假日推算。") % {
        "years": "、".join(str(year) for year in years)  # data
    }


def holiday_name(day: date) -> str:
    """What a public holiday is called, 休息日 for a day off in exchange; nothing for other days."""
    name = _names(day.year, LANGUAGES.get(get_language(), "zh_CN")).get(day, "")
    return name.replace("（", "(").partition("(")[0].strip()


def is_made_up(day: date) -> bool:
    """Whether a day of a weekend is worked in exchange for another one (调休上班)."""
    return day in _known(day.year)[1]


def _until(day: date) -> int:
    """The working days of its year up to a day, which is counted."""
    return bisect_right(_working_days(day.year), day.toordinal())


@lru_cache(maxsize=128)
def _working_days(year: int) -> tuple[int, ...]:
    """The working days of a year as ordinals, in order."""
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
