"""Word out: papers in the layout of GB/T 9704-2012. Fonts are named, never bundled.

    sheet = Paper(_("党组织概况"))
    sheet.heading(_("一、基本情况"))
    sheet.paragraph(text)
    sheet.facts([(_("名称"), name), ...])
    sheet.rows(columns, rows)
    sheet.signature(name, papers.written(day))

`nanchuan.kernel.views.paper_response` hands it out and records that.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from tempfile import TemporaryFile
from typing import IO

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from nanchuan.kernel.exporting import UNWRITABLE, Column, in_words, source_line

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MOST_ROWS = 3_000  # a table that Word still opens without a wait
TITLE, BODY, SECOND, FIRST = "方正小标宋简体", "仿宋", "楷体", "黑体"  # data
LATIN = "Times New Roman"
BODY_SIZE = 16
PITCH = Pt(28.95)  # 22 lines to a page
CLOSER = -5  # twentieths of a point, so that 28 characters fit a line
PORTRAIT = {"top": 37, "left": 28, "right": 26, "bottom": 35}
LANDSCAPE = {"top": 28, "left": 37, "right": 35, "bottom": 26}  # the binding side is above
WIDEST = 18  # letters that a column counts for when the sheet is shared out
ROOMY = 10.5  # from this size on, the lines of a table stand apart
SHORT = 14  # letters; narrower columns are centred
LEVELS = {1: FIRST, 2: SECOND, 3: BODY, 4: BODY}
# Marks that turn the direction of reading.
TURNING = re.compile(r"[\u202A-\u202E\u2066-\u2069]")
NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\s\x00-\x1f]+')


def clean(text) -> str:
    """Text that never breaks a file, whatever somebody typed; dates as tables have them."""
    if isinstance(text, date) and not isinstance(text, datetime):
        text = f"{text.year}.{text.month:02}.{text.day:02}"
    return TURNING.sub("", UNWRITABLE.sub("", str(in_words(text))))


def written(day: date | None) -> str:
    """A date as papers write it: 2026年11月23日."""
    if day is None:
        return ""
    return _("%(year)d年%(month)d月%(day)d日") % {
        "year": day.year,
        "month": day.month,
        "day": day.day,
    }


class Paper:
    """A paper in the making; `by` puts who took it out, and when,
    at the foot of each page."""

    def __init__(self, title, *, landscape: bool = False, by=None):
        self.title = clean(title)
        self.width = 225 if landscape else 156
        self._file = Document()
        self._properties()
        self._page(LANDSCAPE if landscape else PORTRAIT, landscape)
        self._styles()
        self._foot(source_line(by) if by else "")
        head = self._text(self.title, TITLE, 22, align=WD_ALIGN_PARAGRAPH.CENTER, pitch=Pt(32))
        head.paragraph_format.space_after = Pt(14)

    @property
    def file_name(self) -> str:
        name = NOT_IN_NAMES.sub("-", self.title).strip("-.")[:60] or _("文书")
        return f"{name}-{timezone.localdate():%Y%m%d}.docx"

    def heading(self, text, level: int = 1) -> None:
        """一、黑体, （一）楷体, 1. and （1）仿宋: the number is part of the text."""
        made = self._text(text, LEVELS[level], BODY_SIZE, indent=2)
        made.paragraph_format.keep_with_next = True
        _outline(made, level)

    def paragraph(self, text, *, indent: bool = True) -> None:
        """Running text; each line of it begins two characters in."""
        for line in clean(text).splitlines() or [""]:
            self._text(line, BODY, BODY_SIZE, indent=2 if indent else 0)

    def addressee(self, text) -> None:
        """Whom a letter is for: a line of its own, without an indent."""
        self.paragraph(f"{clean(text)}：", indent=False)  # data

    def facts(self, pairs: Iterable[tuple], *, across: int = 2) -> None:
        """Names and what they are, `across` of them side by side."""
        cells = [cell for pair in pairs for cell in pair]
        cells += [""] * (-len(cells) % (2 * across))
        widths = _shares([3, 7] * across, self.width)
        table = self._table(widths, 12)
        for start in range(0, len(cells), len(widths)):
            part = cells[start : start + len(widths)]
            table.append(_line(part, widths, [FIRST, BODY] * across, [True, False] * across, 12))

    def rows(self, columns: list[Column], rows: Iterable, *, numbered: bool = True) -> int:
        """A table whose header stands on each page; returns how many rows it has."""
        headers = [_("序号")] * numbered + [column.header for column in columns]
        letters = [5] * numbered + [column.width for column in columns]
        widths = _shares([min(each, WIDEST) + 3 for each in letters], self.width)
        size = _size_for(len(widths))
        table = self._table(widths, size)
        centred = [True] * numbered + [column.width <= SHORT for column in columns]
        heads = _line(headers, widths, [FIRST] * len(widths), [True] * len(widths), size)
        heads.find(qn("w:trPr")).append(OxmlElement("w:tblHeader"))
        table.append(heads)
        number = 0
        for number, row in enumerate(rows, 1):
            values = [number] * numbered + [column.value(row) for column in columns]
            table.append(_line(values, widths, [BODY] * len(widths), centred, size))
        return number

    def signature(self, *lines) -> None:
        """Who signs and the date, at the right, after an empty line."""
        self._text("", BODY, BODY_SIZE)
        for line in lines:
            made = self._text(line, BODY, BODY_SIZE, align=WD_ALIGN_PARAGRAPH.RIGHT)
            made.paragraph_format.right_indent = Pt(32)
            made.paragraph_format.keep_with_next = line is not lines[-1]

    def file(self) -> IO[bytes]:
        made = TemporaryFile()  # noqa: SIM115 - closed by the response
        self._file.save(made)
        return made

    def _properties(self):
        facts, now = self._file.core_properties, timezone.now().replace(tzinfo=None, microsecond=0)
        facts.title = self.title[:255]
        facts.author = facts.last_modified_by = settings.PARK_NAME
        facts.comments, facts.created, facts.modified = "", now, now

    def _page(self, margins, landscape):
        page = self._file.sections[0]
        page.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
        width, height = (297, 210) if landscape else (210, 297)
        page.page_width, page.page_height = Mm(width), Mm(height)
        for side, measure in margins.items():
            setattr(page, f"{side}_margin", Mm(measure))
        page.header_distance, page.footer_distance = Mm(15), Mm(margins["bottom"] - 17)

    def _styles(self):
        normal = self._file.styles["Normal"]
        facts = normal.element.get_or_add_rPr()
        facts.clear()
        _font(facts, BODY, BODY_SIZE)
        normal.paragraph_format.space_after = normal.paragraph_format.space_before = Pt(0)
        normal.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        normal.paragraph_format.line_spacing = PITCH

    def _foot(self, source):
        """The page number between dashes on the outer side; odd pages right, even ones left."""
        self._file.settings.odd_and_even_pages_header_footer = True
        page = self._file.sections[0]
        right, left = WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.LEFT
        for foot, side in ((page.footer, right), (page.even_page_footer, left)):
            line = foot.paragraphs[0]
            _lay(line, side, Pt(16))
            line.paragraph_format.left_indent = line.paragraph_format.right_indent = Pt(14)
            for piece in ("— ", None, " —"):
                _run(line, piece, "宋体", 14)  # data
            if source:
                below = foot.add_paragraph()
                _lay(below, WD_ALIGN_PARAGRAPH.CENTER, Pt(12))
                _run(below, source, BODY, 9)

    def _text(self, text, font, size, *, align=None, indent=0, pitch=None):  # noqa: PLR0913
        line = self._file.add_paragraph()
        _lay(line, align or WD_ALIGN_PARAGRAPH.JUSTIFY, pitch or PITCH)
        if indent:
            line.paragraph_format.first_line_indent = Pt(size * indent)
        _run(line, clean(text), font, size)
        return line

    def _table(self, widths, size):
        """An empty table; its lines are added as elements, many times quicker than cells."""
        table = self._file.add_table(rows=0, cols=0)
        table.style = self._file.styles["Table Grid"]
        table.autofit = False
        element = table._tbl
        grid = element.tblGrid
        for width in widths:
            grid.append(_made("w:gridCol", w=width))
        margins = OxmlElement("w:tblCellMar")
        for side in ("left", "right"):
            margins.append(_made(f"w:{side}", w=15 if size < ROOMY else 80, type="dxa"))
        element.tblPr.insert_element_before(margins, "w:tblLook")
        return element


def _made(tag, **attributes):
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), f"{value:.0f}" if isinstance(value, float) else str(value))
    return element


def _shares(parts, width) -> list[int]:
    """A width in millimetres divided over columns, in twentieths of a point."""
    return [round(width * 1440 / 25.4 * part / sum(parts)) for part in parts]


def _size_for(columns) -> float:
    """The size of type with which so many columns fit side by side."""
    return next((size for most, size in ((6, 12), (9, 10.5), (12, 9)) if columns <= most), 7.5)


def _line(cells, widths, fonts, centred, size):
    """A line of a table, never broken over two pages."""
    line, facts = OxmlElement("w:tr"), OxmlElement("w:trPr")
    facts.append(OxmlElement("w:cantSplit"))
    line.append(facts)
    for cell in zip(cells, widths, fonts, centred, strict=True):
        line.append(_cell(*cell, size))
    return line


def _cell(text, width, font, centred, size):
    cell, facts = OxmlElement("w:tc"), OxmlElement("w:tcPr")
    facts.append(_made("w:tcW", w=width, type="dxa"))
    facts.append(_made("w:vAlign", val="center"))
    cell.append(facts)
    line = OxmlElement("w:p")
    shape = OxmlElement("w:pPr")
    shape.append(_made("w:snapToGrid", val=0))
    air = 0 if size < ROOMY else 80
    shape.append(_made("w:spacing", before=air, after=air, line=size * 26, lineRule="exact"))
    if centred:
        shape.append(_made("w:jc", val="center"))
    line.append(shape)
    line.append(_piece(clean(text), font, size))
    cell.append(line)
    return cell


def _piece(text, font, size):
    """A run of text; new lines stay lines."""
    run, facts = OxmlElement("w:r"), OxmlElement("w:rPr")
    _font(facts, font, size)
    run.append(facts)
    for number, part in enumerate(text.splitlines()):
        if number:
            run.append(OxmlElement("w:br"))
        words = OxmlElement("w:t")
        words.text = part.replace("\t", " ")
        words.set(qn("xml:space"), "preserve")
        run.append(words)
    return run


def _font(facts, name, size):
    """Chinese letters in a font of the standard, Latin ones and figures in a serif beside it."""
    facts.append(_made("w:rFonts", ascii=LATIN, hAnsi=LATIN, eastAsia=name, cs=LATIN))
    if size == BODY_SIZE:
        facts.append(_made("w:spacing", val=CLOSER))
    facts.append(_made("w:sz", val=size * 2))
    facts.append(_made("w:szCs", val=size * 2))
    facts.append(_made("w:lang", val="en-US", eastAsia="zh-CN"))


def _run(line, text, font, size):
    """Text, or the number of the page for None."""
    if text is not None:
        line._p.append(_piece(text, font, size))
        return
    field = _made("w:fldSimple", instr="PAGE")
    field.append(_piece("1", font, size))
    line._p.append(field)


def _lay(line, align, pitch):
    shape = line.paragraph_format
    shape.alignment = align
    shape.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    shape.line_spacing = pitch
    shape.widow_control = False


def _outline(line, level):
    """The heading shows in the navigation pane of Word."""
    line._p.get_or_add_pPr().append(_made("w:outlineLvl", val=level - 1))
