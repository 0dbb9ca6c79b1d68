"""The papers of a meeting tell what its rows say and nothing else."""

from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml.ns import qn
from docx.shared import Emu, Pt
from openpyxl import load_workbook

from alliance.models import CheckIn, Invitation, Meeting, Minutes
from nanchuan.kernel.models import Event
from tests import make

pytestmark = pytest.mark.django_db

LETTERS = ("notice", "agenda", "resolved")
INNER = ("signing", "record")
PHONE = "13800001234"


def noon(day, hour=14, minute=30):
    return timezone.make_aware(datetime(day.year, day.month, day.day, hour, minute))  # noqa: DTZ001


def at(hour, minute=0):
    return noon(date(2026, 11, 18), hour, minute)


@pytest.fixture
def held(cast):
    """A meeting of the 18th of November: Lin came, Wu was away with leave, a guest was there."""
    meeting = make.held_meeting(
        cast.group,
        title="第四次联席会议",
        starts_at=at(14, 30),
        ends_at=at(16, 30),
        held_at=at(17),
        place="三楼会议厅",
        chair="林主席",
        quorum_percent=50,
    )
    first = meeting.items.create(order=1, title="通报季度情况", minutes=20, presenter="林某")
    meeting.items.create(order=2, title="研究用工互助", minutes=30, unit=cast.wu_unit)
    lin, wu = (
        meeting.invitations.create(seat=seat, unit_name=seat.unit.name)
        for seat in cast.group.seats.order_by("order")
    )
    Invitation.objects.filter(pk=wu.pk).update(reply="leave", reason="出差")
    checkin(meeting, lin, name="林代表", is_substitute=True, at=at(14, 25))
    guest = meeting.guests.create(name="专家甲", unit_name="研究院", job="研究员")
    checkin(meeting, guest=guest, is_late_entry=True)
    meeting.votes.create(
        item=first, question="是否同意", entitled=2, present=1, in_favour=1, abstained=0
    )
    resolution = make.resolution(meeting, number="议-2026-0001", text="建立互助队", item=first)
    make.action_item(cast.wu_unit, resolution=resolution, due_on=date(2026, 12, 20))
    make.resolution(meeting, number="议-2026-0002", text="下次会议由吴公司承办")
    return meeting


def checkin(meeting, invitation=None, **kwargs):
    unit = invitation.unit_name if invitation else kwargs.pop("unit_name", "")
    facts = {"way": CheckIn.Way.HAND, "unit_name": unit} | kwargs
    return meeting.checkins.create(invitation=invitation, **facts)


def url(meeting, paper):
    return reverse(f"alliance:meeting-paper-{paper}", args=[meeting.pk])


def opened(response):
    assert response.status_code == 200, response
    return Document(BytesIO(b"".join(response.streaming_content)))


def lines(paper):
    return [line.text for line in paper.paragraphs]


def table(paper, number=-1):
    return [[cell.text for cell in row.cells] for row in paper.tables[number].rows]


def facts_of(paper):
    cells = [cell for row in table(paper, 0) for cell in row]
    return dict(zip(cells[::2], cells[1::2], strict=True))


def everything(paper):
    return "\n".join(
        [*lines(paper), *(c for t in range(len(paper.tables)) for r in table(paper, t) for c in r)]
    )


# ── The notice ──────────────────────────────────────────────────────────────────────────────


def test_the_notice_is_a_letter_to_the_invited_units(cast, sign_in):
    meeting = make.meeting(
        cast.group, by=cast.lin, title="第五次联席会议", agenda="通报情况\n研究议题", chair="林主席"
    )
    paper = opened(sign_in(cast.wu).get(url(meeting, "notice")))
    text = lines(paper)
    assert text[0] == "关于召开第五次联席会议的通知"
    assert text[1] == "lin公司、wu公司："
    headings = [
        line for line in paper.paragraphs if line._p.pPr.find(qn("w:outlineLvl")) is not None
    ]
    assert [line.text for line in headings] == ["一、时间", "二、地点", "三、议程", "四、回复"]
    assert {font(line) for line in headings} == {"黑体"}
    assert text[text.index("二、地点") + 1] == "会议厅"
    assert text[text.index("三、议程") + 1 : text.index("四、回复")] == [
        f"{number}. {item.title}" for number, item in enumerate(meeting.items.all(), 1)
    ]
    assert meeting.items.count() > 1
    assert "前，通过平台回复是否参加" in text[text.index("四、回复") + 1]
    today = timezone.localdate()
    assert text[-2:] == ["lin公司", f"{today.year}年{today.month}月{today.day}日"]
    assert paper.paragraphs[-1].alignment == ALIGN.RIGHT
    assert "草稿" not in "".join(text)


