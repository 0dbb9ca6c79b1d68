"""Several units, and spans of time, in words."""

from collections.abc import Collection

from django.utils.translation import gettext as _

MOST = 3
HOUR, DAY = 60, 24 * 60


def named(names: Collection[str]) -> str:
    """甲、乙、丙等 12 家单位."""
    names = list(names)
    words = _("、").join(names[:MOST])
    if len(names) <= MOST:
        return words
    return _("%(names)s等 %(number)d 家单位") % {"names": words, "number": len(names)}


def split(minutes: int) -> tuple[int, int]:
    """A span as people say it: a number and its unit in minutes."""
    unit = next(unit for unit in (DAY, HOUR, 1) if minutes % unit == 0)
    return minutes // unit, unit


def span(minutes: int) -> str:
    """7 天, 2 小时, 30 分钟."""
    number, unit = split(minutes)
    words = {DAY: _("%(number)d 天"), HOUR: _("%(number)d 小时"), 1: _("%(number)d 分钟")}
    return words[unit] % {"number": number}


def spans(offsets: Collection[int]) -> str:
    return _("、").join(span(minutes) for minutes in sorted(offsets, reverse=True))
