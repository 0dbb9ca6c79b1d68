"""Minutes as 10.3 of GB/T 9704 has them; and a letter."""

from datetime import date

import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml.ns import qn
from docx.shared import Emu, Pt

from nanchuan.kernel.papers import Paper, written

PITCH = Pt(28.95)
DAY = date(2026, 11, 23)


def read(paper):
    return Document(paper.file())


def look(run):
    """Font, size, and colour if it has one."""
    facts = run._r.rPr
    color = facts.find(qn("w:color"))
    font = facts.find(qn("w:rFonts")).get(qn("w:eastAsia"))
    return font, run.font.size.pt, None if color is None else color.get(qn("w:val"))


def starts(line):
    """Where the first line and the further ones begin, in letters of the body from the left."""
    shape, step = line.paragraph_format, 15.75  # 28 of them to a line
    first = Emu(shape.left_indent + shape.first_line_indent)
    return first.pt / 16, (shape.left_indent - first) / Pt(step)


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