def font(line):
    return line.runs[0]._r.rPr.find(qn("w:rFonts")).get(qn("w:eastAsia"))


def test_a_letter_has_the_measures_of_the_standard(cast, sign_in):
    meeting = make.meeting(cast.group, by=cast.lin)
    paper = opened(sign_in(cast.lin).get(url(meeting, "notice")))
    page = paper.sections[0]
    sides = (page.top_margin, page.left_margin, page.right_margin, page.bottom_margin)
    assert [round(Emu(side).mm) for side in sides] == [37, 28, 26, 35]
    assert {line.paragraph_format.line_spacing for line in paper.paragraphs[1:]} == {Pt(28.95)}
    assert paper.paragraphs[0].alignment == ALIGN.CENTER
    assert font(paper.paragraphs[0]) == "方正小标宋简体"
    assert font(paper.paragraphs[2]) == "仿宋"
    assert paper.paragraphs[2].paragraph_format.first_line_indent == Pt(32)
    assert not paper.paragraphs[1].paragraph_format.first_line_indent
    assert page.footer.paragraphs[0]._p.find(qn("w:fldSimple")).get(qn("w:instr")) == "PAGE"


def test_the_notice_of_a_draft_has_no_date_and_says_that_it_is_one(cast, sign_in):
    meeting = make.held_meeting(cast.group, status="draft", place="", held_at=None)
    text = lines(opened(sign_in(cast.lin).get(url(meeting, "notice"))))
    assert "（草稿，尚未发出）" in text
    assert text[text.index("二、地点") + 1] == ""
    assert text[-2:] == ["lin公司", ""]


# ── The agenda ──────────────────────────────────────────────────────────────────────────────


def test_the_agenda_tells_times_as_far_as_the_minutes_are_known(cast, held, sign_in):
    held.items.create(order=3, title="无时长")
    held.items.create(order=4, title="随后", minutes=5)
    paper = opened(sign_in(cast.wu).get(url(held, "agenda")))
    assert facts_of(paper) == {
        "时间": "2026年11月18日（周三）14:30至16:30",
        "地点": "三楼会议厅",
        "主持人": "林主席",
        "记录人": "",  # nobody was named
        "召集单位": "lin公司",
        "联盟小组": cast.group.name,
    }
    assert table(paper)[1:] == [
        ["1", "14:30-14:50", "通报季度情况", "", "林某"],
        ["2", "14:50-15:20", "研究用工互助", "wu公司", ""],
        ["3", "15:20", "无时长", "", ""],
        ["4", "", "随后", "", ""],
    ]


# ── The sign-in sheet ───────────────────────────────────────────────────────────────────────


def test_the_sheet_is_empty_to_sign_before_the_meeting(cast, sign_in):
    cast.wu_unit.contacts.create(name="吴联络", phone=PHONE, order=1)
    meeting = make.meeting(cast.group, by=cast.lin)
    meeting.invitations.filter(unit_name="wu公司").update(
        reply="substitute", attendee="吴代表", job="副总"
    )
    paper = opened(sign_in(cast.lin).get(url(meeting, "signing")))
    head, rows = facts_of(paper), table(paper)
    assert (head["应到席位"], head["实到席位"], head["缺席席位"]) == ("2", "", "")
    assert rows[0] == ["序号", "姓名", "单位", "职务", "联系电话", "到会时间", "签名", "备注"]
    assert rows[1] == ["1", "", "lin公司", "", "", "", "", ""]
    assert rows[2] == ["2", "吴代表", "wu公司", "副总", "", "", "", "代会"]
    assert rows[3:] == [[str(number), *[""] * 7] for number in range(3, 9)]
    assert {round(row.height.mm) for row in paper.tables[-1].rows[1:]} == {10}
    assert PHONE not in everything(paper) and PHONE[-4:] not in everything(paper)


