"""Where in a file the table is: which sheet, which lines are its head, where its rows end."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from nanchuan.kernel.importing.reading import MOST_LINES, MOST_ROWS, Cell, ImportRefused, Sheet

HEAD_WITHIN = 40  # lines from the top
FEWEST = 2  # known columns that make a line a head
MOST_LABEL = 40  # letters of a column's name
TITLE = 200

# What ends a list: sums, signatures, notes.
SUMS = "合计|总计|小计|共计|总人数|人数"  # data
SIGNED = "填表|制表|填报|审核|审批|经办|联系人|负责人|单位|日期|页码"  # data
NOTES = "备注|说明|注"  # data
COUNTED = r"共计?\d+[人名条].*|.*(共计?|合计)[:：]?\d+[人名].*"  # data
TOTAL = re.compile(rf"({SUMS}|{SIGNED}|{NOTES}|第\d+页)([:：(（人].*|$)|{COUNTED}")  # data
SPARSE = 3  # cells that a line of sums has at most

Recognise = Callable[[str], str | None]


@dataclass
class Table:
    """The rows below the head. A row's number is that of the sheet, from 1."""

    sheet: str
    sheets: list[str]
    title: str
    headers: list[str]
    rows: list[tuple[int, list[Cell]]]
    skipped: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class Head:
    first: int  # line
    last: int
    labels: list[str]
    score: int


def find_table(
    sheets: list[Sheet], recognise: Recognise, wanted: str = "", otherwise: str = ""
) -> Table:
    """The sheet with the best head and the most rows, or the `wanted` one.

    Raises ImportRefused if no line of it looks like a head (`otherwise` says which columns it
    should have), or if it has too many rows.
    """
    named = [sheet for sheet in sheets if sheet.name == wanted]
    found = []
    for sheet in named or sheets:
        _fill_down(sheet)
        if head := find_head(sheet, recognise):
            found.append((head.score, len(sheet.rows) - head.last, sheet, head))
    if not found:
        raise ImportRefused(otherwise or _("没有找到列名。请核对后再重新选择文件。"))
    _score, _length, sheet, head = max(found, key=lambda each: each[:2])
    table = _table(sheet, head, recognise)
    table.sheets = [each.name for each in sheets]
    return table


def find_head(sheet: Sheet, recognise: Recognise) -> Head | None:
    """One line, or two of which the second says more than the first alone."""
    found, lines = [], _spread(sheet)
    for first in range(min(len(lines), HEAD_WITHIN)):
        for last in (first, first + 1):
            labels = _labels(lines[first : last + 1], recognise)
            score = len({recognise(label) for label in labels} - {None})
            if score >= FEWEST:
                found.append(Head(first, last, labels, score))
    # Of heads that say as much the shorter, then the upper one.
    return max(
        found, key=lambda head: (head.score, head.first - head.last, -head.first), default=None
    )


def _labels(lines, recognise) -> list[str]:
    texts = [[label_of(cell) for cell in line] for line in lines]
    if len(texts) < FEWEST:
        return texts[0]
    width = max(map(len, texts))
    upper, lower = (line + [""] * (width - len(line)) for line in texts)
    return [_joined(*pair, recognise) for pair in zip(upper, lower, strict=True)]


def _joined(upper, lower, recognise):
    """The name of a column with two lines: the lower one, the upper one, or both together."""
    for label in (lower, upper + lower, upper):
        if recognise(label):
            return label
    return lower or upper


def label_of(cell: Cell) -> str:
    """The name of a column without spaces, stars and what stands in brackets."""
    text = unicodedata.normalize("NFKC", cell) if isinstance(cell, str) else ""
    text = re.sub(r"\(.*?\)|\[.*?\]|【.*?】|[\s*:：、.。\"'“”]", "", text)
    return unicodedata.normalize("NFKC", text)[:MOST_LABEL]


def _table(sheet, head, recognise) -> Table:
    titles = [cell for line in sheet.rows[: head.first] for cell in line if isinstance(cell, str)]
    labels = list(head.labels)
    while labels and not labels[-1]:
        labels.pop()
    table = Table(sheet.name, [], " ".join(dict.fromkeys(filter(None, titles)))[:TITLE], labels, [])
    for index in range(head.last + 1, len(sheet.rows)):
        cells = sheet.rows[index][: len(labels)]
        cells += [""] * (len(labels) - len(cells))
        if not any(_is_said(cell) for cell in cells):
            continue
        if reason := _no_row(cells, head, recognise):
            table.skipped.append((index + 1, reason))
        else:
            table.rows.append((index + 1, cells))
    _check_length(sheet, table)
    return table


def _check_length(sheet, table):
    if len(table.rows) > MOST_ROWS:
        raise ImportRefused(_("一次最多导入 %(most)d 行。请分成几份文件。") % {"most": MOST_ROWS})
    if sheet.cut:
        raise ImportRefused(
            _("工作表“%(name)s”超过 %(most)d 行。请删去后面的空行，或者分成几份文件。")
            % {"name": sheet.name, "most": MOST_LINES}
        )


def _is_said(cell):
    return cell.strip() != "" if isinstance(cell, str) else True


def _no_row(cells, head, recognise) -> str:
    """Why a line below the head is none of its rows; empty if it is one."""
    said = [cell for cell in cells if _is_said(cell)]
    first = next((label_of(cell) for cell in said if isinstance(cell, str)), "")
    plain = re.sub(r"\s", "", said[0]) if isinstance(said[0], str) else ""
    if len(set(map(str, said))) <= SPARSE and (TOTAL.fullmatch(plain) or TOTAL.fullmatch(first)):
        return _("合计或说明，已跳过。")
    texts = [label_of(cell) for cell in cells]
    again = sum(
        bool(text) and text == label and recognise(text) is not None
        for text, label in zip(texts, head.labels, strict=False)
    )
    return _("重复的表头，已跳过。") if again >= FEWEST else ""


def _fill_down(sheet: Sheet) -> None:
    """What was merged over several lines stands in each of them."""
    for (top, left), (bottom, _right) in sheet.merged:
        lines = [line for line in sheet.rows[top : bottom + 1] if left < len(line)]
        for line in lines[1:]:
            if line[left] == "":
                line[left] = lines[0][left]


def _spread(sheet: Sheet) -> list[list[Cell]]:
    """The lines at the top, where what was merged over several columns stands in each."""
    lines = [list(line) for line in sheet.rows[: HEAD_WITHIN + 1]]
    for (top, left), (bottom, right) in sheet.merged:
        for line in lines[top : bottom + 1]:
            for column in range(left + 1, min(right + 1, len(line))):
                if line[column] == "":
                    line[column] = line[left]
    return lines
