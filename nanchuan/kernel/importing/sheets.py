"""Files that an importer gives out: a template to fill in, the lines that were not taken in."""

from collections.abc import Callable, Iterable
from typing import IO

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from xlsxwriter import Workbook

from nanchuan.kernel.exporting import AS_TYPED, harmless
from nanchuan.kernel.importing.importers import Importer
from nanchuan.kernel.importing.models import ImportRow

NORMAL = 14
WIDE = 60


@translation.override(settings.LANGUAGE_CODE)
def write_template(  # noqa: PLR0913
    file: IO[bytes],
    importer: Importer,
    *,
    title: str,
    example: dict[str, str],
    advice: Callable[[str], str],
    needed: Iterable[str],
    remark: str = "",
) -> None:
    """Headers, a line that is plainly invented, and a sheet that explains each column.

    In the language in which lists are read, whoever asks for it.
    """
    with Workbook(file, {"in_memory": True, **AS_TYPED}) as book:
        bold, as_text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        sheet = book.add_worksheet(title)
        for number, name in enumerate(importer.labels):
            sheet.set_column(number, number, importer.widths.get(name, NORMAL), as_text)
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, [str(label) for label in importer.labels.values()], bold)
        sheet.write_row(1, 0, [example.get(name, "") for name in importer.labels], as_text)
        _explain(book.add_worksheet(_("填写说明")), bold, importer, advice, set(needed), remark)


def _explain(sheet, bold, importer, advice, needed, remark):  # noqa: PLR0913, PLR0917
    sheet.set_column(0, 0, NORMAL + 6)
    sheet.set_column(1, 1, NORMAL)
    sheet.set_column(2, 2, WIDE)
    sheet.write_row(0, 0, [_("列"), _("是否必填"), _("怎样填写")], bold)
    for number, (name, label) in enumerate(importer.labels.items(), 1):
        must = _("必填") if name in needed else _("可不填")
        sheet.write_row(number, 0, [str(label), must, advice(name)])
    sheet.write(len(importer.labels) + 2, 0, remark)


def write_failed(
    file: IO[bytes], importer: Importer, names: list[str], rows: Iterable[ImportRow]
) -> int:
    """The lines with errors as they were typed, and in a last column why; returns how many.

    Numbers stand in full: the file goes back to whoever brought them.
    """
    with Workbook(file, {"in_memory": True, **AS_TYPED}) as book:
        sheet = book.add_worksheet(_("未导入的行"))
        as_text = book.add_format({"num_format": "@"})
        for number, name in enumerate(names):
            sheet.set_column(number, number, importer.widths.get(name, NORMAL), as_text)
        sheet.set_column(len(names), len(names), WIDE)
        titles = [*(str(importer.labels[name]) for name in names), _("问题说明")]
        sheet.write_row(
            0, 0, [harmless(title) for title in titles], book.add_format({"bold": True})
        )
        written = 0
        for written, row in enumerate(rows, 1):
            cells = [_typed(row.data["cells"].get(name, "")) for name in names]
            sheet.write_row(written, 0, [*cells, harmless(_reasons(importer, row))])
    return written


def _typed(cell):
    return harmless(cell[0] if isinstance(cell, list) else cell)


def _reasons(importer, row) -> str:
    notes = [*row.data["notes"], *row.data["findings"]]
    labels = importer.labels
    return " ".join(f"{labels[field]}：{text}" if field else text for field, _level, text in notes)
