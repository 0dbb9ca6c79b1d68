"""The figures of the leader's board: pure arithmetic on what each need went through.

Times are working time in whole seconds. A percentile is the time of one of the needs (nearest
rank), never a number between two of them. Nobody is ranked: lines stand in a given order.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import NamedTuple

COUNTED = (
    "filed",
    "collected",
    "accepted",
    "contacted",
    "matched",
    "offered",
    "solved",
    "auto_solved",
    "closed",
)
BESIDE = ("open", "withdrawn", "declined", "merged")
STEPS = {  # which moments a step lies between, and which figure counts the needs that took it
    "review": ("filed", "collected", "collected"),
    "accept": ("collected", "accepted", "accepted"),
    "contact": ("accepted", "contacted", "contacted"),
    "match": ("accepted", "matched", "matched"),
    "offer": ("accepted", "offered", "offered"),
    "confirm": ("proposed", "settled", "settled"),
    "close": ("settled", "closed", "closed"),
    "whole": ("filed", "settled", "settled"),
}
SHARES = (50, 90)  # percent


class Story(NamedTuple):
    """When a need reached each step, in any unit that grows; None for what it has not reached.
    `proposed` is when the solution that was confirmed had been offered."""

    unit: int
    category: str
    filed: int
    collected: int | None = None
    accepted: int | None = None
    contacted: int | None = None
    matched: int | None = None
    offered: int | None = None
    proposed: int | None = None
    settled: int | None = None
    closed: int | None = None
    is_auto: bool = False
    rating: int | None = None
    given_up: Collection[str] = ()  # withdrawn or declined


class Spread(NamedTuple):
    """How long a step took: of how many needs, and what half and nine in ten of them kept to."""

    number: int
    half: int | None = None
    most: int | None = None


@dataclass
class Tally:
    """Numbers of some needs: how many reached each step, and how long it took."""

    counts: Counter = field(default_factory=Counter)
    times: list[list[int]] = field(default_factory=lambda: [[] for _step in STEPS])
    ratings: Counter = field(default_factory=Counter)

    def spreads(self) -> dict[str, Spread]:
        return {step: spread(values) for step, values in zip(STEPS, self.times, strict=True)}


def spread(ordered: list[int]) -> Spread:
    half, most = (percentile(ordered, share) for share in SHARES)
    return Spread(len(ordered), half, most)


def percentile(ordered: list[int], share: int) -> int | None:
    """The least of some values that so many percent of them do not exceed; they are in order."""
    if not ordered:
        return None
    return ordered[ceil(len(ordered) * share / 100) - 1]


def cells(stories: Iterable[Story], worked: Callable[[int], int]) -> dict[tuple, Tally]:
    """Tallies by unit and category. `worked` says how much was worked until a moment."""
    found: dict[tuple, Tally] = {}
    for story in stories:
        key = story[:2]
        if (cell := found.get(key)) is None:
            cell = found[key] = Tally()
        _enter(story, cell, worked)
    for cell in found.values():
        for values in cell.times:
            values.sort()
    return found


# Where the moments of a story stand: asked a million times, so worked out once.
_PLACES = {name: place for place, name in enumerate(Story._fields[2:])}
_BETWEEN = [(_PLACES[since], _PLACES[until]) for since, until, _figure in STEPS.values()]
_REACHED = [(name, _PLACES[name]) for name in COUNTED if name in _PLACES]
_MOMENTS = slice(2, 2 + _PLACES["closed"] + 1)


def _enter(story, cell, worked):
    at = [moment and worked(moment) for moment in story[_MOMENTS]]
    for values, (since, until) in zip(cell.times, _BETWEEN, strict=True):
        ended = at[until]
        if ended is not None:
            begun = at[since]
            values.append(0 if begun is None or begun > ended else ended - begun)
    counts = cell.counts
    for name, place in _REACHED:
        if at[place] is not None:
            counts[name] += 1
    _end(story, cell)


def _end(story, cell):
    """How it ended, if it did."""
    cell.counts.update(story.given_up)
    if story.settled is not None:
        cell.counts["auto_solved" if story.is_auto else "solved"] += 1
        if story.rating:
            cell.ratings[story.rating] += 1
    elif not story.given_up:
        cell.counts["open"] += 1


def together(parts: Iterable[Tally]) -> Tally:
    """The tally of several cells."""
    found = Tally()
    for part in parts:
        found.counts.update(part.counts)
        found.ratings.update(part.ratings)
        for values, others in zip(found.times, part.times, strict=True):
            values.extend(others)
    for values in found.times:
        values.sort()  # runs in order are merged, not sorted anew
    return found


@dataclass(frozen=True)
class Line:
    """One line of the board: whose numbers, what its lists are asked, and the numbers."""

    name: str
    asked: Mapping[str, str]
    counts: Mapping[str, int]
    spreads: Mapping[str, Spread]
    ratings: Mapping[int, int]


def line(name: str, asked: Mapping[str, str], parts: Collection[Tally]) -> Line:
    tally = together(parts)
    counts = {key: tally.counts[key] for key in (*COUNTED, *BESIDE)}
    return Line(name, asked, counts, tally.spreads(), dict(tally.ratings))
