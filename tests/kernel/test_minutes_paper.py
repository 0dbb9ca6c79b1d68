"""Minutes as 10.3 of GB/T 9704 has them: a red head, who was there, an imprint; and a letter."""

from datetime import date

import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml.ns import qn
from docx.shared import Emu, Mm, Pt

from nanchuan.kernel.papers import Paper, written

PITCH = Pt(28.95)
DAY = date(2026, 11, 23)
MARK = "南川工业园区产业链党建联盟联席会议纪要"


def read(paper):
    return Document(paper.file())


def minutes(**facts):
    paper = Paper("第三次联席会议纪要")
    paper.red_head(MARK, **facts)
    return paper


def look(run):
    """Font, size, and colour if it has one."""
    facts = run._r.rPr
    color = facts.find(qn("w:color"))
    font = facts.find(qn("w:rFonts")).get(qn("w:eastAsia"))
    return font, run.font.size.pt, None if color is None else color.get(qn("w:val"))


def lines_of(table):
    """The rules of a table: side, eighths of a point, colour."""
    borders = table._tbl.tblPr.find(qn("w:tblBorders"))
    sides = [(each.tag, each.get(qn("w:sz")), each.get(qn("w:color"))) for each in borders]
    return [(tag.split("}")[1], weight, color) for tag, weight, color in sides]


def starts(line):
    """Where the first line and the further ones begin, in letters of the body from the left."""
    shape, step = line.paragraph_format, 15.75  # 28 of them to a line
    first = Emu(shape.left_indent + shape.first_line_indent)
    return first.pt / 16, (shape.left_indent - first) / Pt(step)


def test_the_mark_is_red_and_35_millimetres_below_the_text_block():
    """Its line is as high as its letters, so that nothing but the 35 mm stands above them."""
    paper = read(minutes())
    mark = paper.paragraphs[0]
    assert mark.text == MARK
    assert mark._p.getprevious() is None  # nothing above it on the page
    assert round(mark.paragraph_format.space_before.mm, 2) == 35
    font, size, color = look(mark.runs[0])
    assert (font, color) == ("方正小标宋简体", "FF0000")
    assert mark.paragraph_format.line_spacing == Pt(size)
    assert mark.alignment == ALIGN.CENTER


@pytest.mark.parametrize(
    ("letters", "size", "width"), [(4, 52, 100), (8, 52, 100), (12, 52, 70), (19, 35, 66)]
)
def test_a_mark_fills_one_line_and_is_never_wider_than_the_text(letters, size, width):
    paper = Paper("纪要")
    paper.red_head("会" * letters)
    run = read(paper).paragraphs[0].runs[0]
    narrow = int(run._r.rPr.find(qn("w:w")).get(qn("w:val")))
    assert (run.font.size.pt, narrow) == (size, width)
    assert letters * size * narrow / 100 <= Mm(156).pt


def test_number_issuer_and_date_stand_between_the_mark_and_a_red_line():
    paper = read(minutes(number="〔2026〕3号", issuer="联盟办公室", day=DAY))
    _mark, number, title = paper.paragraphs[:3]
    assert (number.text, number.alignment) == ("〔2026〕3号", ALIGN.CENTER)
    assert title.text == "第三次联席会议纪要"
    (table,) = paper.tables
    assert table._tbl.getprevious() is number._p and table._tbl.getnext() is title._p
    assert lines_of(table) == [("bottom", "16", "FF0000")]
    issuer, day = (cell.paragraphs[0] for cell in table.rows[0].cells)
    assert (issuer.text, issuer.alignment) == ("联盟办公室", ALIGN.LEFT)
    assert (day.text, day.alignment) == ("2026年11月23日", ALIGN.RIGHT)
    assert issuer.paragraph_format.left_indent == day.paragraph_format.right_indent == Pt(16)
    assert {look(line.runs[0]) for line in (number, issuer, day)} == {("仿宋", 16, None)}
    assert abs(sum(column.width for column in table.columns) - Mm(156)) < Mm(0.1)
    assert round(Emu(title.paragraph_format.space_before).pt, 1) == 57.9  # two lines


def test_a_red_head_stands_above_whatever_was_written_before_it():
    paper = Paper("纪要")
    paper.paragraph("正文")
    paper.red_head("联席会议纪要")
    assert [line.text for line in read(paper).paragraphs] == ["联席会议纪要", "", "纪要", "正文"]


