"""Days as people write them: serials of Excel, 1998.7, 98年7月1日, 一九九八年七月."""

import re
from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.kernel.importing.cells import CellError, Warned, tidy
from nanchuan.kernel.importing.reading import Cell

EARLIEST = date(1900, 1, 1)
SERIAL_ZERO = date(1899, 12, 30)
SERIALS = (3000, 80_000)  # 1908 to 2119
DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")  # data
CHINESE = re.compile(r"[〇零○一二三四五六七八九十]+")  # data
PARTED = re.compile(r"(\d{4}|\d{2})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?")
SOLID = re.compile(r"(\d{4})(\d{2})(\d{2})?")
SERIAL = re.compile(r"(\d{5})(\.\d+)?")  # as CSV files and cells of text hold it
CLOCK = re.compile(r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$")
WRITTEN = re.compile(r"年|月")  # data
PERIOD = 100
SHORT_YEAR = 2  # digits


def parse_day(cell: Cell, today: date | None = None) -> date | Warned | None:
    """The day of a cell; None for nothing. Raises CellError for what is no day, or a coming one."""
    found = _parse(cell)
    day = found.value if isinstance(found, Warned) else found
    if day and day < EARLIEST:
        raise CellError(_("日期不能早于 1900 年。请核对。"))
    if day and day > (today or timezone.localdate()):
        raise CellError(_("日期晚于今天。请核对。"))
    return found


def _parse(cell):
    if isinstance(cell, list):
        return _of_iso(cell[0])
    if isinstance(cell, bool):
        raise _no_day(cell)
    if isinstance(cell, int | float):
        return _of_number(cell)
    text = CLOCK.sub("", tidy(cell).replace("。", "."))  # data
    if not text:
        return None
    return _of_text(re.sub(r"\s", "", text), cell)


def _of_iso(text):
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise _no_day(text) from None


def _of_number(number):
    """A serial of Excel, or a year and month that were typed with a dot, or digits without one."""
    first, last = SERIALS
    if first <= number < last:
        return SERIAL_ZERO + timedelta(days=int(number))
    text = repr(number).removesuffix(".0")
    found = _of_text(text, number)
    if text.endswith(".1"):
        return Warned(
            found.value,
            _("“%(text)s”可能是 1 月，也可能是 10 月；按 1 月 1 日导入。") % {"text": text},
        )
    return found


def _of_text(text, shown):
    text = _western(text)
    if serial := SERIAL.fullmatch(text):
        return SERIAL_ZERO + timedelta(days=int(serial[1]))
    found = SOLID.fullmatch(text) or PARTED.fullmatch(text)
    if found is None:
        if re.fullmatch(r"\d{4}", text):
            raise CellError(_("“%(text)s”只有年份。请补充到月，例如 1998-07。") % {"text": text})
        raise _no_day(shown)
    year, month, day = found.groups()
    try:
        whole = date(_full_year(year), int(month), int(day or 1))
    except ValueError:
        raise CellError(_("没有“%(text)s”这一天。请核对。") % {"text": _short(shown)}) from None
    if day:
        return whole
    return Warned(whole, _("“%(text)s”只写到月，按当月 1 日导入。") % {"text": _short(shown)})


def _western(text):
    """1998-7-1 of 1998年7月1日 or of 一九九八年七月一日."""
    if CHINESE.search(text):
        text = CHINESE.sub(lambda found: _digits(found.group()), text)
    if WRITTEN.search(text):
        text = re.sub(r"[年月.\-/]+", "-", re.sub(r"[日号份]", "", text)).strip("-")  # data
    return text


def _digits(text):
    """12 of 十二, 20 of 二十, 1998 of 一九九八."""
    tens, ten, ones = text.partition("十")  # data
    if not ten:
        return text.translate(DIGITS)
    return (tens.translate(DIGITS) or "1") + (ones.translate(DIGITS) or "0")


def _full_year(text):
    year = int(text)
    if len(text) > SHORT_YEAR:
        return year
    now = timezone.localdate().year
    return year + (now // PERIOD * PERIOD if year <= now % PERIOD else (now // PERIOD - 1) * PERIOD)


def _no_day(cell):
    return CellError(_("“%(text)s”不是日期。请写成 1998-07-01 这样。") % {"text": _short(cell)})


def _short(cell):
    return str(cell)[:20]
