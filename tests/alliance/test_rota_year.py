"""The rota of a year as a table and on paper: the same rows, the same words, nobody's number."""

from datetime import date, datetime, time, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from docx import Document
from openpyxl import load_workbook

from alliance import papers
from alliance.models import Handover, Meeting, MeetingKind, Turn
from nanchuan.kernel.models import Event
from tests import make

pytestmark = pytest.mark.django_db
URL = "/alliance/rota/year/"
PHONE = "13800001234"
HEADERS = [
    "序号",
    "时段",
    "联盟小组",
    "轮值单位",
    "轮值主席",
    "联络人及电话",
    "主题",
    "联席会议日期",
    "交接日期",
    "备注",
]


def noon(day):
    return timezone.make_aware(datetime.combine(day, time(12)))


def quarter(number, year=2025):
    first = date(year, number * 3 - 2, 1)
    return {
        "starts_on": first,
        "ends_on": date(year, number * 3, 31 if number in (1, 4) else 30),
    }


@pytest.fixture
def year(cast):
    """2025: Lin's and Wu's turns of the group, an open one, and one of Zhao's in the other."""
    lin = cast.group.seats.get(unit=cast.lin_unit)
    wu = cast.group.seats.get(unit=cast.wu_unit)
    for unit, name in ((cast.lin_unit, "李联络"), (cast.wu_unit, "吴联络")):
        unit.contacts.create(name=name, phone=PHONE, order=1)
        unit.contacts.create(name="第二联络人", order=2)
    return [
        make.turn(lin, chair_name="王主席", theme="共护链条", note="首次", **quarter(1)),
        make.turn(wu, origin="swap", **quarter(2)),
        Turn.objects.create(group=cast.group, **quarter(3)),
        make.turn(cast.other_group.seats.get(), theme="别组的主题", **quarter(1)),
    ]


def sheet_of(response):
    data = b"".join(response.streaming_content)
    return [
        ["" if cell is None else str(cell) for cell in row]
        for row in load_workbook(BytesIO(data)).worksheets[0].iter_rows(values_only=True)
    ]


def paper_of(response):
    return Document(BytesIO(b"".join(response.streaming_content)))


def table_of(paper):
    return [[cell.text for cell in row.cells] for row in paper.tables[0].rows]


def cells(page):
    """What the lines of the page say, in the order of the paper's columns."""
    return [
        [str(line.number), *(str(column.value(line)) for column in papers.ROTA_COLUMNS)]
        for line in page.context["lines"]
    ]


def test_page_and_files_say_the_same(sign_in, sun, year):
    client = sign_in(sun)
    page = client.get(URL, {"year": 2025})
    assert page.context["title"] == "2025 年轮值表"
    shown = cells(page)
    assert len(shown) == page.context["row_count"] == 4
    sheet = sheet_of(client.get(URL, {"year": 2025, "export": "xlsx"}))
    assert sheet == [HEADERS, *shown]
    paper = paper_of(client.get(URL, {"year": 2025, "export": "docx"}))
    dotted = [[cell.replace("2025-", "2025.").replace("-", ".") for cell in row] for row in shown]
    assert table_of(paper) == [HEADERS, *dotted]
    exported = Event.objects.filter(name="list.exported").order_by("pk")
    assert [row.facts["rows"] for row in exported] == [4, 4]


def test_a_line_says_all_that_the_rota_table_wants(sign_in, sun, cast, year):
    first, second, third, _other = cells(sign_in(sun).get(URL, {"year": 2025}))
    group = str(cast.group)
    assert first == [
        *("1", "2025 年第一季度", group, "lin公司", "王主席", "李联络 138****1234"),
        *("共护链条", "", "2025-03-31", "首次"),
    ]
    assert second[3:] == ["wu公司", "", "吴联络 138****1234", "", "", "2025-06-30", "对调"]
    assert third[3:] == ["待定", "", "", "", "", "2025-09-30", ""]


