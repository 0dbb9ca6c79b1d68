"""A file that people call a table becomes sheets of cells: xlsx, xls, et, ods or CSV.

What a file is shows in its content, not in its name. Whatever is wrong with it is a sentence.
"""

import csv
import json
import subprocess
import sys
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from pathlib import Path

from django.utils.translation import gettext as _

MOST_ROWS = 5000  # of one import
MOST_LINES = 6000  # of a sheet, with titles, empty lines and notes
MOST_COLUMNS = 100
MOST_SHEETS = 30
MOST_LETTERS = 2000  # of a cell; what is longer is cut and then refused as too long
MOST_UNPACKED = 100 * 2**20
SMALL = 1_500_000  # bytes unpacked: read while the person waits
PATIENCE = 60  # seconds
CHILD = Path(__file__).with_name("child.py")
BINARY = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # a zip package; a compound file
ENCODINGS = ("utf-8-sig", "gb18030")
WIDE = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
DELIMITERS = ",\t;"

Cell = str | float | int | bool | list


class ImportRefused(Exception):
    """A file that is not read. The message is written for the person who chose it."""


@dataclass
class Sheet:
    """Rows of cells from the first line on. An empty cell is ""; a date is a list of its ISO form.

    `merged` holds ((top, left), (bottom, right)) of cells that were merged, counted from 0.
    """

    name: str
    rows: list[list[Cell]]
    merged: list = field(default_factory=list)
    cut: bool = False


def read(data: bytes) -> list[Sheet]:
    """The sheets of a file. Raises ImportRefused with the reason and what to do."""
    if not data.strip():
        raise ImportRefused(_("这份文件是空的。请重新选择文件。"))
    if data.startswith(BINARY):
        _check_package(data)
        return _read_book(data)
    if data[:512].lstrip().lower().startswith((b"<", b"\xef\xbb\xbf<")):
        raise ImportRefused(
            _("这份文件是网页或 XML 格式，不是表格文件。请用 Excel 或 WPS 另存为 .xlsx 后再试。")
        )
    return [_read_text(data)]


def unpacked_size(data: bytes) -> int:
    """Bytes of a file once unpacked, by its own word; what it weighs to read it."""
    if not data.startswith(b"PK"):
        return len(data)
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            return sum(item.file_size for item in package.infolist())
    except Exception:  # broken in one of many ways; reading it says so
        return len(data)


def _check_package(data):
    if unpacked_size(data) > MOST_UNPACKED:
        raise ImportRefused(_too_large())


def _too_large():
    return _("这份文件展开后太大。请删去图片、多余的工作表和空白区域后再试。")


def _read_book(data) -> list[Sheet]:
    limits = (MOST_LINES, MOST_COLUMNS, MOST_LETTERS, MOST_SHEETS)
    command = [sys.executable, "-I", str(CHILD), *map(str, limits)]
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise ImportRefused(_too_large()) from None
    if done.returncode:  # out of memory or time: the process is gone, nothing else is
        raise ImportRefused(_too_large())
    answer = json.loads(done.stdout)
    if reason := answer.get("refused"):
        raise ImportRefused(_refusal(reason))
    return [Sheet(**sheet) for sheet in answer["sheets"]]


def _refusal(reason):
    if reason == "password":
        return _("这份文件有打开密码。请在 Excel 或 WPS 中取消密码后再试。")
    if reason == "large":
        return _too_large()
    return _("这份文件打不开，可能已损坏。请用 Excel 或 WPS 另存为 .xlsx 后再试。")


def _read_text(data) -> Sheet:
    text = _decoded(data)
    if "\0" in text:
        raise ImportRefused(_("这不是表格文件。请选择 Excel、WPS 表格或 CSV 文件。"))
    head = text[:20_000].splitlines()[:20]
    delimiter = max(DELIMITERS, key=lambda mark: _regularity(head, mark))
    lines = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    rows = []
    try:
        for line in lines:
            if len(rows) == MOST_LINES:
                return Sheet("CSV", rows, cut=True)
            rows.append([cell[: MOST_LETTERS + 1] for cell in line[:MOST_COLUMNS]])
    except csv.Error:
        raise ImportRefused(
            _("这份 CSV 文件的某一格太长或引号不成对。请用 Excel 打开并另存为 .xlsx 后再试。")
        ) from None
    return Sheet("CSV", rows)


def _decoded(data) -> str:
    encodings = [WIDE[data[:2]]] if data[:2] in WIDE else ENCODINGS
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ImportRefused(_("认不出这份文件的文字编码。请用 Excel 打开并另存为 .xlsx 后再试。"))


def _regularity(lines, mark) -> tuple[int, int]:
    """How many lines have the commonest number of a delimiter, and that number."""
    numbers = Counter(number for line in lines if (number := line.count(mark)))
    if not numbers:
        return (0, 0)
    number, times = numbers.most_common(1)[0]
    return (times, number)