def test_the_sheet_is_filled_from_who_checked_in(cast, held, sign_in):
    paper = opened(sign_in(cast.lin).get(url(held, "signing")))
    head = facts_of(paper)
    assert (head["应到席位"], head["实到席位"], head["缺席席位"]) == ("2", "1", "1")
    assert table(paper)[1:] == [
        ["1", "林代表", "lin公司", "", "", "14:25", "", "代会"],
        ["2", "", "wu公司", "", "", "", "", "请假"],
        ["3", "专家甲", "研究院", "研究员", "", "", "", "列席；补录"],
    ]


def test_the_sheet_forgets_nobody(cast, held, sign_in):
    """A seat whose invitation was taken back, and somebody who was asked by nobody."""
    Invitation.objects.filter(unit_name="lin公司").update(withdrawn_at=timezone.now())
    checkin(held, name="路人", unit_name="友邻公司", at=at(15), left_at=at(16))
    checkin(held, name="误登", unit_name="误登公司", withdrawn_at=timezone.now())
    paper = opened(sign_in(cast.lin).get(url(held, "signing")))
    assert [row[1:3] for row in table(paper)[1:]] == [
        ["", "wu公司"],
        ["林代表", "lin公司"],
        ["专家甲", "研究院"],
        ["路人", "友邻公司"],
    ]
    assert table(paper)[-1][5:] == ["15:00", "", "列席；16:00离会"]
    assert facts_of(paper)["实到席位"] == ""  # of the seats that are still invited nobody


def test_the_sheet_as_a_table_has_the_same_lines(cast, held, sign_in):
    answer = sign_in(cast.lin).get(url(held, "signing"), {"export": "xlsx"})
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).worksheets[0]
    rows = [["" if cell is None else cell for cell in row] for row in sheet.values]
    assert rows[0][:2] == ["会议", "第四次联席会议"]
    assert rows[8] == ["姓名", "单位", "职务", "联系电话", "到会时间", "签名", "备注"]
    assert rows[9:][0] == ["林代表", "lin公司", "", "", "14:25", "", "代会"]
    assert len(rows) == 12
    assert sheet.freeze_panes == "A10"


# ── Record and resolutions ──────────────────────────────────────────────────────────────────


def test_the_record_tells_all_that_was_noted(cast, held, sign_in):
    paper = opened(sign_in(cast.lin).get(url(held, "record")))
    text = lines(paper)
    assert text[0] == "第四次联席会议记录"
    assert "到会 1 / 应到 2，未达到法定人数" in text
    assert "请假：wu公司" in text
    assert table(paper)[1:] == [
        ["1", "林代表", "lin公司", "", "代会"],
        ["2", "专家甲", "研究院", "研究员", "列席；补录"],
    ]
    assert "（一）通报季度情况" in text and "（二）研究用工互助" in text
    assert "汇报：林某" in text
    assert "表决：是否同意。应到 2，实到 1；赞成 1，反对 0，弃权 0。" in text
    first = text.index("1. 建立互助队（议-2026-0001）")
    assert text[first + 1 : first + 3] == ["责任单位：wu公司", "完成期限：2026年12月20日"]
    assert text.index("（三）其他议定事项") < text.index("2. 下次会议由吴公司承办（议-2026-0002）")
    assert hanging(paper.paragraphs[first + 1]) == 5
    assert "None" not in "".join(text)


def hanging(line):
    """How many letters of the body further lines stand right of the first one."""
    shape = line.paragraph_format
    return round(-shape.first_line_indent / Pt(15.75), 2)


def test_the_record_tells_what_was_typed_to_those_who_may_see_it(cast, held, sign_in, sun):
    minutes = Minutes.objects.create(meeting=held)
    key = f"item-{held.items.first().pk}"
    minutes.head = minutes.revisions.create(sections={"opening": "会议开始。", key: "逐项通报。"})
    minutes.save()
    for person, sees in ((cast.lin, True), (sun, True), (make.staff("leader"), False)):
        text = lines(opened(sign_in(person).get(url(held, "record"))))
        assert ("逐项通报。" in text, "会议开始。" in text) == (sees, sees)


