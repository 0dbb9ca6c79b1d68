"""Papers of projects: the list in the park's own columns, the file of one project, and the
certificate of thanks."""

from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Emu
from openpyxl import load_workbook

from nanchuan.kernel.models import Event
from services.models import Effect, Milestone, Money, ProgressFile, ProgressNote, ProgressPhoto
from services.papers.thanks import MOST
from tests import make
from tests.services.test_project_reading import gives, joined, signed_in, started, told

pytestmark = pytest.mark.django_db
LIST = reverse("services:project-list")
COLUMNS = [
    "编号",
    "名称",
    "服务的需求",
    "使用的资源",
    "牵头、协作单位",
    "举措",
    "起止时间",
    "进度",
    "成效",
    "佐证",
    "状态",
]
__all__ = ["told"]


def body(answer) -> BytesIO:
    assert answer.status_code == 200, answer
    return BytesIO(b"".join(answer.streaming_content))


def sheet(user, **query):
    book = load_workbook(body(signed_in(user).get(LIST, query | {"export": "xlsx"})))
    head, *rows = book.worksheets[0].values
    return [dict(zip(head, row, strict=True)) for row in rows]


def word(user, name, *keys, **query):
    url = reverse(f"services:{name}", args=keys)
    return Document(body(signed_in(user).get(url, query)))


def cells(paper):
    return [[cell.text for cell in row.cells] for table in paper.tables for row in table.rows]


def lines(paper):
    return [line.text for line in paper.paragraphs if line.text]


def fonts_of(paper):
    return {each.get(qn("w:eastAsia")) for each in paper.element.body.iter(qn("w:rFonts"))}


# ── The list ────────────────────────────────────────────────────────────────────────────────


def test_the_list_has_exactly_the_columns_of_the_park(told, sun, cast):
    note = told.project.notes.get()
    ProgressPhoto.objects.create(note=note, image="a.jpg", thumbnail="b.jpg")
    ProgressFile.objects.create(note=note, name="协议.pdf", size=1, kind="pdf", file="c.pdf")
    (row,) = sheet(sun)
    assert list(row) == COLUMNS
    project = told.project
    assert row["编号"] == project.number and row["名称"] == project.name
    assert row["服务的需求"].splitlines() == [f"{told.seen} ".strip(), f"{told.hidden}"]
    assert row["使用的资源"] == "wu公司 检测实验室\nzhao公司 隐语投入丁"
    assert row["牵头、协作单位"] == "科技局\n监管分局"
    assert row["举措"] == "三个月内完成检测"
    assert row["起止时间"] == f"{project.starts_on} —\n{project.due_on}"
    assert (row["进度"], row["状态"]) == ("40%", "实施中")
    assert row["成效"] == "隐语成效庚" and row["佐证"] == "照片 1 张、文件 1 份"
    paper = Document(body(signed_in(sun).get(LIST, {"export": "docx"})))
    assert cells(paper)[0] == COLUMNS and len(cells(paper)) == 2
    page = paper.sections[0]
    assert [round(Emu(each).mm) for each in (page.page_width, page.page_height)] == [297, 210]


def test_the_file_has_exactly_what_the_filter_leaves(told, sun, cast):
    other = started(cast.lin_unit, "设备共享")
    assert {row["编号"] for row in sheet(sun)} == {told.project.number, other.number}
    assert [row["编号"] for row in sheet(sun, lead=cast.lin_unit.pk)] == [other.number]
    logged = Event.objects.filter(name="list.exported").latest("pk")
    assert logged.facts["rows"] == 1 and logged.facts["filters"] == ["lead"]


def test_a_need_that_left_stands_nowhere(told, sun):
    before = started(told.lead, "以前的项目")
    link = joined(before, make.need(make.unit(), "accepted", title="早先的需求"))
    assert "早先的需求" in next(r for r in sheet(sun) if r["名称"] == "以前的项目")["服务的需求"]
    link.left_at = timezone.now()
    link.save()
    joined(told.project, link.need)
    rows = {row["名称"]: row["服务的需求"] for row in sheet(sun)}
    assert rows["以前的项目"] is None and "早先的需求" in rows[told.project.name]
    page = signed_in(sun).get(before.get_absolute_url()).text
    assert "早先的需求" not in page
    assert signed_in(sun).get(told.project.get_absolute_url()).text.count("早先的需求") == 1


# ── The file of one project ─────────────────────────────────────────────────────────────────


def test_the_file_of_a_project_tells_what_its_rows_say(told, sun, cast):
    today = timezone.localdate()
    project = told.project
    Milestone.objects.filter(title="首批送检").update(done_on=today)
    Money.objects.create(
        project=project,
        kind="spent",
        amount=Decimal(999),
        on=today,
        text="错记",
        cancelled_at=timezone.now(),
        why="重复",
    )
    paper = word(sun, "project-dossier", project.pk)
    told_lines, told_cells = lines(paper), cells(paper)
    assert told_lines[0] == f"{project.number}项目档案"
    heads = [line for line in told_lines if "、" in line[:3]]
    assert [head[0] for head in heads] == list("一二三四五六七八九十")
    assert ["协作单位", "监管分局"] in told_cells
    assert ["首批送检", "", _dotted(today - timedelta(days=2)), f"{today} 完成"] in told_cells
    assert ["计划投入", "50,000 元"] in told_cells
    assert ["实际支出", "7,654.32 元"] in told_cells  # what was cancelled is not added
    assert any("999 元（已作废：重复）" in row for row in told_cells)
    assert any(row[0] == "lin公司" and "隐语成效庚" in row for row in told_cells)
    assert fonts_of(paper) <= {"黑体", "仿宋", "方正小标宋简体", "楷体", "宋体"}
    assert Event.objects.filter(name="paper.exported", subject_id=project.pk).exists()


