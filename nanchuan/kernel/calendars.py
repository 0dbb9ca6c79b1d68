"""What stands on the calendar of the portal (日历), kind by kind: each app registers its own.

@entries("meeting", _("会议"), order=10)
def meetings(asked):
    yield Entry(...)
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.functional import Promise


@dataclass(frozen=True)
class Asked:
    """Which part of the calendar somebody asks for. Both days are inclusive.

    `group` is a group's key. `units` are keys of units: only what concerns one of them, which
    of a deadline means those that owe it; None leaves nothing out.
    """

    user: Any
    first: date
    last: date
    group: int | None = None
    units: frozenset[int] | None = None

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """The first moment of the days, and the first one after them."""
        ends = self.last + timedelta(days=1)
        return tuple(
            timezone.make_aware(datetime.combine(day, time.min)) for day in (self.first, ends)
        )


@dataclass(frozen=True)
class Entry:
    """One line of the calendar, of a row that is `visible_to` the reader.

    `key` is what it is called in every calendar, for good; `about` is the row whose history
    tells when it changed. `status` is the style and `state` the words of how it stands;
    `is_settled`: nobody has to go there or to do it any more.
    """

    key: str
    title: str
    begins: date | datetime
    ends: date | datetime
    url: str
    about: models.Model
    status: str = ""
    state: str = ""
    is_settled: bool = False
    group: str = ""
    unit: str = ""
    place: str = ""
    kind: "Kind | None" = None

    @property
    def is_timed(self) -> bool:
        return isinstance(self.begins, datetime)

    @property
    def first_day(self) -> date:
        return timezone.localdate(self.begins) if self.is_timed else self.begins

    @property
    def last_day(self) -> date:
        """What ends at midnight does not reach into the next day."""
        if not self.is_timed:
            return self.ends
        return timezone.localdate(self.ends - timedelta(microseconds=1))


Source = Callable[[Asked], Iterable[Entry]]


@dataclass(frozen=True)
class Kind:
    """A kind of entry; `is_due`: somebody owes something on that day. `icon` is one of Bootstrap
    Icons."""

    key: str
    label: str | Promise
    icon: str
    order: int
    is_due: bool
    source: Source


_kinds: dict[str, Kind] = {}


def entries(key: str, label: str | Promise, icon: str, *, order: int, is_due: bool = False):
    """Register what yields the entries of a kind: of rows that share a day with those asked
    for, and with a number of queries that does not depend on the rows."""

    def register(source: Source) -> Source:
        if key in _kinds:
            raise ValueError(f"two kinds of entries are called {key}")
        _kinds[key] = Kind(key, label, icon, order, is_due, source)
        return source

    return register


def kinds() -> list[Kind]:
    return sorted(_kinds.values(), key=lambda kind: (kind.order, kind.key))


def found(asked: Asked, wanted: Collection[Kind] | None = None) -> list[Entry]:
    """The entries of some kinds, or of all, by day; on a day by time, whole days first."""
    rows = [
        replace(entry, kind=kind)
        for kind in (kinds() if wanted is None else wanted)
        for entry in kind.source(asked)
    ]
    return sorted(rows, key=_place)


def _place(entry):
    hour = timezone.localtime(entry.begins).time() if entry.is_timed else time.min
    return entry.first_day, entry.is_timed, hour, entry.kind.order, entry.title, entry.key
