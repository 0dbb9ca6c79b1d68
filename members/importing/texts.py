"""Names, numbers and words of a cell as people type them."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from members.models.people import check_id_number, check_phone
from nanchuan.kernel.fields import normalise
from nanchuan.kernel.importing.cells import (
    CONTROL,
    EXACT,
    NOTHING,
    CellError,
    Warned,
    plain,
    tidy,
)
from nanchuan.kernel.importing.reading import Cell

MASK = "*"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
OLD_LENGTH, LENGTH = 15, 18
DOTS = re.compile(r"[•‧∙・･.．﹒●]")
SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+?\d+", re.IGNORECASE)
SEVERAL = re.compile(r"[/、,;，；|]|\s{2,}|\n")
HAN = re.compile(r"[\u2e80-\u9fff\U00020000-\U0003ffff]")


def parse_name(cell: Cell) -> str | Warned:
    """张 伟 is 张伟; John  Smith keeps one space; the dot of a long name is always the same."""
    text = CONTROL.sub(" ", unicodedata.normalize("NFKC", plain(cell))).strip()
    if HAN.search(text):
        text = DOTS.sub("·", re.sub(r"\s+", "", text))
    text = unicodedata.normalize("NFKC", " ".join(text.split()))  # what a space kept apart
    if any(character.isdigit() for character in text):
        return Warned(text, _("姓名里有数字。请核对。"))
    return text


def parse_id_number(cell: Cell) -> str | Warned:
    """18 characters, upper case; "" for nothing and for a masked number, which says nothing new."""
    text = normalise(CONTROL.sub("", plain(cell))).replace("×", "X").replace("'", "")
    if not text or MASK in text or text.lower() in NOTHING:
        return ""
    if SCIENTIFIC.fullmatch(text) or _lost_digits(cell):
        raise CellError(
            _("号码的末几位已被 Excel 改动。请把这一列设为“文本”格式，按证件重新填写。")
        )
    _validated(check_id_number, text)
    if len(text) == OLD_LENGTH:
        return Warned(text, _("这是 15 位的旧号码。请按现在的身份证换成 18 位。"))
    if check_digit(text) != text[-1]:
        return Warned(text, _("公民身份号码的末位校验不符（国家标准 GB 11643）。请按证件核对。"))
    return text


def _lost_digits(cell) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= EXACT


def check_digit(number: str) -> str:
    """The last character that the first seventeen ask for (GB 11643)."""
    pairs = zip(number[:17], WEIGHTS, strict=True)
    return CHECKS[sum(int(digit) * weight for digit, weight in pairs) % len(CHECKS)]


def parse_phone(cell: Cell) -> str | Warned:
    """The first number of a cell; "" for a masked one."""
    text = tidy(cell)
    if MASK in text:
        return ""
    if SCIENTIFIC.fullmatch(text) or _lost_digits(cell):
        raise CellError(_("号码的末几位已被 Excel 改动。请把这一列设为“文本”格式后重新填写。"))
    first, *others = [each for each in SEVERAL.split(text) if each.strip()] or [""]
    number = re.sub(r"[().]", "", normalise(first))
    if not number:
        return ""
    _validated(check_phone, number)
    if others:
        return Warned(number, _("这一格有几个号码，只导入第一个。"))
    return number


def _validated(check, text):
    try:
        check(text)
    except ValidationError as error:
        raise CellError(" ".join(error.messages)) from None
