"""A line of a list: what stands in its cells, what that says, and what would become of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from nanchuan.kernel.importing.cells import CellError, Parser, Warned
from nanchuan.kernel.importing.reading import Cell

ERROR, WARNING = "error", "warning"
NEW, SAME, CHANGED = "new", "same", "changed"
STATES = (NEW, SAME, CHANGED, WARNING, ERROR)


class Note(NamedTuple):
    """A sentence about a cell, or about the line if `field` is empty."""

    field: str
    level: str
    text: str


class Change(NamedTuple):
    """What a field would become; both in words, numbers masked."""

    field: str
    old: str
    new: str


@dataclass
class Line:
    """`facts` is what the cells say, without the empty ones; `derived` what follows from them.

    `notes` come from the cells alone, `findings` from comparing them with the portal and with
    the other lines. `known` is the row of the portal that the line is about.
    """

    number: int
    cells: dict[str, Cell]
    facts: dict[str, Any] = field(default_factory=dict)
    derived: dict[str, Any] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    findings: list[Note] = field(default_factory=list)
    act: str = ""
    matched: str = ""
    changes: list[Change] = field(default_factory=list)
    known: Any = None
    suggestion: tuple | None = None  # pk and name of the place that may be meant
    repeats: bool = False

    @property
    def state(self) -> str:
        levels = {note.level for note in (*self.notes, *self.findings)}
        if ERROR in levels:
            return ERROR
        return WARNING if WARNING in levels and self.act != SAME else self.act

    def reasons(self, labels: Mapping[str, Any]) -> list[str]:
        return [
            f"{labels[note.field]}：{note.text}" if note.field else note.text
            for note in (*self.notes, *self.findings)
        ]

    def finds(self, level: str, text: str, field: str = "") -> None:
        self.findings.append(Note(field, level, text))

    def notes_on(self, field: str) -> bool:
        return any(note.field == field for note in self.notes)

    def forget(self) -> None:
        """What was found before, so that the line can be judged anew."""
        self.findings, self.changes, self.act, self.matched = [], [], "", ""
        self.known = self.suggestion = None
        self.repeats = False


def read_cells(line: Line, parsers: Mapping[str, Parser], most: Mapping[str, int]) -> set[str]:
    """Fill the facts of a line; what is wrong with a cell stands in its notes. Returns the fields
    of which something is to be known."""
    vague = set()
    for name, cell in line.cells.items():
        try:
            value = parsers[name](cell) if cell != "" else None
            _check_length(value, most.get(name))
        except CellError as error:
            line.notes.append(Note(name, ERROR, str(error)))
            continue
        if isinstance(value, Warned):
            line.notes.append(Note(name, WARNING, value.sentence))
            value = value.value
            vague.add(name)
        if value:
            line.facts[name] = value
    return vague


def _check_length(value, most):
    text = value.value if isinstance(value, Warned) else value
    if most and text and len(text) > most:
        raise CellError(_("最多 %(most)d 个字。请缩短后再导入。") % {"most": most})
