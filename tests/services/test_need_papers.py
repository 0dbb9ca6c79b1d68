"""The papers of needs: the list in the park's own columns, the dispatch notice, the file of an
order. Each tells what its rows say, and to nobody more than the pages do."""

from datetime import datetime, timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Emu
from openpyxl import load_workbook

from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from services.actions import notices
from services.models import Clock, Dispatch, Need
from tests import make
from tests.races import at_once

pytestmark = pytest.mark.django_db
LIST = reverse("services:need-list")
COLUMNS = [
    "编号",
    "企业",
    "小组",
    "类别",
    "内容",
    "紧急程度",
    "联系人",
    "提出时间",
    "状态",
    "责任单位",
    "期限",
    "评价",
]
PHONE = "13800009876"
SECRETS = ("隐语标题甲", "隐语内容乙", "隐语联系人丙", "****9876")


def moment(day, hour=9, month=11):
    return timezone.make_aware(datetime(2026, month, day, hour, 30))  # noqa: DTZ001


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def hidden(cast, to="published", **kwargs):
    facts = dict(zip(("title", "content", "contact_name"), SECRETS[:3], strict=True))
    facts |= {"contact_phone": PHONE, "public_title": "求技术支持", "public_note": "限本周"}
    return make.need(cast.lin_unit, to, **facts | kwargs)


def body(answer):
    assert answer.status_code == 200, answer
    return b"".join(answer.streaming_content)


def sheet(user, **query):
    answer = signed_in(user).get(LIST, query | {"export": "xlsx"})
    head, *rows = load_workbook(BytesIO(body(answer))).worksheets[0].values
    return [dict(zip(head, row, strict=True)) for row in rows]


def word(user, url, **query):
    return Document(BytesIO(body(signed_in(user).get(url, query))))


def cells(paper):
    return [[cell.text for cell in row.cells] for table in paper.tables for row in table.rows]


def everything(paper):
    lines = [line.text for line in paper.paragraphs]
    return "\n".join([*lines, *("|".join(row) for row in cells(paper))])


def facts_of(paper, number=0):
    return {row.cells[0].text: row.cells[1].text for row in paper.tables[number].rows}


def dispatched(need, unit, **kwargs):
    """As if the office had told the unit, instead of what stands."""
    need.dispatches.filter(ended_at=None).delete()
    facts = {"how": "dispatched", "note": "请三日内上门", "at": moment(16)} | kwargs
    return Dispatch.objects.create(need=need, unit=unit, **facts)


@pytest.fixture
def helper(cast):
    unit = make.unit(name="人才服务部门", kind="department")
    make.seat(unit)
    return unit


@pytest.fixture
def need(cast, helper, sun):
    """Published and accepted by the office for the helper, with a dispatch of its own."""
    made = hidden(cast, "in_progress", taken_by=helper, office=sun, audience="alliance")
    Need.objects.filter(pk=made.pk).update(filed_at=moment(13), due_at=moment(25))
    made.refresh_from_db()
    return made


# ── The list ────────────────────────────────────────────────────────────────────────────────


def test_the_list_has_exactly_the_columns_of_the_park(cast, sun, need):
    row = sheet(sun)[0]
    assert list(row) == COLUMNS
    assert row["编号"] == need.number and row["企业"] == "lin公司"
    assert row["小组"] == cast.group.name and row["内容"] == "隐语标题甲\n隐语内容乙"
    assert row["联系人"] == "隐语联系人丙 138****9876"
    assert (row["提出时间"], row["期限"]) == ("2026-11-13", "2026-11-25")
    assert (row["责任单位"], row["状态"], row["评价"]) == ("人才服务部门", "办理中", None)
    paper = word(sun, LIST, export="docx")
    head, *rows = cells(paper)
    assert head == COLUMNS
    assert rows[0][COLUMNS.index("提出时间")] == "2026.11.13"


def test_the_list_on_paper_lies_across_with_its_head_on_each_page(sun, need):
    paper = word(sun, LIST, export="docx")
    page = paper.sections[0]
    measures = (page.page_width, page.page_height, page.top_margin, page.left_margin)
    assert [round(Emu(each).mm) for each in measures] == [297, 210, 28, 37]
    table = paper.tables[0]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    fonts = {each.get(qn("w:eastAsia")) for each in table._tbl.iter(qn("w:rFonts"))}
    assert fonts == {"黑体", "仿宋"}
    foot = page.footer.paragraphs
    assert foot[0]._p.find(qn("w:fldSimple")).get(qn("w:instr")) == "PAGE"
    assert "sun于 20" in foot[1].text