@pytest.mark.parametrize(
    ("query", "units"),
    [
        ({"year": 2025}, ["lin公司", "wu公司", "待定", "zhao公司"]),
        ({"year": 2025, "group": "own"}, ["lin公司", "wu公司", "待定"]),
        ({"year": 2025, "group": "other"}, ["zhao公司"]),
        ({}, ["lin公司"]),
    ],
)
def test_files_have_the_rows_that_the_filter_leaves(sign_in, sun, cast, year, *, query, units):
    names = {"own": cast.group.pk, "other": cast.other_group.pk}
    if "group" in query:
        query = query | {"group": names[query["group"]]}
    client = sign_in(sun)
    assert [row[3] for row in cells(client.get(URL, query))] == units
    assert [row[3] for row in sheet_of(client.get(URL, query | {"export": "xlsx"}))[1:]] == units
    paper = paper_of(client.get(URL, query | {"export": "docx"}))
    assert [row[3] for row in table_of(paper)[1:]] == units


def test_a_turn_over_the_new_year_is_in_both(sign_in, sun, cast):
    seat = cast.other_group.seats.get()
    make.turn(seat, starts_on=date(2024, 12, 1), ends_on=date(2025, 2, 28))
    client = sign_in(sun)
    assert client.get(URL, {"year": 2024}).context["row_count"] == 1
    assert client.get(URL, {"year": 2025}).context["row_count"] == 1
    assert client.get(URL, {"year": 2025}).context["lines"][0].turn.starts_on.year == 2024


@pytest.mark.parametrize("year", ["1999", "x", "-1", "99999999999", "²"])
def test_a_year_that_has_no_rota_is_explained(sign_in, sun, cast, year):
    page = sign_in(sun).get(URL, {"year": year})
    assert page.status_code == 200
    assert page.context["filter"].form.errors["year"]
    assert page.context["title"] == f"{timezone.localdate().year} 年轮值表"


def test_the_paper_is_a4_across_as_the_standard_wants(sign_in, sun, cast, year, settings):
    settings.PARK_NAME = "某园区"
    query = {"year": 2025, "group": cast.group.pk, "export": "docx"}
    paper = paper_of(sign_in(sun).get(URL, query))
    page = paper.sections[0]
    assert (round(page.page_width.mm), round(page.page_height.mm)) == (297, 210)
    margins = (page.top_margin, page.left_margin, page.right_margin, page.bottom_margin)
    assert [round(each.mm) for each in margins] == [28, 37, 35, 26]
    assert paper.paragraphs[0].text == f"某园区党建联盟{cast.group} 2025 年轮值表"
    assert "sun于" in page.footer.paragraphs[1].text


# ── Whom to call ────────────────────────────────────────────────────────────────────────────


def everything(client, query):
    page = client.get(URL, query).content.decode()
    sheet = str(sheet_of(client.get(URL, query | {"export": "xlsx"})))
    return [page, sheet, str(table_of(paper_of(client.get(URL, query | {"export": "docx"}))))]


def test_a_number_is_masked_for_everybody(sign_in, sun, cast, year):
    for user in (sun, make.staff("leader"), make.staff("auditor"), cast.lin, cast.wu):
        for text in everything(sign_in(user), {"year": 2025}):
            assert PHONE not in text and "138****1234" in text


def test_a_unit_reads_its_own_contact_and_no_competitors(sign_in, cast, year):
    """As on the page of the unit."""
    for text in everything(sign_in(cast.wu), {"year": 2025}):
        assert "吴联络" in text and "李联络" not in text


def test_another_groups_rota_is_nowhere(sign_in, cast, year):
    for text in everything(sign_in(cast.wu), {"year": 2025}):
        assert "别组的主题" not in text and "zhao公司" not in text
        assert str(cast.other_group) not in text
    page = sign_in(cast.wu).get(URL, {"year": 2025, "group": cast.other_group.pk})
    assert page.context["filter"].form.errors["group"]
    assert "别组的主题" not in page.content.decode()


# ── Meetings and handovers ──────────────────────────────────────────────────────────────────


