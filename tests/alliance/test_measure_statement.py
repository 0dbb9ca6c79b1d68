"""The statement of a quarter tells what stood at its end, whatever happens later."""

from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from alliance.actions import measures as actions
from alliance.models import Measure
from alliance.statements import FIGURES, Quarter, Statement, quarter_of
from tests import make

pytestmark = pytest.mark.django_db

Q2 = Quarter(2025, 2)
URL = "alliance:measure-statement"


def at(month, day, hour=10, year=2025):
    return timezone.make_aware(datetime(year, month, day, hour))  # noqa: DTZ001


def told(user, quarter=Q2, today=None):
    """{title: (state, percent, progress, is new)}."""
    statement = Statement(user, quarter, today or timezone.localdate())
    return {
        row.measure.title: (row.state, row.percent, row.progress, row.is_new)
        for row in statement.rows
    }


def numbers(user, quarter=Q2):
    statement = Statement(user, quarter, timezone.localdate())
    return {figure: number for figure, _words, number in statement.counts()}


def begun(cast, title, *, month=5, day=6, due_on=date(2025, 9, 30), **kwargs):
    return make.measure(
        cast.lin_unit,
        title=title,
        group=kwargs.pop("group", cast.group),
        starts_on=date(2025, 1, 1),
        due_on=due_on,
        at=at(month, day),
        **kwargs,
    )


@pytest.fixture
def quarter(cast):
    """One measure for each figure of the second quarter of 2025."""
    rows = {
        "running": begun(cast, "running", month=2),
        "late": begun(cast, "late", due_on=date(2025, 6, 29)),
        "last day": begun(cast, "last day", due_on=date(2025, 6, 30)),
        "reported": begun(cast, "reported"),
        "done": begun(cast, "done", month=1),
        "done before": begun(cast, "done before", month=1),
        "dropped": begun(cast, "dropped"),
    }
    actions.note(rows["running"], text="第一步", percent=20, by=None, at=at(3, 1))
    actions.note(rows["late"], text="四月的进展", percent=30, by=None, at=at(4, 1))
    actions.note(rows["late"], text="五月的进展", percent=50, by=None, at=at(5, 9))
    actions.report(rows["reported"], effect="成效", by=None, at=at(6, 30, 23))
    actions.report(rows["done"], effect="成效", by=None, at=at(6, 1))
    actions.confirm(rows["done"], by=None, at=at(6, 3))
    actions.report(rows["done before"], effect="成效", by=None, at=at(2, 1))
    actions.confirm(rows["done before"], by=None, at=at(3, 31, 23))
    actions.drop(rows["dropped"], reason="条件变化", by=None, at=at(6, 2))
    return rows


EXPECTED = {
    "running": ("in_progress", 20, None, False),
    "late": ("late", 50, "五月的进展", True),
    "last day": ("in_progress", 0, None, True),
    "reported": ("reported", 100, "成效", True),
    "done": ("done", 100, "成效", False),
    "dropped": ("dropped", 0, None, True),
}


def test_each_measure_stands_as_it_stood_on_the_last_day(sun, quarter):
    assert told(sun) == EXPECTED
    assert numbers(sun) == {
        "new": 4,
        "in_progress": 2,
        "late": 1,
        "reported": 1,
        "done": 1,
        "dropped": 1,
    }


def test_no_later_act_changes_a_past_quarter(cast, sun, quarter):
    """Everything that can happen to a measure, after the quarter."""
    before = told(sun), numbers(sun), numbers(sun, Quarter(2025, 1))
    later = {name: Measure.objects.get(pk=row.pk) for name, row in quarter.items()}
    actions.confirm(later["reported"], by=None, at=at(7, 1))
    actions.reopen(later["done"], reason="有遗漏", by=None, at=at(7, 2))
    actions.reopen(later["dropped"], reason="条件具备", by=None, at=at(7, 2))
    actions.reopen(later["done before"], reason="有遗漏", by=None, at=at(7, 2))
    actions.extend(later["late"], due_on=date(2025, 12, 31), reason="缺料", by=None, at=at(7, 3))
    actions.note(later["running"], text="七月的进展", percent=90, by=None, at=at(7, 4))
    actions.drop(later["last day"], reason="不做了", by=None, at=at(7, 5))
    actions.change(
        later["running"],
        group=None,
        unit=cast.wu_unit,
        assisting=[],
        milestones=[],
        by=None,
        at=at(7, 6),
    )
    begun(cast, "new in the third", month=7)
    assert (told(sun), numbers(sun), numbers(sun, Quarter(2025, 1))) == before
    statement = Statement(sun, Q2, timezone.localdate())
    assert statement.groups() == [(cast.group.pk, str(cast.group))]


def test_the_next_quarter_tells_what_came_after(cast, sun, quarter):
    reported = Measure.objects.get(pk=quarter["reported"].pk)
    actions.confirm(reported, by=None, at=at(7, 1))
    third = told(sun, Quarter(2025, 3))
    assert third["reported"][0] == "done"
    assert "done" not in third and "dropped" not in third
    assert not any(is_new for _state, _percent, _progress, is_new in third.values())


