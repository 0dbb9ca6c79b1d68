"""The list of meetings by year, and as a file: exactly the rows that it shows."""

from datetime import datetime, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from docx import Document
from openpyxl import load_workbook

from alliance.actions import meetings as actions
from alliance.models import Meeting
from nanchuan.kernel.models import Event
from tests import make

pytestmark = pytest.mark.django_db
LIST = reverse("alliance:meeting-list")
HEADERS = [
    "名称",
    "会议类型",
    "联盟小组",
    "开始时间",
    "地点",
    "召集单位",
    "状态",
    "应到席位",
    "到会席位",
    "法定人数",
]


def sheet(response):
    data = b"".join(response.streaming_content)
    return list(load_workbook(BytesIO(data)).worksheets[0].iter_rows(values_only=True))


def convened(cast, day, title, **kwargs):
    starts_at = timezone.make_aware(datetime.fromisoformat(f"{day}T15:00"))
    return make.meeting(
        cast.group,
        by=cast.lin,
        at=starts_at - timedelta(days=1),
        title=title,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        **kwargs,
    )


@pytest.fixture
def three(cast):
    """Of last year with one of two seats, of this year with both, and a coming one."""
    cast.turn.starts_on = timezone.localdate() - timedelta(days=700)
    cast.turn.save()
    year = timezone.localdate().year
    made = [
        convened(cast, f"{year - 1}-03-03", "去年的会"),
        convened(cast, f"{year}-01-05", "今年"),
    ]
    for number, meeting in enumerate(made, 1):
        came = list(meeting.invitations.values_list("pk", flat=True))[:number]
        actions.hold(meeting, attended=came, by=cast.lin, at=meeting.ends_at)
    return [*made, make.meeting(cast.group, by=cast.lin, title="将来的会")]


def test_the_file_has_the_columns_and_the_rows_of_the_list(sign_in, cast, three):
    header, *rows = sheet(sign_in(cast.lin).get(LIST, {"export": "xlsx", "status": "held"}))
    assert list(header) == HEADERS
    year = timezone.localdate().year
    assert [(row[0], *row[3:5], *row[5:]) for row in rows] == [
        ("今年", f"{year}-01-05 15:00", "会议厅", "lin公司", "已召开", 2, 2, "达到法定人数"),
        (
            "去年的会",
            f"{year - 1}-03-03 15:00",
            "会议厅",
            "lin公司",
            "已召开",
            2,
            1,
            "未达到法定人数",
        ),
    ]
    assert Event.objects.get(name="list.exported").facts["rows"] == 2


def test_a_meeting_without_attendance_has_empty_cells(sign_in, cast, three):
    rows = sheet(sign_in(cast.lin).get(LIST, {"export": "xlsx", "status": "convened"}))
    assert rows[1][7:] == (2, None, None)


def test_the_years_are_those_of_the_meetings(sign_in, cast, three):
    client, year = sign_in(cast.lin), timezone.localdate().year
    page = client.get(LIST, {"year": year - 1})
    assert [row.title for row in page.context["object_list"]] == ["去年的会"]
    assert f'<option value="{year - 1}" selected>' in page.text
    assert [row[0] for row in sheet(client.get(LIST, {"year": year - 1, "export": "xlsx"}))] == [
        "名称",
        "去年的会",
    ]
    assert client.get(LIST, {"year": "x"}).status_code == 200


def test_the_turn_of_the_year_is_that_of_the_park(sign_in, cast, three):
    """Half past midnight of New Year is still the old year in London."""
    year = timezone.localdate().year
    starts_at = timezone.make_aware(datetime(year, 1, 1, 0, 30))  # noqa: DTZ001
    Meeting.objects.filter(title="今年").update(
        starts_at=starts_at, ends_at=starts_at + timedelta(hours=1)
    )
    page = sign_in(cast.lin).get(LIST, {"year": year, "status": "held"})
    assert [row.title for row in page.context["object_list"]] == ["今年"]


def test_as_a_paper_too(sign_in, cast, three):
    answer = sign_in(cast.lin).get(LIST, {"export": "docx"})
    table = Document(BytesIO(b"".join(answer.streaming_content))).tables[0]
    assert [cell.text for cell in table.rows[0].cells] == ["序号", *HEADERS]
    assert len(table.rows) == 4


def test_others_take_out_nothing(sign_in, cast, three):
    assert len(sheet(sign_in(cast.zhao).get(LIST, {"export": "xlsx"}))) == 1


def test_the_list_marks_the_meeting_that_too_few_came_to(sign_in, cast, three):
    page = sign_in(cast.wu).get(LIST).text
    assert page.count("未达法定人数") == 1
    assert "1 / 2" in page and "2 / 2" in page


def test_the_list_asks_as_many_questions_for_many_rows_as_for_few(sign_in, cast, three):
    counts, client = [], sign_in(cast.lin)
    client.get(LIST)
    for more in (0, 20):
        for _number in range(more):
            make.meeting(cast.group, by=cast.lin)
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12, counts