def _dotted(day):
    return f"{day.year}.{day.month:02}.{day.day:02}"


def test_the_file_of_who_gives_has_no_part_of_the_inside(told, cast):
    heads = lines(word(cast.wu, "project-dossier", told.project.pk))
    assert "六、成效" in heads and "七、资金" not in heads and "九、办理记录" not in heads


# ── Thanks ──────────────────────────────────────────────────────────────────────────────────


def test_a_unit_is_thanked_for_what_it_gave(told, sun, cast):
    paper = word(sun, "project-thanks", told.project.pk, cast.wu_unit.pk)
    text = lines(paper)
    assert text[0] == "感谢状" and text[1] == "wu公司："
    assert "检测服务对接" in text[2]
    assert text[3] == "1. 检测实验室"
    assert text[4] == "以上支持服务了企业需求 1 条。"  # the other is for the office alone
    assert text[-1] == "（盖章）" and text[-2].endswith("日")
    page = paper.sections[0]
    measures = (page.page_width, page.page_height, page.top_margin, page.left_margin)
    assert [round(Emu(each).mm) for each in measures] == [210, 297, 37, 28]
    assert fonts_of(paper) <= {"仿宋", "方正小标宋简体", "黑体", "宋体"}


def test_nothing_secret_stands_on_a_certificate(told, sun, cast):
    words = "".join(lines(word(sun, "project-thanks", told.project.pk, cast.wu_unit.pk)))
    assert "隐语" not in words and "lin公司" not in words
    told.seen.audience = "group"
    told.seen.save()
    words = "".join(lines(word(sun, "project-thanks", told.project.pk, cast.wu_unit.pk)))
    assert "服务了企业需求" not in words


def test_a_certificate_is_for_the_office_and_for_the_unit_itself(told, cast):
    of_wu = reverse("services:project-thanks", args=[told.project.pk, cast.wu_unit.pk])
    of_zhao = reverse("services:project-thanks", args=[told.project.pk, cast.zhao_unit.pk])
    year = timezone.localdate().year
    of_year = reverse("services:unit-thanks", args=[cast.wu_unit.pk, year])
    answers = {
        "sun": (200, 200, 200),
        "wu": (200, 404, 200),  # what another gives, wu does not see
        "lead": (403, 403, 403),
        "lin": (403, 403, 403),
        "helper": (403, 403, 403),
    }
    for name, expected in answers.items():
        client = signed_in(told.people[name])
        assert tuple(client.get(url).status_code for url in (of_wu, of_zhao, of_year)) == expected
    for name in answers:
        page = signed_in(told.people[name]).get(told.project.get_absolute_url()).text
        assert (of_wu in page, of_zhao in page) == {
            "sun": (True, True),
            "wu": (True, False),
        }.get(name, (False, False))


def test_a_year_of_giving(told, sun, cast):
    other = started(cast.lin_unit, "设备共享")
    now = timezone.now()
    gives(other, cast.wu_unit, what="设备一台", amount=Decimal(20000))
    gives(other, cast.wu_unit, what="退回的", withdrawn_at=now)
    gives(other, cast.wu_unit, what="没有答应的", committed_at=None)
    last = timezone.make_aware(datetime(now.year - 1, 12, 31, 23, 59))  # noqa: DTZ001
    gives(other, cast.wu_unit, what="去年的", committed_at=last)
    text = lines(word(sun, "unit-thanks", cast.wu_unit.pk, timezone.localdate().year))
    assert text[3:5] == ["1. 检测实验室", "2. 设备一台 20,000 元"]
    assert not {"退回的", "没有答应的", "去年的"} & set("".join(text).split())
    text = lines(word(sun, "unit-thanks", cast.wu_unit.pk, timezone.localdate().year - 1))
    assert text[3] == "1. 去年的"
    for year in (0, timezone.localdate().year - 2, timezone.localdate().year + 1, 99999):
        url = reverse("services:unit-thanks", args=[cast.wu_unit.pk, year])
        assert signed_in(sun).get(url).status_code == 404


def test_the_page_of_a_unit_offers_its_years_to_it_and_the_office(told, cast):
    page = reverse("alliance:unit-detail", args=[cast.wu_unit.pk])
    url = reverse("services:unit-thanks", args=[cast.wu_unit.pk, timezone.localdate().year])
    for name, is_offered in {"sun": True, "wu": True, "lin": False}.items():
        assert (url in signed_in(told.people[name]).get(page).text) is is_offered, name
    page = reverse("alliance:unit-detail", args=[cast.lin_unit.pk])
    assert "感谢状" not in signed_in(told.people["sun"]).get(page).text


def test_a_certificate_stays_one_page(told, sun, cast):
    for number in range(MOST + 4):
        gives(told.project, cast.wu_unit, what=f"支持{number}")
    text = lines(word(sun, "project-thanks", told.project.pk, cast.wu_unit.pk))
    assert "以及其他 5 项。" in text and text[14].startswith("12. ")


def test_who_gave_nothing_is_not_thanked(told, sun):
    url = reverse("services:project-thanks", args=[told.project.pk, told.lead.pk])
    assert signed_in(sun).get(url).status_code == 404


def test_an_effect_is_the_enterprises_own(told, cast, sun):
    assert Effect.objects.get().unit == cast.lin_unit
    ProgressNote.objects.filter(project=told.project).update(percent=100)
    assert sheet(cast.wu)[0]["成效"] is None and sheet(cast.lin)[0]["成效"] == "隐语成效庚"