def test_the_file_has_what_the_filter_leaves_and_is_logged(cast, sun, need):
    make.need(cast.wu_unit, category="finance")
    assert [row["编号"] for row in sheet(sun, category="technology")] == [need.number]
    told = Event.objects.filter(name="list.exported").latest("pk")
    assert told.facts["rows"] == 1 and told.facts["filters"] == ["category"]
    assert told.by == sun


def test_a_rating_stands_only_while_its_solution_does(cast, sun):
    need = make.need(cast.lin_unit, "solved")
    assert sheet(sun)[0]["评价"] == "非常满意"
    need.solutions.update(reopened_at=timezone.now())
    assert sheet(sun)[0]["评价"] is None


@pytest.mark.parametrize("form", ["xlsx", "docx"])
def test_others_take_out_the_public_face_and_no_more(cast, need, form):
    def said(user):
        return str(sheet(user)) if form == "xlsx" else everything(word(user, LIST, export="docx"))

    for secret in SECRETS:
        assert secret not in said(cast.zhao) and secret in said(cast.lin)
    words = said(cast.zhao)
    for public in (need.number, "求技术支持", "限本周", "2026"):
        assert public in words
    for hidden_word in ("lin公司", cast.group.name, "人才服务部门", "11-25", "11.25"):
        assert hidden_word not in words
    assert PHONE not in said(cast.lin)


def test_more_needs_cost_no_more_questions(cast, sun, need, django_assert_max_num_queries):
    client = signed_in(sun)
    for _number in range(5):
        make.need(cast.wu_unit)
    for _warm in range(2):
        body(client.get(LIST, {"export": "xlsx"}))
    with django_assert_max_num_queries(12):
        body(client.get(LIST, {"export": "xlsx"}))


# ── The dispatch notice ─────────────────────────────────────────────────────────────────────


def notice_url(dispatch):
    return reverse("services:dispatch-notice", args=[dispatch.pk])


def test_the_office_numbers_a_notice_once_and_takes_it_out(cast, sun, need, helper):
    dispatch = dispatched(need, helper)
    client = signed_in(sun)
    draft = word(sun, notice_url(dispatch))
    assert "（草稿）" in everything(draft) and "〔" not in everything(draft)
    for _click in range(2):
        client.post(reverse("services:dispatch-issue", args=[dispatch.pk]))
    dispatch.refresh_from_db()
    assert dispatch.notice_number == f"联盟办〔{timezone.localdate().year}〕交1号"
    assert Event.objects.get(name="need.notice_issued").facts == {"number": dispatch.notice_number}
    assert dispatch.notice_number in everything(word(sun, notice_url(dispatch)))
    page = client.get(need.get_absolute_url()).content.decode()
    assert dispatch.notice_number in page and "编号出具" not in page
    told = Event.objects.filter(name="paper.exported").latest("pk")
    assert told.facts == {"paper": "交办通知书"} and told.by == sun


def test_a_notice_says_what_is_to_be_done_by_when(cast, sun, need, helper):
    assisting = make.unit(name="财政金融部门")
    need.assistances.create(unit=assisting, due_at=moment(27))
    dispatch = dispatched(need, helper, notice_number="联盟办〔2026〕交7号", notice_at=moment(16))
    need.clocks.all().delete()
    Clock.objects.create(
        need=need, kind="solve", unit=helper, days=7, started_at=moment(16, 10), due_at=moment(25)
    )
    paper = word(sun, notice_url(dispatch))
    text = everything(paper)
    assert "南川工业园区党建联盟交办通知书" in text and "联盟办〔2026〕交7号" in text
    assert f"关于交办{need.number}的通知" in text
    assert "人才服务部门：" in [line.text for line in paper.paragraphs]
    assert "请三日内上门" in text and "协办单位：财政金融部门" in text
    assert "联系人|隐语联系人丙 138****9876" in text and PHONE not in text
    assert "首次联系企业|接单后 3 个工作日内" in text and "办结|2026年11月25日" in text
    assert "1 个工作日内通过平台提出异议" in text and "抄送：财政金融部门" in text
    assert "2026年11月16日印发" in text


