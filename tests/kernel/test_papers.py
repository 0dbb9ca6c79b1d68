"""A paper is laid out as GB/T 9704 asks, and opens whatever was typed into it."""

from datetime import date
from zipfile import ZipFile

import pytest
from docx import Document
from docx.enum.table import WD_ROW_HEIGHT_RULE
from docx.oxml.ns import qn
from docx.shared import Emu, Mm, Pt

from nanchuan.kernel.exporting import Column
from nanchuan.kernel.papers import Paper, written
from tests import make

HOSTILE = [
    "\x00\x01\x0b\x1f\ud800\uffff",
    "</w:t></w:r><w:r><w:t>&lt;&amp;",
    "=1+1",
    "\u202etxt.exe",
    "一\n二\r\n三\t四",
    "长" * 50_000,
    "",
    None,
    12.5,
    "{{ secret }}",
]


def read(paper):
    return Document(paper.file())


def xml(paper, part="word/document.xml"):
    return ZipFile(paper.file()).read(part).decode()


def millimetres(*lengths):
    return [round(length.mm, 1) for length in map(Emu, lengths)]


@pytest.mark.parametrize(
    ("landscape", "sheet", "text"),
    [(False, [210, 297], [156, 225]), (True, [297, 210], [225, 156])],
)
def test_a_page_has_the_measures_of_the_standard(landscape, sheet, text):
    page = read(Paper("通知", landscape=landscape)).sections[0]
    across, down = page.left_margin + page.right_margin, page.top_margin + page.bottom_margin
    assert millimetres(page.page_width, page.page_height) == sheet
    assert millimetres(page.page_width - across, page.page_height - down) == text
    binding = page.top_margin if landscape else page.left_margin
    start = page.left_margin if landscape else page.top_margin
    assert millimetres(binding, start) == [28, 37]


def test_chinese_letters_have_the_fonts_of_their_level():
    paper = Paper("通知")
    for level in (1, 2, 3):
        paper.heading(f"{level}级", level)
    paper.paragraph("正文")
    lines = read(paper).paragraphs
    fonts = [
        line.runs[0]._r.rPr.find(qn("w:rFonts")).get(qn("w:eastAsia"))
        for line in lines
        if line.runs
    ]
    assert fonts == ["方正小标宋简体", "黑体", "楷体", "仿宋", "仿宋"]
    assert [line.runs[0].font.size for line in lines] == [Pt(22)] + [Pt(16)] * 4
    assert {line.paragraph_format.line_spacing for line in lines[1:]} == {Pt(28.95)}


def test_pages_are_numbered_between_dashes_on_the_outer_side():
    paper = read(Paper("通知"))
    page = paper.sections[0]
    assert paper.settings.odd_and_even_pages_header_footer
    for foot, side in ((page.footer, "right"), (page.even_page_footer, "left")):
        line = foot.paragraphs[0]._p
        assert line.find(qn("w:fldSimple")).get(qn("w:instr")) == "PAGE"
        assert "".join(part.text for part in line.iter(qn("w:t"))) == "— 1 —"
        assert line.pPr.jc.get(qn("w:val")) == side


def test_the_header_of_a_table_stands_on_each_page():
    paper = Paper("名册", landscape=True)
    columns = [Column("姓名", lambda row: row, 10), Column("生日", lambda row: date(1990, 1, 2))]
    assert paper.rows(columns, ["甲", "乙"]) == 2
    table = read(paper).tables[0]
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["序号", "姓名", "生日"],
        ["1", "甲", "1990.01.02"],
        ["2", "乙", "1990.01.02"],
    ]
    heads = [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in table.rows]
    assert heads == [True, False, False]
    widths = [int(column.get(qn("w:w"))) for column in table._tbl.tblGrid]
    assert sum(widths) == pytest.approx(Mm(225).twips, abs=3)


def test_a_line_to_sign_on_is_high_enough_for_a_hand():
    paper = Paper("签到表", landscape=True)
    paper.rows([Column("姓名", str), Column("签名", lambda row: "")], ["甲", "乙"], height=10)
    paper.rows([Column("姓名", str)], ["甲"])
    by_hand, printed = read(paper).tables
    head, *lines = by_hand.rows
    assert head.height is None
    assert [millimetres(line.height) for line in lines] == [[10.0]] * 2
    assert {line.height_rule for line in lines} == {WD_ROW_HEIGHT_RULE.AT_LEAST}
    assert lines[0].cells[2].text == ""
    assert printed.rows[1].height is None


@pytest.mark.parametrize("columns", [3, 13])
def test_the_lines_of_a_table_begin_where_the_text_block_does(columns):
    """Word moves a table out by the margin of its cells, so it is moved in by as much."""
    paper = Paper("表")
    paper.rows([Column("列", str)] * columns, ["甲"])
    facts = read(paper).tables[0]._tbl.tblPr
    moved = facts.find(qn("w:tblInd")).get(qn("w:w"))
    margins = {side.get(qn("w:w")) for side in facts.find(qn("w:tblCellMar"))}
    assert margins == {moved}


def test_two_tables_never_touch():
    """They would be one, and the header of the second would stand on its first page only."""
    paper = Paper("签到表")
    paper.facts([("时间", "")])
    paper.rows([Column("姓名", str)], ["甲"])
    body = [block.tag for block in read(paper).element.body]
    assert body == [qn(f"w:{name}") for name in ("p", "tbl", "p", "tbl", "sectPr")]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_is_typed_breaks_a_paper(text):
    paper = Paper(text, landscape=True)
    paper.heading(text)
    paper.paragraph(text)
    paper.facts([(text, text)] * 3)
    paper.rows([Column(text, lambda row: row)], [text])
    paper.signature(text, written(date(2026, 11, 23)))
    paper.red_head(text, number=text, issuer=text)
    paper.item(text, text, [(text, text)])
    paper.hanging([(text, text)])
    paper.imprint(text, date(2026, 11, 23), copies=[(text, text)])
    assert len(read(paper).tables) == 4
    assert paper.file_name.endswith(".docx") and len(paper.file_name) < 90
    assert not set(paper.file_name) & set('\\/:*?"<>|\n\x00')


def test_what_is_typed_is_text_and_nothing_else():
    paper = Paper("通知")
    paper.paragraph("</w:t><w:b/>")
    paper.paragraph("左\u202e右")
    assert [line.text for line in read(paper).paragraphs[1:]] == ["</w:t><w:b/>", "左右"]


@pytest.mark.django_db
def test_the_foot_says_who_took_it_out():
    sun = make.user(name="孙敏")
    page = read(Paper("名册", by=sun)).sections[0]
    for foot in (page.footer, page.even_page_footer):
        assert "孙敏于 20" in foot.paragraphs[1].text
    assert len(read(Paper("信")).sections[0].footer.paragraphs) == 1


def test_a_file_says_nothing_of_what_made_it(settings):
    facts = read(Paper("通知")).core_properties
    assert (facts.title, facts.author, facts.comments) == ("通知", settings.PARK_NAME, "")
    assert "python" not in xml(Paper("通知"), "docProps/core.xml")


def test_dates_are_written_out():
    assert written(date(2026, 1, 5)) == "2026年1月5日"
    assert written(None) == ""
