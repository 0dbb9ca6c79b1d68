"""What a bulletin tells of a quarter (简报), section by section: each app registers its own.

@bulletin_section("needs", _("企业需求"), order=50)
def needs(issue):
    yield Line(...)
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise

from nanchuan.kernel.handovers import Line

__all__ = ["Issue", "Line", "Section", "bulletin_section", "sections"]


@dataclass(frozen=True)
class Issue:
    """What happened from one day to another, both inclusive, in a group or in all; how it stands
    is told as of the end. A line says nothing that `user` may not see."""

    user: Any
    first: date
    last: date
    group: Any = None

    @property
    def begin(self) -> datetime:
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return _midnight(self.last + timedelta(days=1))


@dataclass(frozen=True)
class Section:
    key: str
    title: str | Promise
    order: int
    lines: Callable[[Issue], Iterable[Line]]


_sections: dict[str, Section] = {}


def bulletin_section(key: str, title: str | Promise, order: int) -> Callable:
    """Register a function of an issue: the lines of a section."""

    def register(lines):
        if key in _sections:
            raise ValueError(f"two sections are called {key}")
        _sections[key] = Section(key, title, order, lines)
        return lines

    return register


def sections(issue: Issue) -> list[tuple[Section, list[Line]]]:
    ordered = sorted(_sections.values(), key=lambda each: (each.order, each.key))
    return [(section, list(section.lines(issue))) for section in ordered]


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
