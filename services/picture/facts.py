"""What the picture of a project is told, and how words are fitted into it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from unicodedata import east_asian_width

WIDTH = 360  # of each part, in units of SVG: a phone
LETTER, NARROW = 13, 7.6  # a Chinese letter, any other one
CLOSING = "）】》”’、，。；：！？"  # data
PIECES = re.compile(r"[!-~]+|.")  # what stays on one line, if a line holds it


class Point(NamedTuple):
    """A milestone (节点)."""

    title: str
    due_on: date
    done_on: date | None = None


class Asked(NamedTuple):
    """A need as its reader may read it."""

    unit: str
    what: str
    url: str = ""


class Given(NamedTuple):
    """A unit and all that it gives."""

    unit: str
    what: Sequence[str]
    url: str = ""


class Sum(NamedTuple):
    kind: str
    words: str
    amount: Decimal
    said: str  # the amount as it is written


@dataclass(frozen=True)
class Facts:
    name: str
    lead: str
    starts_on: date
    today: date
    due_on: date | None = None
    ended_on: date | None = None  # done or stopped
    points: Sequence[Point] = ()
    notes: Sequence[tuple[date, int]] = ()  # percent, in the order of time
    asked: Sequence[Asked] = ()
    given: Sequence[Given] = ()
    sums: Sequence[Sum] = ()


def folded(text: str, width: float, most: int) -> list[str]:
    """A text in at most so many lines of a width, none of which begins with what closes; what does
    not fit ends in an ellipsis."""
    lines = [""]
    for piece in PIECES.findall(text):
        for part in [piece] if wide(piece) <= width else piece:
            if lines[-1] and wide(lines[-1] + part) > width:
                lines.append("")
                if part[0] in CLOSING:
                    lines[-2:] = _parted(lines[-2])
            lines[-1] += part
    if len(lines) > most:
        lines[most - 1 :] = [shortened(lines[most - 1], width)]
    return [line for line in lines if line]


def _parted(line: str) -> tuple[str, str]:
    """A line without the letters that go along to the next one, which begins with the last that
    closes nothing."""
    place = len(line) - 1
    while place > 1 and line[place] in CLOSING:
        place -= 1
    return (line[:place], line[place:]) if place > 0 else (line, "")


def shortened(line: str, width: float) -> str:
    while line and wide(line) + LETTER > width:
        line = line[:-1]
    return f"{line}…"


def wide(text: str) -> float:
    return sum(LETTER if east_asian_width(letter) in "WFA" else NARROW for letter in text)
