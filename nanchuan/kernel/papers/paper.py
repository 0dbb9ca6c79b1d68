"""A paper in the making, line by line."""

from collections.abc import Iterable
from datetime import date
from tempfile import TemporaryFile
from typing import IO

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from nanchuan.kernel.exporting import Column, source_line
from nanchuan.kernel.papers.frame import mark_shape, rule, write_across, write_ends
from nanchuan.kernel.papers.letters import (
    BODY,
    BODY_SIZE,
    FIRST,
    PITCH,
    SECOND,
    SMALL,
    TITLE,
    hang,
    lay,
    outline,
    set_font,
    write,
)
from nanchuan.kernel.papers.tables import SHORT, WIDEST, dress, shares, size_for, table_line
from nanchuan.kernel.papers.text import NOT_IN_NAMES, clean, written

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MOST_ROWS = 3_000  # a table that Word still opens without a wait
PORTRAIT = {"top": 37, "left": 28, "right": 26, "bottom": 35}
LANDSCAPE = {"top": 28, "left": 37, "right": 35, "bottom": 26}  # the binding side is above
RED = "FF0000"
THICK, THIN = (1, "000000"), (0.75, "000000")  # 0.35 and 0.25 mm
MARK_BELOW = Mm(35)
LEVELS = {1: FIRST, 2: SECOND, 3: BODY, 4: BODY}


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
        self._title = self._text(self.title, TITLE, 22, align=ALIGN.CENTER, pitch=Pt(32))
        self._title.paragraph_format.space_after = Pt(14)

    @property
    def file_name(self) -> str:
        name = NOT_IN_NAMES.sub("-", self.title).strip("-.")[:60] or _("文书")
        return f"{name}-{timezone.localdate():%Y%m%d}.docx"

    def red_head(self, mark, *, number="", issuer="", day: date | None = None) -> None:
        """Above the title: the red mark, the number, who issues the paper and when, a red line.

        The upper edge of the mark is 35 mm below that of the text: so much room before it, in a
        line no higher than its letters.
        """
        size, narrow = mark_shape(clean(mark), Mm(self.width).pt)
        top, below = self._title.insert_paragraph_before(), self._title.insert_paragraph_before()
        lay(top, ALIGN.CENTER, Pt(size))
        top.paragraph_format.space_before = MARK_BELOW
        write(top, clean(mark), TITLE, size, color=RED, narrow=narrow)
        lay(below, ALIGN.CENTER, PITCH)
        below.paragraph_format.space_before = PITCH
        write(below, clean(number), BODY, BODY_SIZE)
        table = self._file.add_table(rows=1, cols=2)
        write_ends(table.rows[0], issuer, written(day), BODY_SIZE)
        rule(table, self.width, BODY_SIZE, bottom=(2, RED))
        for cell in table.rows[0].cells:
            cell.paragraphs[0].paragraph_format.space_after = Mm(4)
        self._title._p.addprevious(table._tbl)
        self._title.paragraph_format.space_before = 2 * PITCH

    def heading(self, text, level: int = 1) -> None:
        """一、黑体, （一）楷体, 1. and （1）仿宋: the number is part of the text."""
        made = self._text(text, LEVELS[level], BODY_SIZE, indent=2)
        made.paragraph_format.keep_with_next = True
        outline(made, level)

    def paragraph(self, text, *, label="", indent: bool = True) -> None:
        """Running text, after a label in 黑体 if it has one; each line begins two characters in."""
        self._running(text, label=label, indent=2 if indent else 0)

    def hanging(self, pairs: Iterable[tuple]) -> None:
        """After an empty line, labels in 黑体 (出席, 请假) and names that stay right of them."""
        self._text("")
        for label, names in pairs:
            self._labelled(label, names)

    def item(self, number, text, pairs: Iterable[tuple] = ()) -> None:
        """What was resolved, numbered, and below it who is to do it, until when."""
        made = self._running(f"{number}. {clean(text)}")
        for label, words in pairs:
            made.paragraph_format.keep_with_next = True
            made = self._labelled(label, words)

    def addressee(self, text) -> None:
        """Whom a letter is for: a line of its own, without an indent."""
        self.paragraph(f"{clean(text)}：", indent=False)  # data

    def facts(self, pairs: Iterable[tuple], *, across: int = 2) -> None:
        """Names and what they are, `across` of them side by side."""
        cells = [cell for pair in pairs for cell in pair]
        cells += [""] * (-len(cells) % (2 * across))
        widths = shares([3, 7] * across, self.width)
        table = self._table(widths, 12)
        for start in range(0, len(cells), len(widths)):
            part = cells[start : start + len(widths)]
            table.append(
                table_line(part, widths, [FIRST, BODY] * across, [True, False] * across, 12)
            )

    def rows(
        self, columns: list[Column], rows: Iterable, *, numbered: bool = True, height: float = 0
    ) -> int:
        """A table whose header stands on each page; returns how many rows it has.

        `height` in millimetres leaves room to write by hand.
        """
        headers = [_("序号")] * numbered + [column.header for column in columns]
        letters = [5] * numbered + [column.width for column in columns]
        widths = shares([min(each, WIDEST) + 3 for each in letters], self.width)
        size = size_for(len(widths))
        table = self._table(widths, size)
        centred = [True] * numbered + [column.width <= SHORT for column in columns]
        every = len(widths)
        table.append(table_line(headers, widths, [FIRST] * every, [True] * every, size, head=True))
        number = 0
        for number, row in enumerate(rows, 1):
            values = [number] * numbered + [column.value(row) for column in columns]
            table.append(table_line(values, widths, [BODY] * every, centred, size, height=height))
        return number

    def signature(self, *lines) -> None:
        """Who signs and the date, at the right, after an empty line."""
        self._text("")
        for line in lines:
            made = self._text(line, align=ALIGN.RIGHT)
            made.paragraph_format.right_indent = Pt(32)
            made.paragraph_format.keep_with_next = line is not lines[-1]

    def imprint(self, issuer, day: date | None, *, copies: Iterable[tuple] = ()) -> None:
        """At the end, between thin lines: who gets a copy, who issued the paper and when."""
        copies = list(copies)
        for _line in range(2):
            self._text("").paragraph_format.keep_with_next = True
        table = self._file.add_table(rows=len(copies) + 1, cols=2)
        *lines, last = table.rows
        write_ends(last, issuer, day and _("%(day)s印发") % {"day": written(day)}, SMALL)
        rule(table, self.width, SMALL, top=THICK, bottom=THICK, insideH=THIN)
        for line, copy in zip(lines, copies, strict=True):
            write_across(line, *copy, SMALL)
        lay(self._file.add_paragraph(), ALIGN.LEFT, Pt(1))  # Word ends a paper with a paragraph

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
        set_font(facts, BODY, BODY_SIZE)
        normal.paragraph_format.space_after = normal.paragraph_format.space_before = Pt(0)
        normal.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        normal.paragraph_format.line_spacing = PITCH

    def _foot(self, source):
        """The page number between dashes on the outer side; odd pages right, even ones left."""
        self._file.settings.odd_and_even_pages_header_footer = True
        page = self._file.sections[0]
        for foot, side in ((page.footer, ALIGN.RIGHT), (page.even_page_footer, ALIGN.LEFT)):
            line = foot.paragraphs[0]
            lay(line, side, Pt(16))
            line.paragraph_format.left_indent = line.paragraph_format.right_indent = Pt(14)
            for piece in ("— ", None, " —"):
                write(line, piece, "宋体", SMALL)  # data
            if source:
                below = foot.add_paragraph()
                lay(below, ALIGN.CENTER, Pt(12))
                write(below, source, BODY, 9)

    def _text(  # noqa: PLR0913
        self, text, font=BODY, size=BODY_SIZE, *, label="", align=None, indent=0, pitch=PITCH
    ):
        line = self._file.add_paragraph()
        lay(line, ALIGN.JUSTIFY if align is None else align, pitch)
        if indent:
            line.paragraph_format.first_line_indent = Pt(size * indent)
        if label:
            write(line, clean(label), FIRST, size)
        write(line, clean(text), font, size)
        return line

    def _running(self, text, *, label="", indent=2):
        """Text of one line or several; returns the last of them."""
        first, *others = clean(text).splitlines() or [""]
        made = self._text(first, label=label, indent=indent)
        for line in others:
            made = self._text(line, indent=indent)
        return made

    def _labelled(self, label, text):
        """A label and what stays right of it on every line."""
        label = f"{clean(label)}："  # data
        line = self._text(text, label=label)
        hang(line, len(label))
        return line

    def _table(self, widths, size):
        """An empty table; its lines are added as elements.

        Two tables that touch are one to Word, and the header of the second stays behind.
        """
        if self._file.element.body[-2].tag == qn("w:tbl"):
            lay(self._file.add_paragraph(), ALIGN.LEFT, Pt(6))
        table = self._file.add_table(rows=0, cols=0)
        table.style = self._file.styles["Table Grid"]
        table.autofit = False
        dress(table._tbl, widths, size)
        return table._tbl
