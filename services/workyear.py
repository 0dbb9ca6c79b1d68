"""The working calendar as it is laid out: a year at a glance, or one month with its names."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from nanchuan.kernel import calendar
from nanchuan.kernel.periods import months_after
from nanchuan.kernel.templatetags.ui import weekday
from nanchuan.kernel.worktime import Hours

EARLIEST, LATEST = 2000, 2099
DAY, DAYS_OF_WEEK, MONTHS = timedelta(days=1), 7, 12


@dataclass(frozen=True)
class Day:
    """A day: whether it is worked, what it is called, and whether the park itself says so."""

    date: date
    is_outside: bool  # of the month that is shown
    is_today: bool

    @property
    def anchor(self) -> str:
        return f"day-{self.date}"

    @property
    def is_off(self) -> bool:
        return not calendar.is_working_day(self.date)

    @property
    def is_own(self) -> bool:
        return calendar.own_day(self.date) is not None

    @property
    def name(self) -> str:
        own = calendar.own_day(self.date)
        return (own and own.name) or calendar.holiday_name(self.date)

    @property
    def mark(self) -> str:
        """One letter beside the day, as wall calendars have it: 休 or 班."""
        if self.is_off:
            return _("休") if self.name or self.is_own else ""
        return _("班") if self.is_own or calendar.is_made_up(self.date) else ""

    @property
    def words(self) -> str:
        """The day in a sentence, for those who hear it and on hovering."""
        told = [
            str(self.date),
            weekday(self.date),
            _("休息") if self.is_off else _("上班"),
            self.name,
        ]
        if self.is_own:
            told.append(_("园区设定"))
        return " ".join(filter(None, told))


@dataclass(frozen=True)
class Month:
    first: date
    today: date

    @property
    def title(self) -> str:
        return _("%(number)d 月") % {"number": self.first.month}

    @property
    def weeks(self) -> list[list[Day]]:
        """Whole weeks from Monday."""
        since = self.first - self.first.weekday() * DAY
        until = months_after(self.first, 1)
        found = []
        while since < until:
            found.append([self._day(since + number * DAY) for number in range(DAYS_OF_WEEK)])
            since += DAYS_OF_WEEK * DAY
        return found

    @property
    def working_days(self) -> int:
        before = self.first - DAY
        return calendar.working_days_between(before, months_after(self.first, 1) - DAY)

    def _day(self, day):
        return Day(day, day.month != self.first.month, day == self.today)


def months_of(year: int, today: date) -> list[Month]:
    return [Month(date(year, month, 1), today) for month in range(1, MONTHS + 1)]


def hours_words(hours: Hours) -> str:
    """8:30—12:00，14:00—18:00."""
    return "，".join(f"{_time(since)}—{_time(until)}" for since, until in hours.spans)  # data


def _time(since_midnight: timedelta) -> str:
    hours, minutes = divmod(since_midnight // timedelta(minutes=1), 60)
    return f"{hours}:{minutes:02}"