def test_a_notice_is_laid_out_as_the_standard_asks(cast, sun, need, helper):
    dispatch = dispatched(need, helper, notice_number="联盟办〔2026〕交7号", notice_at=moment(16))
    answer = body(signed_in(sun).get(notice_url(dispatch)))
    paper = Document(BytesIO(answer))
    page = paper.sections[0]
    measures = (page.top_margin, page.left_margin, page.right_margin, page.bottom_margin)
    assert [round(Emu(each).mm) for each in measures] == [37, 28, 26, 35]
    mark = paper.paragraphs[0]
    assert round(mark.paragraph_format.space_before.mm) == 35
    assert mark.runs[0]._r.rPr.find(qn("w:color")).get(qn("w:val")) == "FF0000"
    xml = ZipFile(BytesIO(answer)).read("word/document.xml").decode()
    for font in ("方正小标宋简体", "黑体", "仿宋"):
        assert f'w:eastAsia="{font}"' in xml


def test_what_nobody_noted_stays_blank(cast, sun, need, helper):
    dispatch = dispatched(need, helper, note="")
    need.clocks.all().delete()
    lines = [line.text for line in word(sun, notice_url(dispatch)).paragraphs]
    assert lines[lines.index("二、办理要求") + 1] == ""
    assert ["接单", ""] in cells(word(sun, notice_url(dispatch)))


def test_who_works_on_it_reads_a_notice_once_it_is_issued(cast, sun, need, helper):
    """What the office asks of a unit is not for the filer's eyes."""
    liaison = make.liaison(helper)
    dispatch = dispatched(need, helper)
    for user in (liaison, cast.lin):
        assert signed_in(user).get(notice_url(dispatch)).status_code == 404
        answer = signed_in(user).post(reverse("services:dispatch-issue", args=[dispatch.pk]))
        assert answer.status_code == 403
    notices.issue(dispatch, by=sun)
    assert signed_in(liaison).get(notice_url(dispatch)).status_code == 200
    for user in (cast.lin, cast.wu, cast.zhao):
        assert signed_in(user).get(notice_url(dispatch)).status_code == 404


def test_no_notice_of_a_dispatch_that_is_over(cast, sun, need, helper):
    dispatch = dispatched(need, helper, ended_at=timezone.now(), end="objection")
    with pytest.raises(StepRefused, match="正在办理的派单"):
        notices.issue(dispatch, by=sun)


def test_no_notice_of_what_a_unit_took_by_itself(cast, sun, need, helper):
    dispatch = dispatched(need, helper, how="taken")
    page = signed_in(sun).get(need.get_absolute_url()).content.decode()
    assert "编号出具" not in page
    with pytest.raises(StepRefused, match="正在办理的派单"):
        notices.issue(dispatch, by=sun)


@pytest.mark.django_db(transaction=True)
def test_two_clerks_give_a_notice_one_number(cast, sun, need, helper):
    for _round in range(5):
        Dispatch.objects.all().update(ended_at=timezone.now())
        dispatch = dispatched(need, helper)
        numbers = at_once(*[lambda d=dispatch: notices.issue(d, by=sun)] * 2)
        dispatch.refresh_from_db()
        assert numbers == [dispatch.notice_number] * 2
    assert Event.objects.filter(name="need.notice_issued").count() == 5


# ── The file of an order ────────────────────────────────────────────────────────────────────


def dossier(user, need):
    return word(user, reverse("services:need-dossier", args=[need.pk]))


@pytest.fixture
def long_story(cast, sun, need, helper):
    """Returned once, disputed, held, extended, with an internal note and a refused solution."""
    need.remarks.create(step="held", text="等设备到货", written_by=sun)
    first = dispatched(need, helper, ended_at=moment(17), end="objection")
    first.refresh_from_db()
    from services.models import Objection

    Objection.objects.create(
        dispatch=first,
        reason="不是我们的职责",
        raised_at=moment(16, 15),
        due_at=moment(17),
        ruled_at=moment(16, 17),
        is_upheld=True,
        ruling="转人才部门",
    )
    need.clocks.all().delete()
    clock = Clock.objects.create(
        need=need,
        kind="solve",
        unit=helper,
        days=7,
        extra_days=3,
        started_at=moment(17),
        due_at=moment(30),
    )
    need.pauses.create(why="hold", reason="等设备到货", started_at=moment(18), ended_at=moment(19))
    need.extensions.create(
        clock=clock,
        days=3,
        reason="部件推迟",
        asked_at=moment(20),
        decided_at=moment(20, 15),
        is_granted=True,
        answer="抓紧",
    )
    need.notes.create(text="已电话联系", kind="contact", unit=helper, written_at=moment(18))
    inner = need.notes.create(text="内部预算超支", is_public=False, unit=helper)
    need.files.create(file="x", name="照片.jpg", size=1, kind="jpg")
    inner.files.create(file="x", name="内部测算.xlsx", size=1, kind="xlsx")
    need.solutions.create(
        text="派人维修", offered_by=sun, refused_at=moment(23), refusal="没有修好"
    )
    need.solutions.create(
        text="更换部件", offered_by=sun, confirmed_at=moment(25), rating=4, comment="不错"
    )
    return need


