"""The rota of a year as a picture: where each bar stands, in units of SVG.

A row for each group, twelve of them to a sheet of A4; the template draws them.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from unicodedata import east_asian_width

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import Group, Origin, Turn

LABELS, PLOT, HEAD, ROW, GAP = 150, 1010, 38, 54, 4
ON_A_SHEET = 12
LETTER, NARROW, MARGIN = 12, 7, 4  # a Chinese letter, any other one, both sides of a bar
LINE, FIRST_LINE = 13, 16
MOST_LINES = 3
SHORT = {
    Origin.SWAP: gettext_lazy("对调"),
    Origin.SUBSTITUTE: gettext_lazy("代替"),
    Origin.OVERRIDE: gettext_lazy("指定"),
}


@dataclass(frozen=True)
class Words:
    text: str
    y: int
    small: bool = False


@dataclass(frozen=True)
class Bar:
    turn: Turn
    kind: str  # past | now | ahead | open
    x: float
    y: int
    width: float
    words: list[Words]

    @property
    def text_x(self) -> float:
        return self.x + MARGIN

    @property
    def origin(self) -> str:
        """Why the unit has the turn, where it is not the order's."""
        return "" if self.turn.origin == Origin.ORDER else self.turn.get_origin_display()


@dataclass
class Row:
    group: Group
    y: int
    bars: list[Bar] = field(default_factory=list)
    names: list[Words] = field(default_factory=list)


class Sheet:
    """Some groups of the picture, as many as a printed page takes."""

    def __init__(self, groups: list[Group], number: int):
        self.number = number
        self.rows = [Row(group, HEAD + place * ROW) for place, group in enumerate(groups)]
        for row in self.rows:
            row.names = _lines(fold(row.group.name, LABELS - 2 * MARGIN, 2), row.y)
        self.height = HEAD + len(groups) * ROW + GAP


class YearPicture:
    def __init__(self, year: int, groups: Iterable[Group], turns: Iterable[Turn], today: date):
        self.year, self.today = year, today
        self.first, self.last = date(year, 1, 1), date(year, 12, 31)
        self.labels, self.plot, self.head, self.bar_height = LABELS, PLOT, HEAD, ROW - 2 * GAP
        groups = list(groups)
        self.sheets = [
            Sheet(groups[first : first + ON_A_SHEET], number)
            for number, first in enumerate(range(0, len(groups), ON_A_SHEET), 1)
        ]
        rows = {row.group.pk: row for sheet in self.sheets for row in sheet.rows}
        for turn in turns:
            if row := rows.get(turn.group_id):
                row.bars.append(self._bar(turn, row))
        self.today_x = self.x(today) if self.first <= today <= self.last else None

    def x(self, day: date) -> float:
        return round(PLOT * (day - self.first).days / ((self.last - self.first).days + 1), 1)

    def months(self) -> list[tuple[str, float, float]]:
        """Each month in words, where it begins and where its middle is."""
        found = []
        for month in range(1, 13):
            begins = self.x(date(self.year, month, 1))
            width = PLOT * monthrange(self.year, month)[1] / ((self.last - self.first).days + 1)
            found.append((_("%(month)d 月") % {"month": month}, begins, begins + width / 2))
        return found

    def _bar(self, turn: Turn, row: Row) -> Bar:
        """A turn that reaches into another year is cut at the edge."""
        x = self.x(max(turn.starts_on, self.first))
        end = PLOT if turn.ends_on >= self.last else self.x(turn.ends_on) + PLOT / 366
        width = round(max(end - x - 1, 3), 1)
        return Bar(turn, self._kind(turn), x, row.y + GAP, width, _words(turn, width, row.y))

    def _kind(self, turn: Turn) -> str:
        if turn.is_open:
            return "open"
        if turn.is_current(self.today):
            return "now"
        return "past" if turn.ends_on < self.today else "ahead"


def fold(text: str, width: float, most: int) -> list[str]:
    """A text in at most so many lines of a width; what does not fit ends in an ellipsis."""
    lines = [""]
    for letter in text:
        if lines[-1] and _wide(lines[-1] + letter) > width:
            if len(lines) == most:
                return [*lines[:-1], _cut(lines[-1], width)]
            lines.append("")
        lines[-1] += letter
    return [line for line in lines if line]


def _cut(line: str, width: float) -> str:
    while line and _wide(line) + LETTER > width:
        line = line[:-1]
    return f"{line}…"


def _wide(text: str) -> int:
    return sum(LETTER if east_asian_width(letter) in "WFA" else NARROW for letter in text)


def _words(turn: Turn, width: float, top: int) -> list[Words]:
    """The unit, and in a small word why it is not the one in order."""
    small = str(SHORT.get(turn.origin, ""))
    room = width - 2 * MARGIN
    if room < LETTER:
        return []  # the title of the bar and the table say it
    names = fold(turn.holder, room, MOST_LINES - bool(small))
    return _lines(names, top, small)


def _lines(texts: list[str], top: int, small: str = "") -> list[Words]:
    """Lines of text in the middle of a row, one under the other."""
    texts = [*texts, small] if small else texts
    begins = top + (ROW - len(texts) * LINE) // 2 + LINE - 3
    last = len(texts) - 1
    return [
        Words(text, begins + place * LINE, small=bool(small) and place == last)
        for place, text in enumerate(texts)
    ]
