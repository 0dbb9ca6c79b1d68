"""What kinds of lists the portal takes in: each app registers its own.

An `Importer` says what its columns are called, what a cell and a line mean, what would become of
them, and how they are written and taken back. Reading, showing, putting right, confirming and the
pages are the same for all of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from nanchuan.kernel.importing.columns import Columns
from nanchuan.kernel.importing.lines import Line
from nanchuan.kernel.importing.reading import Cell, read
from nanchuan.kernel.importing.tables import Table, find_table

EVERY = 500  # lines between two beats
VERBS = (
    "list",
    "create",
    "template",
    "detail",
    "columns",
    "accept",
    "confirm",
    "undo",
    "discard",
    "failed",
    "row",
    "leave-out",
)


@dataclass
class Choices:
    """What a person has chosen about a file; nothing means: propose."""

    sheet: str = ""
    mapping: dict[int, str] | None = None
    place: str = ""


@dataclass
class Made:
    """A file as a list: its table, which column is which, and its lines."""

    table: Table
    mapping: dict[int, str]
    place: str  # of lines that name none
    missing: list[str]  # labels of the columns without which nothing can be taken in
    remarks: list[str]  # what a reader should know of how the file was read
    lines: list[Line] = field(default_factory=list)


class Importer:
    """One kind of list. Subclasses fill in what is theirs."""

    kind: ClassVar[str]
    columns: ClassVar[Columns]
    line_class: ClassVar[type[Line]] = Line
    days: ClassVar[tuple[str, ...]] = ()  # columns that hold dates
    secret: ClassVar[Mapping[str, Callable[[str], str]]] = {}  # how a number is masked
    required: ClassVar[tuple[str, ...]] = ()
    asked: ClassVar[tuple[str, ...]] = ()  # cells that can be put right although none was given
    place: ClassVar[str]  # the column that names where the line belongs
    name: ClassVar[str]  # the column by which people recognise a line
    widths: ClassVar[Mapping[str, int]] = {}
    short: ClassVar[int] = 200  # rows that a person can wait for; what is longer is the worker's
    applied: ClassVar[str]  # names of events
    undone: ClassVar[str]

    # addresses and words
    prefix: ClassVar[str]  # of the names of its URLs: "members:import"
    parent: ClassVar[tuple[str, Promise]]  # the list that the rows come into
    known_url: ClassVar[str]
    title: ClassVar[Promise]
    file_label: ClassVar[Promise]
    file_help: ClassVar[Promise]
    name_head: ClassVar[Promise]
    place_head: ClassVar[Promise]
    no_place: ClassVar[Promise]  # what a column without a place is asked for
    no_head: ClassVar[Promise]  # which columns a file without a head should have
    undo_considers: ClassVar[Promise]
    undone_words: ClassVar[Promise]
    used_meanwhile: ClassVar[Promise]
    same_meanwhile: ClassVar[Promise]

    @property
    def labels(self) -> Mapping[str, Promise]:
        return self.columns.labels

    @property
    def urls(self) -> dict[str, str]:
        """Names of its URLs, by what they are for."""
        return {verb.replace("-", "_"): f"{self.prefix}-{verb}" for verb in VERBS}

    def url(self, verb: str, *arguments) -> str:
        return reverse(f"{self.prefix}-{verb}", args=arguments)

    # ── From a file to lines ────────────────────────────────────────────────────────────────

    def read_table(self, data: bytes, sheet: str = "") -> Table:
        return find_table(read(data), self.columns.recognise, sheet, str(self.no_head))

    def make(  # noqa: PLR0913 - all but the first two have defaults
        self,
        table: Table,
        choices: Choices,
        *,
        user=None,
        name: str = "",
        beat: Callable[[int, int], None] = lambda done, total: None,
        typed: dict[int, dict] | None = None,
    ) -> Made:
        """Parse the lines of a table. `typed` are cells put right by hand, by number of the
        row."""
        mapping = choices.mapping or self.columns.propose(table.headers)
        place = choices.place
        if not place and self.place not in mapping.values():
            place = self.place_in((table.title, table.sheet, name), user)
        given_columns = set(mapping.values())
        missing = [str(self.labels[name]) for name in self.required if name not in given_columns]
        made = Made(table, mapping, place, missing, [])
        for number, cells in table.rows:
            given = {field: cells[index] for index, field in mapping.items()}
            given |= (typed or {}).get(number, {})
            if reason := self.no_line(given):
                table.skipped.append((number, reason))
                continue
            if place and not said(given.get(self.place, "")):
                given[self.place] = place
            made.lines.append(self.parse(number, given))
            if len(made.lines) % EVERY == 0:
                beat(len(made.lines), len(table.rows))
        made.remarks = self._remarks(made)
        return made

    def _remarks(self, made: Made) -> list[str]:
        remarks, table = [], made.table
        if len(table.sheets) > 1:
            words = _("文件有 %(number)d 张工作表，读取了“%(name)s”。")
            remarks.append(words % {"number": len(table.sheets), "name": table.sheet})
        if left_out := self.columns.unknown(table.headers, made.mapping):
            names = _("、").join(left_out[:20])
            remarks.append(_("这些列没有导入：%(names)s。") % {"names": names})
        if made.place and self.place not in made.mapping.values():
            words = _("没有“%(column)s”一列，全部按“%(name)s”导入。")
            remarks.append(words % {"column": self.labels[self.place], "name": made.place})
        return remarks

    def place_in(self, texts, user) -> str:
        """The place whose name stands in the title, on the sheet or in the file's name."""
        return ""

    def no_line(self, given: dict[str, Cell]) -> str:
        """Why a line is about nothing; empty if it is about something."""
        return ""

    def parse(self, number: int, cells: dict[str, Cell]) -> Line:
        raise NotImplementedError

    def judge(self, lines: list[Line], user=None) -> None:
        """Compare lines with the portal as it is now, within what the user may edit."""
        raise NotImplementedError

    def places(self, user) -> QuerySet:
        """Where a line may belong, for who may say so; rows with a `name`."""
        raise NotImplementedError

    def spelling(self, name: str) -> str:
        """What two spellings of the name of one place have in common."""
        return name

    def shown(self, name: str, value) -> str:
        """A value in words, numbers masked."""
        return str(value)

    def summary(self, line: dict) -> list[str]:
        """What the preview says of a new line, from its stored form."""
        return []

    # ── From lines to rows ──────────────────────────────────────────────────────────────────

    def write(self, lines: list[Line], batch, told: dict[str, Any]) -> dict[int, dict]:
        """Write what the lines say, in the caller's transaction; returns what each needs to be
        taken back, by its number."""
        raise NotImplementedError

    def take_back(self, batch, rows, *, by, at) -> dict[str, int]:
        """Everything as it was; returns how many. Raises StepRefused with what depends on it."""
        raise NotImplementedError

    # ── Files that it gives out ─────────────────────────────────────────────────────────────

    def write_template(self, file: IO[bytes], user) -> str:
        """A file to fill in; returns its title."""
        raise NotImplementedError


_importers: dict[str, Importer] = {}


def register(importer: type[Importer]) -> type[Importer]:
    """Take in a kind of list; once the apps are ready, `of(kind)` finds it."""
    _importers[importer.kind] = importer()
    return importer


def of(kind: str) -> Importer:
    return _importers[kind]


def said(cell):
    return cell.strip() if isinstance(cell, str) else cell