def test_the_file_tells_the_whole_story_in_its_order(cast, sun, long_story):
    paper = dossier(sun, long_story)
    headings = [
        line.text for line in paper.paragraphs if line._p.pPr.find(qn("w:outlineLvl")) is not None
    ]
    assert [each[2:] for each in headings] == [
        "基本情况",
        "需求内容",
        "责任单位",
        "办理时限",
        "办理过程",
        "办理记录",
        "解决方案和评价",
        "附件清单",
    ]
    text = everything(paper)
    for said in (
        "异议：2026-11-16 15:30 提出：不是我们的职责",
        "2026-11-16 17:30 异议成立 转人才部门",
        "办结|人才服务部门|7+3|2026-11-17 09:30|2026-11-30 09:30|",
        "暂停办理|2026-11-18 09:30|2026-11-19 09:30|等设备到货",
        "2026-11-20 15:30 同意 抓紧",
        "内部预算超支",
        "进展（内部）",
        "内部测算.xlsx",
        "企业退回：2026-11-23 09:30 没有修好",
        "评价：满意 不错",
    ):
        assert said in text, said
    steps = [
        row for row in cells(paper) if len(row) == 4 and row[2] in ("点单", "审核发布", "接单")
    ]
    assert [row[2] for row in steps] == ["点单", "审核发布", "接单"]
    assert steps[1][1] == "sun"


def test_the_reason_stands_at_the_step_that_it_explains(cast, sun):
    from services.actions import filing, review

    need = make.need(cast.lin_unit, office=sun)
    for reason in ("缺型号", "缺数量"):
        review.send_back(need, reason=reason, by=sun)
        filing.change(need, by=cast.lin, content=f"已补{reason}")
    rows = [row for row in cells(dossier(sun, need)) if len(row) == 4 and row[2] == "退回补充"]
    assert [row[3] for row in rows] == ["缺型号", "缺数量"]


def test_an_appeal_and_its_answer_stand_in_the_file(cast, sun):
    from services.actions import review

    need = make.need(cast.lin_unit, office=sun)
    review.decline(need, reason="不属于联盟职责", by=sun)
    review.appeal(need, reason="请再看一次", by=cast.lin)
    review.rule_appeal(need, is_upheld=False, answer="仍不受理", by=sun)
    said = [row[3] for row in cells(dossier(cast.lin, need)) if len(row) == 4]
    wanted = ("不属于联盟职责", "请再看一次", "仍不受理")
    assert [each for each in said if each in wanted] == list(wanted)


def test_the_filer_reads_its_file_without_what_is_internal(cast, sun, long_story, helper):
    for user, internal in ((cast.lin, False), (make.liaison(helper), True), (sun, True)):
        text = everything(dossier(user, long_story))
        assert "已电话联系" in text and "照片.jpg" in text and "没有修好" in text
        for canary in (
            "内部预算超支",
            "内部测算.xlsx",
            "不是我们的职责",
            "异议成立",
            "请三日内上门",
            "部件推迟",
        ):
            assert (canary in text) == internal, (user.name, canary)
        assert PHONE not in text and "138****9876" in text
    for user in (cast.wu, cast.zhao):
        url = reverse("services:need-dossier", args=[long_story.pk])
        assert signed_in(user).get(url).status_code == 404
    assert Event.objects.filter(name="paper.exported", facts__paper="办理卷宗").count() == 3


def test_a_page_offers_papers_to_who_takes_part(cast, sun, need):
    url = reverse("services:need-dossier", args=[need.pk])
    for user, offered in ((sun, True), (cast.lin, True), (cast.zhao, False)):
        page = signed_in(user).get(need.get_absolute_url()).content.decode()
        assert (url in page) == offered


def test_a_new_need_has_a_file_too(cast, sun):
    text = everything(dossier(sun, make.need(cast.lin_unit, at=timezone.now() - timedelta(1))))
    for said in ("还没有责任单位。", "没有办理记录。", "还没有提交解决方案。", "没有附件。"):
        assert said in text
