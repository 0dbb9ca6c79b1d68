"""A file as a roster: its table, which column is which, and its lines."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from members.importing import columns
from members.importing.lines import Line, parse
from members.importing.places import Places, spelling
from nanchuan.kernel.importing.reading import Cell, read
from nanchuan.kernel.importing.tables import Table, find_table

SHORTEST = 4  # letters of a name that is looked for in a title
EVERY = 500  # lines between two beats
ALONE = {"organization", "note"}  # a line that says nothing else is a heading


@dataclass
class Choices:
    """What a person has chosen about a file; nothing means: propose."""

    sheet: str = ""
    mapping: dict[int, str] | None = None
    organization: str = ""


@dataclass
class Roster:
    table: Table
    mapping: dict[int, str]
    organization: str  # of lines that name none
    lines: list[Line]

    @property
    def missing(self) -> list[str]:
        """Labels of the columns without which nothing can be taken in."""
        given = set(self.mapping.values())
        return [str(columns.LABELS[name]) for name in columns.REQUIRED if name not in given]

    def remarks(self) -> list[str]:
        """What a reader should know of how the file was read."""
        said = []
        if len(self.table.sheets) > 1:
            said.append(
                _("文件有 %(number)d 张工作表，读取了“%(name)s”。")
                % {"number": len(self.table.sheets), "name": self.table.sheet}
            )
        if left_out := columns.unknown(self.table.headers, self.mapping):
            said.append(_("这些列没有导入：%(names)s。") % {"names": _("、").join(left_out[:20])})
        if self.organization and "organization" not in self.mapping.values():
            said.append(
                _("没有“所在党组织”一列，全部按“%(name)s”导入。") % {"name": self.organization}
            )
        return said


def read_table(data: bytes, sheet: str = "") -> Table:
    return find_table(read(data), columns.recognise, sheet)


def make_roster(  # noqa: PLR0913 - all but the first two have defaults
    table: Table,
    choices: Choices,
    *,
    user=None,
    name: str = "",
    beat: Callable[[int, int], None] = lambda done, total: None,
    typed: dict[int, dict] | None = None,
) -> Roster:
    """Parse the lines of a table. `typed` are cells put right by hand, by number of the row."""
    mapping = choices.mapping or columns.propose(table.headers)
    organization = choices.organization
    if not organization and "organization" not in mapping.values():
        organization = _named_in((table.title, table.sheet, name), user)
    roster = Roster(table, mapping, organization, [])
    for number, cells in table.rows:
        given = {field: cells[index] for index, field in mapping.items()}
        given |= (typed or {}).get(number, {})
        if reason := _no_person(given):
            table.skipped.append((number, reason))
            continue
        if organization and not _text(given.get("organization", "")):
            given["organization"] = organization
        roster.lines.append(parse(number, given))
        if len(roster.lines) % EVERY == 0:
            beat(len(roster.lines), len(table.rows))
    return roster


def _named_in(texts, user) -> str:
    """The organization whose name stands in the title, on the sheet or in the file's name."""
    found = []
    by_name = Places(user).by_name
    for text in map(spelling, texts):
        found += [
            (len(name), row.name)
            for name, row in by_name.items()
            if len(name) >= SHORTEST and name in text
        ]
        if found:
            return max(found)[1]
    return ""


def _no_person(given: dict[str, Cell]) -> str:
    """Why a line is about nobody; empty if it is about somebody."""
    if not {field for field, cell in given.items() if _text(cell)} - ALONE:
        return _("没有姓名和其他内容，已跳过。")
    if _text(given.get("name", "")) == str(columns.EXAMPLE):
        return _("模板中的示例，已跳过。")
    return ""


def _text(cell):
    return cell.strip() if isinstance(cell, str) else cell
