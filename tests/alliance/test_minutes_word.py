"""The minutes on paper: as they were published, in the form of 10.3 of GB/T 9704."""

from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Emu, Pt

from alliance.actions import minutes as actions
from alliance.models import CheckIn, Meeting
from nanchuan.kernel.papers import written
from tests import make

pytestmark = pytest.mark.django_db
STEP = Pt(15.75)  # a letter of the body


@pytest.fixture
def meeting(cast):
    meeting = make.meeting(cast.group, by=cast.lin, title="第四次联席会议", chair="林主席")
    make.hold(meeting, by=cast.lin)
    CheckIn.objects.filter(unit_name="lin公司").update(name="林代表")
    item = meeting.items.order_by("order").last()
    resolution = make.resolution(meeting, text="建立用工互助队", item=item)
    make.action_item(cast.wu_unit, resolution=resolution)
    return meeting


@pytest.fixture
def published(meeting, cast, sun):
    return make.minutes(meeting, "published", by=sun)


def url(minutes):
    return reverse("alliance:minutes-word", args=[minutes.pk])


def opened(response):
    assert response.status_code == 200
    return Document(BytesIO(b"".join(response.streaming_content)))


def look(run):
    facts = run._r.rPr
    color = facts.find(qn("w:color"))
    font = facts.find(qn("w:rFonts")).get(qn("w:eastAsia"))
    return font, None if color is None else color.get(qn("w:val"))


def line_of(paper, text):
    return next(line for line in paper.paragraphs if line.text.startswith(text))


def test_the_page_is_that_of_the_standard(published, cast, sign_in):
    paper = opened(sign_in(cast.wu).get(url(published)))
    page = paper.sections[0]
    sides = (page.top_margin, page.left_margin, page.right_margin, page.bottom_margin)
    assert [round(Emu(side).mm) for side in sides] == [37, 28, 26, 35]
    assert line_of(paper, "地点：").paragraph_format.line_spacing == Pt(28.95)
    assert paper.settings.odd_and_even_pages_header_footer
    for foot, side in ((page.footer, "right"), (page.even_page_footer, "left")):
        line = foot.paragraphs[0]._p
        assert line.find(qn("w:fldSimple")).get(qn("w:instr")) == "PAGE"
        assert "".join(part.text for part in line.iter(qn("w:t"))) == "— 1 —"
        assert line.pPr.jc.get(qn("w:val")) == side


def test_the_red_head_names_the_alliance_number_unit_and_day(published, cast, sign_in):
    published.refresh_from_db()
    paper = opened(sign_in(cast.wu).get(url(published)))
    mark, number = paper.paragraphs[:2]
    assert mark.text == "南川工业园区党建联盟会议纪要"
    assert round(mark.paragraph_format.space_before.mm) == 35
    assert look(mark.runs[0]) == ("方正小标宋简体", "FF0000")
    assert number.text == published.number
    issued = written(timezone.localdate(published.published_at))
    assert [cell.text for cell in paper.tables[0].rows[0].cells] == ["lin公司", issued]
    title = line_of(paper, "第四次联席会议纪要")
    assert look(title.runs[0]) == ("方正小标宋简体", None)
    last = [cell.text for cell in paper.tables[-1].rows[-1].cells]
    assert last == ["lin公司", f"{issued}印发"]
    assert "分送：lin公司、wu公司" in paper.tables[-1].rows[0].cells[0].text


def test_items_resolutions_and_names_stand_in_their_forms(published, cast, sign_in):
    paper = opened(sign_in(cast.wu).get(url(published)))
    words = [line.text for line in paper.paragraphs]
    assert "会议听取了情况通报。" in words
    first = words.index("地点：会议厅")
    assert words[first + 1 : first + 3] == ["主持：林主席", "记录："]  # nobody was named
    headings = [
        line for line in paper.paragraphs if line._p.pPr.find(qn("w:outlineLvl")) is not None
    ]
    assert [look(line.runs[0])[0] for line in headings] == ["黑体"] * len(headings)
    assert len(headings) == published.meeting.items.count()
    resolved = words.index(next(word for word in words if word.startswith("1. 建立用工互助队")))
    assert words[resolved + 1] == "责任单位：wu公司"
    came = line_of(paper, "出席：")
    assert came.text == "出席：lin公司 林代表、wu公司"
    assert look(came.runs[0])[0] == "黑体" and look(came.runs[1])[0] == "仿宋"
    shape = came.paragraph_format
    assert round(-shape.first_line_indent / STEP, 2) == 3
    assert shape.left_indent + shape.first_line_indent == Pt(32)


def test_what_was_published_does_not_change(published, cast, sign_in):
    client = sign_in(cast.wu)
    before = [line.text for line in opened(client.get(url(published))).paragraphs]
    Meeting.objects.update(title="改了的名称", place="改了的地点")
    published.meeting.resolutions.update(text="改了的议定")
    after = [line.text for line in opened(client.get(url(published))).paragraphs]
    assert after == before


@pytest.mark.parametrize("status", ["draft", "submitted", "approved"])
def test_before_it_is_published_the_writers_get_a_draft_that_says_so(
    status, meeting, cast, sign_in, sun
):
    minutes = make.minutes(meeting, status, by=sun)
    for person in (cast.lin, sun):
        paper = opened(sign_in(person).get(url(minutes)))
        words = [line.text for line in paper.paragraphs]
        assert "第四次联席会议纪要（草稿）" in words
        assert words[1] == ""  # no number
        assert paper.tables[0].rows[0].cells[1].text == ""  # no day
        assert paper.tables[-1].rows[-1].cells[1].text == ""
    for person in (cast.wu, cast.zhao, make.staff("leader")):
        assert sign_in(person).get(url(minutes)).status_code == 404


def test_a_correction_is_a_paper_of_its_own(published, cast, sign_in, sun):
    second = actions.correct(published, reason="更正名单", by=sun)
    second = second or published.meeting.minutes.get(version=2)
    page = sign_in(cast.lin).get(published.meeting.part_url("records")).content.decode()
    assert url(published) in page and url(second) in page
    page = sign_in(cast.wu).get(published.meeting.part_url("records")).content.decode()
    assert url(published) in page and url(second) not in page
    words = [line.text for line in opened(sign_in(sun).get(url(second))).paragraphs]
    assert "更正原因：更正名单" in words


def test_nobody_outside_gets_it(published, cast, sign_in):
    assert sign_in(cast.zhao).get(url(published)).status_code == 404
