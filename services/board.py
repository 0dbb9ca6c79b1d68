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


class Spread(NamedTuple):
    """How long a step took: of how many needs, and what half and nine in ten of them kept to."""

    number: int
    half: int | None = None
    most: int | None = None


@dataclass
class Tally:
    """Numbers of some needs: how many reached each step, and how long it took."""

    counts: Counter = field(default_factory=Counter)
    times: dict[str, list[int]] = field(default_factory=lambda: {step: [] for step in STEPS})

    def spread(self, step: str) -> Spread:
        values = self.times[step]
        half, most = (percentile(values, share) for share in SHARES)
        return Spread(len(values), half, most)


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
        for values in cell.times.values():
            values.sort()
    return found


def _enter(story, cell, worked):
    at = {
        name: None if moment is None else worked(moment)
        for name, moment in zip(Story._fields[2:-1], story[2:-1], strict=True)
    }
    for step, (since, until, _figure) in STEPS.items():
        if at[until] is not None:
            begun = at[since] if at[since] is not None else at[until]
            cell.times[step].append(max(at[until] - begun, 0))
    reached = [name for name in COUNTED if at.get(name) is not None]
    if at["settled"] is not None:
        reached.append("auto_solved" if story.is_auto else "solved")
    cell.counts.update(reached)


def together(parts: Iterable[Tally]) -> Tally:
    """The tally of several cells."""
    found = Tally()
    for part in parts:
        found.counts.update(part.counts)
        for step, values in part.times.items():
            found.times[step] += values
    for values in found.times.values():
        values.sort()  # runs in order are merged, not sorted anew
    return found


@dataclass(frozen=True)
class Line:
    """One line of the board: whose numbers, what its lists are asked, and the numbers."""

    name: str
    asked: Mapping[str, str]
    counts: Mapping[str, int]
    spreads: Mapping[str, Spread]


def line(name: str, asked: Mapping[str, str], parts: Collection[Tally]) -> Line:
    tally = together(parts)
    spreads = {step: tally.spread(step) for step in STEPS}
    return Line(name, asked, {key: tally.counts[key] for key in (*COUNTED, *BESIDE)}, spreads)
