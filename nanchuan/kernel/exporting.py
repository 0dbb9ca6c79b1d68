"""Excel out: the rows of a list, masked by whoever gives them, harmless when opened."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from nanchuan.kernel import events

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 20_000
STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Column:
    """A column of a file: its header, what stands in it for a row, and its width in letters."""

    header: str
    value: Callable[[Any], Any]
    width: int = 16


def harmless(value):
    """Text that no spreadsheet takes for a formula; moments in the park's time zone."""
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub("", str(value)) if value else ""
    return f"'{text}" if text.startswith(STARTS_FORMULA) else text


def write_xlsx(file: IO[bytes], *, title: str, columns: list[Column], rows: Iterable, by) -> int:
    """Write rows as a sheet, line by line in constant memory; returns how many.

    A second sheet and the foot of each printed page say who took them out, and when.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_sheet_name(title))
    for number, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    sheet.freeze_panes = "A2"
    sheet.append([_bold(sheet, harmless(str(column.header))) for column in columns])
    written = 0
    for row in rows:
        sheet.append([harmless(column.value(row)) for column in columns])
        written += 1
    source = _source_line(by)
    sheet.oddFooter.center.text = source.replace("&", "&&")
    book.create_sheet(_("导出说明")).append([harmless(source)])
    book.save(file)
    return written


def record_export(by, what: str, number: int, filters: Iterable[str] = ()) -> None:
    """The trail keeps who took out how many rows of which list, never what was searched for."""
    events.record(
        "list.exported", subject=by, by=by, list=str(what), rows=number, filters=sorted(filters)
    )


def limited(rows: models.QuerySet) -> Iterable:
    return rows[:MOST_ROWS].iterator(chunk_size=1000)


def _source_line(by) -> str:
    now = timezone.localtime()
    return _("%(park)s党建联盟平台，%(name)s于 %(moment)s（北京时间）导出。") % {
        "park": settings.PARK_NAME,
        "name": by.get_full_name(),
        "moment": f"{now:%Y-%m-%d %H:%M}",
    }


def _bold(sheet, text):
    cell = WriteOnlyCell(sheet, value=text)
    cell.font = Font(bold=True)
    return cell


def _sheet_name(title) -> str:
    return "".join(letter for letter in str(title) if letter not in "[]:*?/\\'")[:31] or "1"
