"""Boxes that higher apps put on the page of a lower noun, e.g. needs on that of an organization.

Apps register them in `ready()`, so that a page never learns which apps stand above it.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import models
from django.utils.functional import Promise


@dataclass(frozen=True)
class Panel:
    """A titled box; its template gets `panel`, with `rows` that the reader may see."""

    title: str | Promise
    template: str
    rows: list
    facts: dict[str, Any] = field(default_factory=dict)


Source = Callable[[models.Model, Any, date], Panel | None]
_sources: dict[str, list[Source]] = defaultdict(list)


def panel(noun: str) -> Callable[[Source], Source]:
    """Register a function of a record, its reader and a day: a Panel, or None for no box.

    It asks the database once, and only for rows that are `visible_to` the reader.
    """

    def register(source: Source) -> Source:
        _sources[noun].append(source)
        return source

    return register


def panels(noun: str, record: models.Model, user, on: date) -> list[Panel]:
    """The boxes of a record's page, in the order of the apps from the ground up."""
    found = (source(record, user, on) for source in _sources[noun])
    return [each for each in found if each is not None]
