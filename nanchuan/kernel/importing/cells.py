"""What stands in a cell, as people type it."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from nanchuan.kernel.exporting import STARTS_FORMULA
from nanchuan.kernel.importing.reading import MOST_LETTERS, Cell

# what people write into a cell for nothing
BLANK = (
    "-",
    "--",
    "—",
    "——",
    "/",
    "\\",
    "无",  # data
    "暂无",  # data
    "没有",  # data
    "空",  # data
    "不详",  # data
    "未知",  # data
    "未填",  # data
)
NONE = ("null", "none", "nil", "n/a", "na", "#n/a", "#value!", "#ref!", "#name?", "0")
NOTHING = frozenset((*BLANK, *NONE))
EXACT = 2**53
CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060\ufeff]")


class CellError(Exception):
    """A cell that cannot be taken in. The message is written for the person who typed it."""


@dataclass(frozen=True)
class Warned:
    """A value that is taken in, with what to know about it."""

    value: Any
    sentence: str


def plain(cell: Cell) -> str:
    """A cell as text, without the apostrophe that an export puts before a formula."""
    if isinstance(cell, list):
        return cell[0]
    if isinstance(cell, bool):
        return ""
    if isinstance(cell, int | float):
        return str(int(cell)) if cell == int(cell) and abs(cell) < EXACT else str(cell)
    text = cell[1:] if cell.startswith("'") and cell[1:].startswith(STARTS_FORMULA) else cell
    if len(text) > MOST_LETTERS:
        raise CellError(_("这一格的内容太长。请缩短后再导入。"))
    return text


def tidy(cell: Cell) -> str:
    """Half-width, without what cannot be seen; "" for a dash, 无 and the like."""
    text = CONTROL.sub(" ", unicodedata.normalize("NFKC", plain(cell))).strip()
    return "" if text.lower() in NOTHING else text


def parse_text(cell: Cell) -> str:
    """Free text as it was typed, on one line."""
    text = " ".join(CONTROL.sub(" ", plain(cell)).split())
    return "" if text.lower() in NOTHING else text


class Choice:
    """A cell that holds one of a few words: the labels themselves, and what else people say."""

    def __init__(self, choices: list[tuple], words: Mapping[str, list[str]]):
        self.choices, self.words = choices, words
        self._tables: dict[str, dict[str, str]] = {}

    def __call__(self, cell: Cell) -> str:
        text = re.sub(r"\(.*?\)|[\s()]", "", tidy(cell)).lower()
        if not text:
            return ""
        found = self._table().get(text)
        if found is None:
            allowed = _("、").join(str(label) for _value, label in self.choices)
            raise CellError(_("应为：%(words)s。") % {"words": allowed})
        return found

    def _table(self) -> dict[str, str]:
        language = get_language() or ""
        if language not in self._tables:
            table = {str(label).lower(): value for value, label in self.choices}
            for value, words in self.words.items():
                table |= {word.lower(): value for word in words}
            self._tables[language] = table
        return self._tables[language]


Parser = Callable[[Cell], Any]