def test_what_is_not_known_stays_empty_and_keeps_its_place():
    paper = minutes()
    paper.item(1, "共享设备", [("责任单位", ""), ("完成期限", written(None))])
    paper.hanging([("出席", ""), ("请假", None)])
    paper.imprint("", None)
    paper = read(paper)
    texts = [line.text for line in paper.paragraphs]
    assert texts[1] == ""  # the number
    assert texts[3:9] == ["1. 共享设备", "责任单位：", "完成期限：", "", "出席：", "请假："]
    head, foot = paper.tables
    assert [cell.text for table in (head, foot) for cell in table.rows[-1].cells] == [""] * 4


def test_who_was_there_hangs_right_of_the_label():
    paper = Paper("纪要")
    paper.paragraph("正文")
    paper.hanging([("出席", "甲公司 张三、" * 20), ("列席单位", "园区办")])
    text, empty, present, guests = read(paper).paragraphs[-4:]
    assert (text.text, empty.text) == ("正文", "")
    for line, label in ((present, "出席："), (guests, "列席单位：")):
        name, names = line.runs
        assert (name.text, look(name)) == (label, ("黑体", 16, None))
        assert look(names) == ("仿宋", 16, None)
        assert starts(line) == pytest.approx((2, len(label)), abs=0.01)
        assert line.alignment == ALIGN.LEFT
        assert line.paragraph_format.line_spacing == PITCH


def test_a_resolution_is_numbered_and_says_who_and_until_when():
    paper = Paper("纪要")
    paper.paragraph("建立共享台账。\n每月更新。", label="会议议定：")
    paper.item(1, "甲公司牵头。", [("责任单位", "甲公司"), ("完成期限", written(DAY))])
    paper.item(2, "没有期限的事项。")
    agreed, more, first, unit, due, second = read(paper).paragraphs[1:]
    assert [(run.text, look(run)[0]) for run in agreed.runs] == [
        ("会议议定：", "黑体"),
        ("建立共享台账。", "仿宋"),
    ]
    assert [run.text for run in more.runs] == ["每月更新。"]
    assert [line.text for line in (first, unit, due, second)] == [
        "1. 甲公司牵头。",
        "责任单位：甲公司",
        "完成期限：2026年11月23日",
        "2. 没有期限的事项。",
    ]
    assert look(unit.runs[0])[0] == "黑体"
    assert starts(unit) == pytest.approx((2, 5), abs=0.01)
    together = [bool(line.paragraph_format.keep_with_next) for line in (first, unit, due, second)]
    assert together == [True, True, False, False]
    assert {line.paragraph_format.line_spacing for line in (agreed, first, unit)} == {PITCH}


def test_an_imprint_ends_the_paper_between_thin_lines():
    paper = minutes()
    paper.imprint("联盟办公室", DAY, copies=[("分送", "各成员单位。"), ("抄报", "园区党委。")])
    paper = read(paper)
    table = paper.tables[-1]
    assert lines_of(table) == [
        ("top", "8", "000000"),
        ("bottom", "8", "000000"),
        ("insideH", "6", "000000"),
    ]
    rows = [list(dict.fromkeys(cell.text for cell in row.cells)) for row in table.rows]
    assert rows == [
        ["分送：各成员单位。"],
        ["抄报：园区党委。"],
        ["联盟办公室", "2026年11月23日印发"],
    ]
    copy = table.rows[0].cells[0].paragraphs[0]
    assert copy.paragraph_format.left_indent == Pt(14 * 4)
    assert copy.paragraph_format.first_line_indent == Pt(-14 * 3)
    lines = [cell.paragraphs[0] for row in table.rows for cell in row.cells]
    assert {look(run) for line in lines for run in line.runs} == {("仿宋", 14, None)}
    assert lines[-2].paragraph_format.left_indent == lines[-1].paragraph_format.right_indent
    assert all(line.paragraph_format.keep_with_next for line in lines)
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
    assert table._tbl.getnext().tag == qn("w:p")  # Word ends a paper with a paragraph


def test_a_notice_is_a_letter_with_labels():
    paper = Paper("关于召开第三次联席会议的通知")
    paper.addressee("各成员单位")
    paper.paragraph("现将有关事项通知如下。")
    paper.paragraph(written(DAY), label="一、时间：")
    paper.signature("轮值单位", written(DAY))
    _title, whom, _text, when, _empty, signed, day = read(paper).paragraphs
    assert whom.text == "各成员单位：" and not whom.paragraph_format.first_line_indent
    assert when.text == "一、时间：2026年11月23日"
    assert when.paragraph_format.first_line_indent == Pt(32)
    assert [line.alignment for line in (signed, day)] == [ALIGN.RIGHT] * 2
