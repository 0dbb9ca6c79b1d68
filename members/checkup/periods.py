"""The periods of a year that a duty is judged in, under the version in force on their first day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache

from members.models import DutyRule

DAY = timedelta(days=1)
EARLIEST, LATEST = 2000, 2100  # years that can be asked for


@dataclass(frozen=True)
class Stretch:
    """From one day to another: a period of a version, or without one a time that none asks for.

    `rule` without `is_whole`: a version that begins within its own period, so asks from the next.
    """

    first: date
    last: date
    rule: DutyRule | None
    is_whole: bool = True

    @cached_property
    def months(self) -> range:
        return range(self.first.month, self.last.month + 1)

    @cached_property
    def kinds(self) -> frozenset[str]:
        """Which kinds of organization are asked."""
        is_asked = self.rule and self.is_whole and self.rule.times
        return frozenset(self.rule.kinds if is_asked else ())

    @cached_property
    def is_personal(self) -> bool:
        return self.rule.is_personal


def by_code(rules: Iterable[DutyRule]) -> dict[str, list[DutyRule]]:
    """The versions of each duty, oldest first, duties in their order."""
    found: dict[str, list[DutyRule]] = {}
    for rule in sorted(rules, key=lambda each: (each.order, each.code, each.starts_on)):
        found.setdefault(rule.code, []).append(rule)
    for versions in found.values():
        versions.sort(key=lambda each: each.starts_on)
    return found


def stretches(versions: list[DutyRule], year: int) -> list[Stretch]:
    """A year, laid out without gaps from its first day to its last."""
    days = tuple((each.starts_on, each.ends_on, each.every) for each in versions)
    return [
        Stretch(first, last, None if place is None else versions[place], is_whole)
        for first, last, place, is_whole in _laid_out(days, year)
    ]


@lru_cache(maxsize=1000)
def _laid_out(versions, year) -> list[tuple[date, date, int | None, bool]]:
    """The same for all versions of the same days and periods: each with its place among them."""
    found, day, end = [], date(year, 1, 1), date(year, 12, 31)
    while day <= end:
        place, every = _in_force(versions, day)
        first, last = DutyRule(every=every).period_of(day)
        found.append((day, last, place, place is None or first == day))
        day = last + DAY
    return found


def _in_force(versions, day) -> tuple[int | None, str]:
    """Where nothing is asked there are months."""
    for place, (starts, ends, every) in enumerate(versions):
        if starts <= day and (ends is None or day <= ends):
            return place, every
    return None, DutyRule.Every.MONTH
