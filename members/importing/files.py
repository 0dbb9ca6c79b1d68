"""Files that the importer gives out: the template, and the lines that could not be taken in."""

from collections.abc import Iterable
from typing import IO

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from xlsxwriter import Workbook

from members.importing.columns import EXAMPLE, LABELS, REQUIRED
from members.importing.words import CHOICES
from nanchuan.kernel.exporting import AS_TYPED, harmless
from nanchuan.kernel.importing.models import ImportRow

WIDTHS = {"id_number": 22, "organization": 36, "note": 24, "name": 10, "gender": 6, "job": 16}
NORMAL = 14
WIDE = 60


@translation.override(settings.LANGUAGE_CODE)
def write_template(file: IO[bytes], organization: str) -> None:
    """Headers, a line that is plainly invented, and a sheet that explains each column.

    In the language in which rosters are read, whoever asks for it.
    """
    with Workbook(file, {"in_memory": True, **AS_TYPED}) as book:
        bold, as_text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        sheet = book.add_worksheet(_("党员名册"))
        for number, name in enumerate(LABELS):
            sheet.set_column(number, number, WIDTHS.get(name, NORMAL), as_text)
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, [str(label) for label in LABELS.values()], bold)
        example = example_line(organization)
        sheet.write_row(1, 0, [example[name] for name in LABELS], as_text)
        _explain(book.add_worksheet(_("填写说明")), bold)


def example_line(organization: str) -> dict[str, str]:
    """Nobody: the number has the code of no place, and the portal says so if it is left in."""
    return {
        "name": str(EXAMPLE),
        "gender": _("女"),
        "ethnicity": _("汉族"),
        "born_on": "1990-01-01",
        "id_number": "999999199001010024",
        "education": _("大学本科"),
        "native_place": _("示例省甲市"),
        "joined_on": "2012-07-01",
        "full_member_on": "2013-07-01",
        "standing": _("正式党员"),
        "job": _("技术"),
        "organization": organization,
        "since": "2020-03-01",
        "phone": "10000000000",
        "note": "",
    }


def _explain(sheet, bold):
    sheet.set_column(0, 0, NORMAL + 6)
    sheet.set_column(1, 1, NORMAL)
    sheet.set_column(2, 2, WIDE)
    sheet.write_row(0, 0, [_("列"), _("是否必填"), _("怎样填写")], bold)
    for number, (name, label) in enumerate(LABELS.items(), 1):
        needed = _("必填") if name in (*REQUIRED, "organization") else _("可不填")
        sheet.write_row(number, 0, [str(label), needed, _advice(name)])
    sheet.write(len(LABELS) + 2, 0, _("空着的格不改动已有资料；带星号的号码也不改动。"))


def _advice(name) -> str:
    if name in CHOICES:
        words = _("、").join(str(label) for _value, label in CHOICES[name])
        return _("可填：%(words)s。") % {"words": words}
    days = _("例如 1998-07-01；1998.7、1998年7月也认得，按当月 1 日导入。")
    return {
        "name": _("姓名中的空格会去掉。"),
        "ethnicity": _("例如汉族、藏族。"),
        "born_on": days,
        "id_number": _("18 位。请把整列设为“文本”格式，否则 Excel 会改动末几位。"),
        "joined_on": days,
        "full_member_on": days,
        "organization": _("门户中的名称或简称。"),
        "since": _("换了党组织或党员类别时填写：从哪一天起。调动请优先办理组织关系转接。"),
        "phone": _("手机或座机，一个号码。"),
    }.get(name, _("按实际填写。"))


def write_failed(file: IO[bytes], headers: dict[str, str], rows: Iterable[ImportRow]) -> int:
    """The lines with errors as they were typed, and in a last column why; returns how many.

    Numbers stand in full: the file goes back to whoever brought them.
    """
    with Workbook(file, {"in_memory": True, **AS_TYPED}) as book:
        sheet = book.add_worksheet(_("未导入的行"))
        as_text = book.add_format({"num_format": "@"})
        names = list(headers)
        for number, name in enumerate(names):
            sheet.set_column(number, number, WIDTHS.get(name, NORMAL), as_text)
        sheet.set_column(len(names), len(names), WIDE)
        titles = [*headers.values(), _("问题说明")]
        sheet.write_row(
            0, 0, [harmless(title) for title in titles], book.add_format({"bold": True})
        )
        written = 0
        for written, row in enumerate(rows, 1):
            cells = [_typed(row.data["cells"].get(name, "")) for name in names]
            sheet.write_row(written, 0, [*cells, harmless(_reasons(row))])
    return written


def _typed(cell):
    return harmless(cell[0] if isinstance(cell, list) else cell)


def _reasons(row) -> str:
    notes = [*row.data["notes"], *row.data["findings"]]
    return " ".join(f"{LABELS[field]}：{text}" if field else text for field, _level, text in notes)