@pytest.fixture
def held_on(cast, year):
    """Give Lin's turn of 2025 a meeting of a status on a day."""

    def hold(status, day, turn=year[0], **kwargs):
        starts_at = noon(date(2025, 2, day))
        meeting = make.meeting(cast.group, by=cast.lin, **kwargs)
        values = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2)}
        Meeting.objects.filter(pk=meeting.pk).update(status=status, turn=turn, **values)

    return hold


def meeting_cell(client):
    return client.get(URL, {"year": 2025}).context["lines"][0].meeting_words


def test_the_meeting_that_was_held_or_convened(sign_in, cast, held_on):
    held_on("cancelled", 1)
    held_on("draft", 2)
    assert meeting_cell(sign_in(cast.wu)) == ""  # a draft is not for those who are only invited
    assert meeting_cell(sign_in(cast.lin)) == "2025-02-02（拟定）"
    held_on("held", 9, kind=MeetingKind.objects.last())  # a round table is no joint meeting
    held_on("held", 10)
    held_on("convened", 20)
    for user in (cast.wu, cast.lin):
        assert meeting_cell(sign_in(user)) == "2025-02-10、2025-02-20"


@pytest.mark.parametrize(
    ("status", "done_on", "words"),
    [
        ("open", None, "2025-03-31（尚未交接）"),
        ("received", None, "2025-03-31（尚未交接）"),
        ("done", date(2025, 4, 2), "2025-04-02"),
        ("dropped", date(2025, 4, 2), "无需交接"),
    ],
)
def test_the_day_of_the_handover(sign_in, sun, year, *, status, done_on, words):
    done_at = done_on and noon(done_on)
    Handover.objects.create(turn=year[0], status=status, done_at=done_at)
    client = sign_in(sun)
    assert client.get(URL, {"year": 2025}).context["lines"][0].handover_words == words


def test_a_handover_that_lies_ahead_is_due_on_the_last_day(sign_in, sun, cast):
    Handover.objects.create(turn=cast.turn)
    line = sign_in(sun).get(URL, {"group": cast.group.pk}).context["lines"][0]
    assert line.handover_words == cast.turn.ends_on.isoformat()


# ── The page ────────────────────────────────────────────────────────────────────────────────


def fill(cast, number, year=2025):
    """Groups of two units with twelve monthly turns each."""
    for _group in range(number):
        group = make.group(make.unit(), make.unit())
        for unit in (seat.unit for seat in group.seats.all()):
            unit.contacts.create(name="联络人", phone=PHONE)
        seats = list(group.seats.all())
        for month in range(1, 13):
            first = date(year, month, 1)
            last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
            make.turn(seats[month % 2], starts_on=first, ends_on=last)


def test_long_years_come_in_pages_and_print_in_one(sign_in, sun, cast):
    fill(cast, 6)
    client = sign_in(sun)
    page = client.get(URL, {"year": 2025, "page": 2})
    assert [line.number for line in page.context["lines"]] == list(range(61, 73))
    printed = client.get(URL, {"year": 2025, "print": 1})
    assert len(printed.context["lines"]) == 72
    assert "data-print" in printed.content.decode()


@pytest.mark.parametrize("query", [{}, {"export": "xlsx"}, {"export": "docx"}, {"print": 1}])
def test_more_turns_are_no_more_questions(sign_in, sun, cast, query):
    for user in (sun, cast.lin):
        client, counts = sign_in(user), []
        for number in (1, 5):
            fill(cast, number)
            client.get(URL, query | {"year": 2025})
            with CaptureQueriesContext(connection) as captured:
                answer = client.get(URL, query | {"year": 2025})
                if answer.streaming:
                    b"".join(answer.streaming_content)
            counts.append(len(captured))
        assert counts[0] == counts[1] <= 17, query


def test_an_empty_year_says_what_will_be_here(sign_in, sun, db):
    assert "还没有排定轮值" in sign_in(sun).get(URL).content.decode()


def test_the_register_page_offers_it(sign_in, sun, cast):
    assert URL in sign_in(sun).get("/members/registers/").content.decode()


def test_who_manages_accounts_sees_no_names_of_people(sign_in, cast):
    assert sign_in(make.staff("admin")).get(URL).status_code == 403