def test_the_resolutions_are_listed_on_paper_and_in_a_sheet(cast, held, sign_in):
    struck = make.resolution(held, text="删去的", struck_at=timezone.now())
    client = sign_in(cast.wu)
    rows = table(opened(client.get(url(held, "resolved"))))[1:]
    state = held.resolutions.first().action_items.get().state_words
    assert rows == [
        ["1", "议-2026-0001-1", "建立互助队", "wu公司", "", "2026.12.20", state],
        ["2", "议-2026-0002", "下次会议由吴公司承办", "", "", "", ""],
    ]
    answer = client.get(url(held, "resolved"), {"export": "xlsx"})
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).worksheets[0]
    assert [row[1] for row in sheet.values] == ["议定事项", "建立互助队", "下次会议由吴公司承办"]
    assert struck.text not in str(list(sheet.values))


# ── Who gets which ──────────────────────────────────────────────────────────────────────────


def test_nobody_outside_gets_a_paper(cast, held, sign_in):
    client = sign_in(cast.zhao)
    for paper in LETTERS + INNER:
        assert client.get(url(held, paper)).status_code == 404


def test_names_and_notes_are_for_those_who_write(cast, held, sign_in, sun):
    for paper in INNER:
        assert sign_in(cast.wu).get(url(held, paper)).status_code == 403
        for person in (cast.lin, sun, make.staff("leader"), make.staff("auditor")):
            assert sign_in(person).get(url(held, paper)).status_code == 200


@pytest.mark.parametrize(
    ("status", "there"),
    [
        ("draft", {"notice", "agenda"}),
        ("convened", {"notice", "agenda", "signing"}),
        ("held", {"notice", "agenda", "signing", "record", "resolved"}),
        ("cancelled", set()),
    ],
)
def test_the_page_offers_the_papers_that_there_are(status, there, cast, held, sign_in):
    Meeting.objects.filter(pk=held.pk).update(status=status)
    client = sign_in(cast.lin)
    page = client.get(held.part_url("records")).content.decode()
    for paper in LETTERS + INNER:
        assert (url(held, paper) in page) == (paper in there)
        is_table = paper in {"signing", "resolved"} & there
        assert (f"{url(held, paper)}?export=xlsx" in page) == is_table
        answer = client.get(url(held, paper))
        assert answer.status_code == (200 if paper in there else 302)
    others = sign_in(cast.wu).get(held.part_url("records"))
    if others.status_code == 200:
        page = others.content.decode()
        assert not any(url(held, paper) in page for paper in INNER)


def test_taking_a_paper_out_stands_in_the_history(cast, held, sign_in):
    client = sign_in(cast.lin)
    client.get(url(held, "signing"))
    client.get(url(held, "signing"), {"export": "xlsx"})
    found = Event.objects.filter(name="paper.exported")
    assert [event.facts for event in found] == [{"paper": "签到表"}] * 2


@pytest.mark.parametrize("paper", LETTERS + INNER)
def test_a_paper_asks_the_same_for_many_as_for_few(paper, cast, held, sign_in):
    client = sign_in(cast.lin)

    def asked():
        with CaptureQueriesContext(connection) as found:
            opened(client.get(url(held, paper)))
        return len(found)

    few = asked()
    for number in range(12):
        unit = make.unit(name=f"第{number}家特别长名称的有限责任公司")
        seat = make.seat(unit, cast.group, order=number + 10)
        invitation = held.invitations.create(seat=seat, unit_name=unit.name)
        checkin(held, invitation, name=f"代表{number}", at=at(14) + timedelta(minutes=number))
        item = held.items.create(order=number + 5, title=f"议题{number}", unit=unit)
        resolution = make.resolution(held, item=item)
        made = make.action_item(unit, resolution=resolution)
        made.assisting.add(cast.lin_unit)
    assert asked() == few


def test_a_title_that_turns_the_direction_of_reading_names_no_file(cast, held, sign_in):
    type(held).objects.filter(pk=held.pk).update(title="会议\u202excod.exe")
    answer = sign_in(cast.lin).get(url(held, "signing"), {"export": "xlsx"})
    assert "%E2%80%AE" not in answer["Content-Disposition"]
