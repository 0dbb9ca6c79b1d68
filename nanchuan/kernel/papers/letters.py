"""Letters and lines: fonts by name, runs of text, how a paragraph is set."""

from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt

TITLE, BODY, SECOND, FIRST = "方正小标宋简体", "仿宋", "楷体", "黑体"  # data
LATIN = "Times New Roman"
BODY_SIZE, SMALL = 16, 14
DEEPEST = 12  # letters of a label that others stand right of
PITCH = Pt(28.95)  # 22 lines to a page
CLOSER = -5  # twentieths of a point, so that 28 characters fit a line


def element(tag, **attributes):
    made = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), f"{value:.0f}" if isinstance(value, float) else str(value))
    return made


def piece(text, font, size, **look):
    """A run of text; new lines stay lines."""
    run, facts = OxmlElement("w:r"), OxmlElement("w:rPr")
    set_font(facts, font, size, **look)
    run.append(facts)
    for number, part in enumerate(text.splitlines()):
        if number:
            run.append(OxmlElement("w:br"))
        words = OxmlElement("w:t")
        words.text = part.replace("\t", " ")
        words.set(qn("xml:space"), "preserve")
        run.append(words)
    return run


def set_font(facts, name, size, *, color="", narrow=0):
    """Chinese letters in a font of the standard, Latin ones and figures in a serif beside it.

    `narrow` is how wide letters are, in hundredths of their own width.
    """
    facts.append(element("w:rFonts", ascii=LATIN, hAnsi=LATIN, eastAsia=name, cs=LATIN))
    if color:
        facts.append(element("w:color", val=color))
    if size == BODY_SIZE:
        facts.append(element("w:spacing", val=CLOSER))
    if narrow:
        facts.append(element("w:w", val=narrow))
    facts.append(element("w:sz", val=size * 2))
    facts.append(element("w:szCs", val=size * 2))
    facts.append(element("w:lang", val="en-US", eastAsia="zh-CN"))


def write(line, text, font, size, **look):
    """Add text to a paragraph, or the number of the page for None."""
    if text is not None:
        line._p.append(piece(text, font, size, **look))
        return
    field = element("w:fldSimple", instr="PAGE")
    field.append(piece("1", font, size))
    line._p.append(field)


def lay(line, align, pitch):
    shape = line.paragraph_format
    shape.alignment = align
    shape.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    shape.line_spacing = pitch
    shape.widow_control = False


def hang(line, letters, *, size=BODY_SIZE, indent=2):
    """Further lines begin after so many letters of the first one, which begins `indent` in.

    At the left, because letters that are spread to fill a line would no longer stand above them.
    """
    depth = min(letters, DEEPEST) * (size + (CLOSER / 20 if size == BODY_SIZE else 0))
    line.alignment = WD_ALIGN_PARAGRAPH.LEFT
    line.paragraph_format.left_indent = Pt(size * indent + depth)
    line.paragraph_format.first_line_indent = Pt(-depth)


def outline(line, level):
    """The heading shows in the navigation pane of Word."""
    line._p.get_or_add_pPr().append(element("w:outlineLvl", val=level - 1))
