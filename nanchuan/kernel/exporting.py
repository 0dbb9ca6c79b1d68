"""Excel out: the rows of a list, masked by whoever gives them, harmless when opened."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from tempfile import TemporaryDirectory
from typing import IO, Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from xlsxwriter import Workbook

from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 20_000
MOST_LETTERS = 32_767  # in a cell
STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
UNWRITABLE = re.compile(r"[^\t\n\r -\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")  # in XML
AS_TYPED = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}


@dataclass(frozen=True)
class Column:
    """A column of a file: its header, what stands in it for a row, and its width in letters."""

    header: str
    value: Callable[[Any], Any]
    width: int = 16


def in_words(value):
    """Moments in the park's time zone, dates as the portal shows them, nothing for None."""
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else value


def harmless(value):
    """What a cell may hold: numbers as they are, text that no spreadsheet takes for a formula."""
    value = in_words(value)
    if isinstance(value, bool | int | float):
        return value
    text = UNWRITABLE.sub("", str(value))
    text = f"'{text}" if text.startswith(STARTS_FORMULA) else text
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}…"


def write_xlsx(  # noqa: PLR0913
    file: IO[bytes], *, title: str, columns: list[Column], rows: Iterable, by, above: Iterable = ()
) -> int:
    """Write rows as a sheet, line by line in constant memory; returns how many.

    `above` are names and what they are, a line each over the table. A second sheet and the foot
    of each printed page say who took them out, and when.
    """
    with TemporaryDirectory() as folder:  # gone also when a row fails midway
        options = {"constant_memory": True, "tmpdir": folder, **AS_TYPED}
        book = Workbook(file, options)
        try:
            written = _fill(book, title, columns, rows, source=source_line(by), above=list(above))
        finally:
            book.close()
    return written


def _fill(book, title, columns, rows, *, source, above):  # noqa: PLR0913
    sheet = book.add_worksheet(_sheet_name(title))
    for number, column in enumerate(columns):
        sheet.set_column(number, number, column.width)
    head = len(above)
    sheet.freeze_panes(head + 1, 0)
    sheet.repeat_rows(head)
    sheet.set_landscape()
    sheet.set_footer(f"&C{source.replace('&', '&&')}")
    for number, pair in enumerate(above):
        sheet.write_row(number, 0, [harmless(words) for words in pair])
    headers = [harmless(str(column.header)) for column in columns]
    sheet.write_row(head, 0, headers, book.add_format({"bold": True}))
    written = 0
    for written, row in enumerate(rows, 1):
        sheet.write_row(head + written, 0, [harmless(column.value(row)) for column in columns])
    book.add_worksheet(_sheet_name(_("导出说明"))).write_string(0, 0, harmless(source))
    return written


def record_export(by, what: str, number: int, filters: Iterable[str] = (), **facts) -> None:
    """The trail keeps who took out how many rows of which list, never what was searched for."""
    facts |= {"list": str(what), "rows": number, "filters": sorted(filters)}
    events.record("list.exported", subject=by, by=by, **facts)


def limited(rows: models.QuerySet, most: int) -> Iterable:
    """All rows, in batches. Raises StepRefused for more than fit: a file is never cut short."""
    if rows.count() > most:
        raise StepRefused(
            _("符合条件的超过 %(most)d 行，一份文件放不下。请先用筛选缩小范围，再分几次导出。")
            % {"most": most}
        )
    return rows.iterator(chunk_size=1000)


def source_line(by) -> str:
    """Who took something out of the portal, and when."""
    now = timezone.localtime()
    return _("%(park)s党建联盟平台，%(name)s于 %(moment)s（北京时间）导出。") % {
        "park": settings.PARK_NAME,
        "name": by.get_full_name(),
        "moment": f"{now:%Y-%m-%d %H:%M}",
    }


def _sheet_name(title) -> str:
    return "".join(letter for letter in str(title) if letter not in "[]:*?/\\'")[:31] or "1"
