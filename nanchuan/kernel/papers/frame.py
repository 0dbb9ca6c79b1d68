"""What frames a paper: the mark of its red head, and lines between rules as wide as the text."""

from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement
from docx.shared import Mm, Pt

from nanchuan.kernel.papers.letters import BODY, element, hang, lay, write
from nanchuan.kernel.papers.text import clean

LARGEST, SMALLEST = 52, 22  # letters of a mark
NARROWEST = 66  # hundredths of their own width
LEAST = 9  # letters that have room at the right end


def mark_shape(mark, width) -> tuple[int, int]:
    """Size and width of the letters with which a mark fits one line: large, then narrow."""
    fits = width / max(len(mark), 1)
    size = min(LARGEST, max(SMALLEST, int(fits * 100 / NARROWEST)))
    return size, min(100, max(NARROWEST, int(fits * 100 / size)))


def rule(table, width, size, **rules):
    """Rules (weight in points, colour) around and between lines that have two ends.

    The right end is as wide as what stands in it: a date, which never breaks.
    """
    table.autofit = False
    right = Pt(max(LEAST, len(table.rows[-1].cells[1].text)) * size)
    for column, share in zip(table.columns, (Mm(width) - right, right), strict=True):
        column.width = share
        for cell in column.cells:
            cell.width = share
    for line in table.rows:
        line._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    borders, margins = OxmlElement("w:tblBorders"), OxmlElement("w:tblCellMar")
    for side, (weight, color) in rules.items():
        line = element(f"w:{side}", val="single", sz=weight * 8, space=0, color=color)
        borders.append(line)
    for side in ("left", "right"):
        margins.append(element(f"w:{side}", w=0, type="dxa"))
    table._tbl.tblPr.insert_element_before(borders, "w:tblLayout", "w:tblLook")
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook")


def write_ends(line, left, right, size):
    """One text at the left end of a line of the table, one at its right end, a letter in."""
    begin, end = (cell.paragraphs[0] for cell in line.cells)
    _write(begin, left, size, ALIGN.LEFT).left_indent = Pt(size)
    _write(end, right, size, ALIGN.RIGHT).right_indent = Pt(size)


def write_across(line, label, text, size):
    """A label, and what stays right of it, over the whole line of the table."""
    label = f"{clean(label)}：" if label else ""  # data
    words = line.cells[0].merge(line.cells[1]).paragraphs[0]
    shape = _write(words, f"{label}{clean(text)}", size, ALIGN.LEFT)
    hang(words, len(label), size=size, indent=1)
    shape.right_indent = Pt(size)


def _write(line, text, size, align):
    lay(line, align, Pt(size * 1.8))
    line.paragraph_format.keep_with_next = True
    write(line, clean(text), BODY, size)
    return line.paragraph_format