def test_a_quarter_that_runs_is_told_as_of_today(cast, sun):
    make.measure(cast.lin_unit, title="现在的", late=True)
    today = timezone.localdate()
    statement = Statement(sun, Quarter.of(today), today)
    assert (statement.on, statement.is_over) == (today, False)
    assert [row.state for row in statement.rows] == ["late"]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"year": "2999", "quarter": "1"},
        {"year": "2025", "quarter": "5"},
        {"year": "abcd", "quarter": "1"},
        {"year": "0001", "quarter": "1"},
        {"year": "99999999999", "quarter": "1"},
    ],
)
def test_a_quarter_that_cannot_be_told_of_is_the_present_one(query, sign_in, sun):
    today = date(2026, 8, 15)
    assert quarter_of(query, today) == Quarter(2026, 3)
    assert sign_in(sun).get(reverse(URL), query).status_code == 200


def test_quarters_follow_each_other_over_the_turn_of_the_year():
    assert Quarter(2025, 4).after == Quarter(2026, 1)
    assert Quarter(2026, 1).before == Quarter(2025, 4)
    assert [Quarter.of(date(2025, month, 1)).number for month in range(1, 13)] == sorted(
        [1, 2, 3, 4] * 3
    )
    assert Q2.ends_on == date(2025, 6, 30)


def test_each_figure_opens_exactly_its_rows(cast, sign_in, sun, quarter):
    begun(cast, "wide", group=None)
    client, query = sign_in(sun), {"year": 2025, "quarter": 2}
    page = client.get(reverse(URL), query)
    asked = 0
    for line in [*page.context["lines"], page.context["total"]]:
        for figure in line["figures"]:
            opened = client.get(reverse(URL) + figure["url"].split("#")[0])
            assert len(opened.context["rows"].object_list) == figure["number"]
            assert opened.context["row_count"] == figure["number"]
            asked += 1
    assert asked == 3 * len(FIGURES)


def test_a_reader_of_another_group_is_told_nothing_of_it(cast, sign_in, quarter):
    begun(cast, "全联盟的", group=None)
    query = {"year": 2025, "quarter": 2}
    page = sign_in(cast.zhao).get(reverse(URL), query)
    assert [row.measure.title for row in page.context["rows"]] == ["全联盟的"]
    assert str(cast.group) not in page.content.decode()
    for form in ("xlsx", "docx"):
        assert cells(sign_in(cast.zhao).get(reverse(URL), query | {"export": form}), form)[0] == {
            "全联盟的"
        }


def cells(response, form):
    """The titles that a file tells of, and all of its words."""
    from io import BytesIO

    from docx import Document
    from openpyxl import load_workbook

    body = BytesIO(b"".join(response.streaming_content))
    if form == "xlsx":
        sheet = load_workbook(body).worksheets[0]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
        return {row[1] for row in rows}, rows
    paper = Document(body)
    lines = [line.text for line in paper.paragraphs]
    titles = {line.partition(". ")[2] for line in lines if line[:1].isdigit() and ". " in line}
    return titles, lines + [cell.text for table in paper.tables for cell in table._cells]


def test_the_sheet_holds_the_rows_of_the_figure(sign_in, sun, quarter):
    query = {"year": 2025, "quarter": 2, "export": "xlsx"}
    assert cells(sign_in(sun).get(reverse(URL), query), "xlsx")[0] == set(EXPECTED)
    late = cells(sign_in(sun).get(reverse(URL), query | {"figure": "late"}), "xlsx")
    assert late[0] == {"late"}
    assert late[1][0][5:] == ["逾期 1 天", "50%", "五月的进展"]


def test_the_paper_tells_the_same(cast, sign_in, sun, quarter):
    query = {"year": 2025, "quarter": 2, "export": "docx"}
    titles, words = cells(sign_in(sun).get(reverse(URL), query), "docx")
    assert titles == set(EXPECTED)
    assert words[0] == "2025 年第二季度联盟举措推进情况"
    assert words[1] == (
        "截至 2025年6月30日，联盟举措推进中 2 项，已逾期 1 项，待确认 1 项；"
        "本季度新增 4 项，完成 1 项，不再推进 1 项。"
    )
    assert "五月的进展" in words
    assert words.count(str(cast.group)) == 1  # the line of the table


def test_an_empty_quarter_says_so(sign_in, sun):
    page = sign_in(sun).get(reverse(URL), {"year": 2024, "quarter": 1}).content.decode()
    assert "这个季度没有您可以看到的举措" in page
    paper = sign_in(sun).get(reverse(URL), {"year": 2024, "quarter": 1, "export": "docx"})
    assert cells(paper, "docx")[0] == set()


def test_the_end_of_a_day_is_that_of_the_park(cast, sun):
    """23:59 in Beijing belongs to the quarter, a minute later does not."""
    inside = begun(cast, "inside", month=1)
    outside = begun(cast, "outside", month=1)
    end = at(7, 1, 0)
    actions.drop(inside, reason="原因", by=None, at=end - timedelta(minutes=1))
    actions.drop(outside, reason="原因", by=None, at=end)
    assert {title: row[0] for title, row in told(sun).items()} == {
        "inside": "dropped",
        "outside": "in_progress",
    }
