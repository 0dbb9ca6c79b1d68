"""The calendar as a page: a month, a week, a list, what narrows it, on paper and as a file."""

from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from alliance.calendarsheet import Span
from alliance.models import Meeting
from nanchuan.kernel.models import Event
from tests import make

pytestmark = pytest.mark.django_db
URL = reverse("alliance:calendar")
DAY = timedelta(days=1)
HEADERS = ["日期", "时间", "截至", "类别", "事项", "联盟小组", "单位", "地点", "状态"]


def due(cast, day, title="绒纺展销", unit=None, group=None):
    return make.measure(
        unit or cast.wu_unit,
        group=group or cast.group,
        title=title,
        starts_on=date(2026, 1, 1),
        due_on=date.fromisoformat(day),
    )


def met(cast, day, title="联席会", **facts):
    """A meeting of two hours in the afternoon of a day."""
    meeting = make.meeting(cast.group, by=cast.lin, title=title)
    begins = timezone.make_aware(datetime.fromisoformat(f"{day}T14:30"))
    Meeting.objects.filter(pk=meeting.pk).update(
        starts_at=begins, ends_at=begins + timedelta(hours=2), **facts
    )
    return meeting


def titles(answer):
    return [entry.title for entry in answer.context["sheet"].within]


def days_of(answer):
    return {day.date: day for week in answer.context["sheet"].weeks for day in week}


def sheet_of(answer):
    data = b"".join(answer.streaming_content)
    return list(load_workbook(BytesIO(data)).worksheets[0].iter_rows(values_only=True))


@pytest.fixture
def october(cast):
    """Of Lin's and Wu's group in October 2026, with a neighbour in November."""
    turn = cast.turn
    turn.starts_on, turn.ends_on = date(2026, 10, 1), date(2026, 12, 31)
    type(turn).objects.filter(pk=turn.pk).update(starts_on=turn.starts_on, ends_on=turn.ends_on)
    due(cast, "2026-10-08")
    met(cast, "2026-10-14")
    due(cast, "2026-11-01", "十一月的举措")
    return turn


# ── Month, week, list ───────────────────────────────────────────────────────────────────────


def test_a_month_has_whole_weeks_and_each_entry_on_its_day(sign_in, cast, october):
    answer = sign_in(cast.wu).get(URL, {"on": "2026-10-20"})
    days = days_of(answer)
    assert (min(days), max(days), len(days)) == (date(2026, 9, 28), date(2026, 11, 1), 35)
    assert [entry.title for entry in days[date(2026, 10, 8)].entries] == ["绒纺展销"]
    assert [entry.title for entry in days[date(2026, 10, 14)].entries] == ["联席会"]
    assert [entry.title for entry in days[date(2026, 11, 1)].entries] == ["十一月的举措"]
    assert days[date(2026, 11, 1)].is_outside and not days[date(2026, 10, 31)].is_outside
    page = answer.text
    assert "2026 年 10 月" in page and "14:30" in page
    assert "国庆节" in page and "调休上班" in page


def test_what_lasts_long_stands_above_and_on_its_first_day(sign_in, cast, october):
    answer = sign_in(cast.wu).get(URL, {"on": "2026-10-20"})
    assert [entry.about for entry in answer.context["sheet"].long] == [october]
    on_days = [
        day for day, cell in days_of(answer).items() for e in cell.entries if e.about == october
    ]
    assert on_days == [date(2026, 10, 1)]
    later = sign_in(cast.wu).get(URL, {"on": "2026-11-20"})
    assert [entry.about for entry in later.context["sheet"].long] == [october]


def test_a_week_is_monday_to_sunday(sign_in, cast, october):
    answer = sign_in(cast.wu).get(URL, {"view": "week", "on": "2026-10-11"})
    assert (min(days_of(answer)), max(days_of(answer))) == (date(2026, 10, 5), date(2026, 10, 11))
    assert "绒纺展销" in titles(answer) and "联席会" not in titles(answer)
    assert "2026-10-05 — 2026-10-11" in answer.text


def test_a_list_is_the_month_in_order(sign_in, cast, october):
    answer = sign_in(cast.wu).get(URL, {"view": "list", "on": "2026-10-20"})
    turn = f"{cast.group}轮值：lin公司"
    assert titles(answer) == [turn, "绒纺展销", "联席会"]
    assert "2026-10-14 周三 14:30 — 16:30" in answer.text
    assert "共 3 项" in answer.text


def test_without_a_day_it_is_today(sign_in, cast):
    answer = sign_in(cast.wu).get(URL)
    assert answer.context["span"].on == timezone.localdate()
    assert days_of(answer)[timezone.localdate()].is_today
    assert answer.context["span"].view == "month"


@pytest.mark.parametrize(
    ("view", "on", "before", "after"),
    [
        ("month", "2026-10-31", "2026-09-01", "2026-11-01"),
        ("list", "2026-01-05", "2025-12-01", "2026-02-01"),
        ("week", "2026-11-25", "2026-11-22", "2026-11-30"),
        ("month", "2000-01-09", None, "2000-02-01"),
        ("month", "2099-12-09", "2099-11-01", None),
    ],
)
def test_steps_lead_to_the_neighbours_and_end_somewhere(view, on, before, after):
    span = Span(view, date.fromisoformat(on))
    wanted = [day and date.fromisoformat(day) for day in (before, after)]
    assert [span.previous, span.following] == wanted


def test_steps_keep_the_filter_and_the_view(sign_in, cast, october):
    page = sign_in(cast.wu).get(URL, {"view": "week", "on": "2026-10-08", "kind": "measure"}).text
    assert "?view=week&amp;kind=measure&amp;on=2026-10-04" in page
    assert "?view=week&amp;kind=measure&amp;on=2026-10-12" in page
    assert "?view=week&amp;kind=measure" in page  # today


@pytest.mark.parametrize(
    "asked",
    [
        {"on": "abc"},
        {"on": "0001-01-01"},
        {"on": "9999-12-31", "view": "week"},
        {"view": "x"},
        {"kind": "x"},
        {"group": "x' or 1", "unit": "9" * 40},
        {"page": "x", "view": "list"},
    ],
)
def test_nonsense_is_answered_with_a_page(sign_in, cast, october, asked):
    for more in ({}, {"export": "xlsx"}):
        assert sign_in(cast.wu).get(URL, asked | more).status_code == 200


def test_a_day_that_is_none_is_said(sign_in, cast):
    answer = sign_in(cast.wu).get(URL, {"on": "25.11.2026"})
    assert "现在显示的是今天" in answer.text
    assert answer.context["span"].on == timezone.localdate()


# ── What narrows it ─────────────────────────────────────────────────────────────────────────


def test_kinds_are_chosen_one_or_several(sign_in, cast, october):
    client = sign_in(cast.wu)
    for kinds, left in (
        (["meeting"], ["联席会"]),
        (["meeting", "measure"], ["绒纺展销", "联席会"]),
        (["need"], []),
    ):
        answer = client.get(URL, {"on": "2026-10-01", "kind": kinds})
        assert titles(answer) == left
    assert "这段时间没有符合条件的事项" in answer.text
    assert "清除筛选" in answer.text


def test_only_mine(sign_in, cast, october):
    due(cast, "2026-10-09", "林的举措", unit=cast.lin_unit)
    asked = {"on": "2026-10-01", "mine": "1"}
    assert titles(sign_in(cast.wu).get(URL, asked)) == ["绒纺展销", "联席会"]
    mine = titles(sign_in(cast.lin).get(URL, asked))
    assert mine == [f"{cast.group}轮值：lin公司", "林的举措", "联席会"]


def test_mine_is_offered_to_who_has_something(sign_in, cast, october, sun):
    assert 'name="mine"' in sign_in(cast.wu).get(URL).text
    answer = sign_in(sun).get(URL, {"on": "2026-10-01", "mine": "1"})
    assert 'name="mine"' not in answer.text and len(titles(answer)) == 3


def test_of_a_group_or_a_unit(sign_in, cast, october, sun):
    due(cast, "2026-10-09", "赵的举措", unit=cast.zhao_unit, group=cast.other_group)
    client = sign_in(sun)
    other = client.get(URL, {"on": "2026-10-01", "group": cast.other_group.pk})
    assert titles(other) == ["赵的举措"]
    wu = client.get(URL, {"on": "2026-10-01", "unit": cast.wu_unit.pk})
    assert titles(wu) == ["绒纺展销", "联席会"]
    assert "wu公司</small>" in wu.text


def test_only_what_one_may_see_is_on_offer(sign_in, cast, october):
    form = sign_in(cast.wu).get(URL).context["form"]
    assert list(form.fields["group"].queryset) == [cast.group]
    assert set(form.fields["unit"].queryset) == {cast.lin_unit, cast.wu_unit}
    answer = sign_in(cast.wu).get(URL, {"group": cast.other_group.pk, "on": "2026-10-01"})
    assert answer.context["form"].errors["group"] and len(titles(answer)) == 3


def test_another_group_s_canary_is_on_no_page(sign_in, cast, october):
    make.turn(cast.other_group.seats.get(), starts_on=date(2026, 10, 1), ends_on=date(2026, 12, 31))
    strange = make.meeting(cast.other_group, by=cast.zhao, title="金丝雀会议")
    begins = timezone.make_aware(datetime(2026, 10, 15, 9))  # noqa: DTZ001
    Meeting.objects.filter(pk=strange.pk).update(
        starts_at=begins, ends_at=begins + timedelta(hours=1)
    )
    met(cast, "2026-10-16", "金丝雀草稿", status="draft")
    due(cast, "2026-10-17", "金丝雀举措", unit=cast.zhao_unit, group=cast.other_group)
    for view in ("month", "week", "list"):
        for more in ({}, {"print": "1"}, {"mine": "1"}):
            asked = {"view": view, "on": "2026-10-15"} | more
            page = sign_in(cast.wu).get(URL, asked).text
            assert "金丝雀" not in page and str(cast.other_group) not in page
        rows = sheet_of(sign_in(cast.wu).get(URL, {"on": "2026-10-15", "export": "xlsx"}))
        assert "金丝雀" not in str(rows)
        assert "金丝雀会议" in sign_in(cast.zhao).get(URL, {"view": view, "on": "2026-10-15"}).text
        assert "金丝雀草稿" in sign_in(cast.lin).get(URL, {"view": view, "on": "2026-10-15"}).text


def test_others_have_no_calendar(sign_in, cast):
    for person in (make.member(cast.wu_branch, user=make.user()).user, make.staff("admin")):
        assert sign_in(person).get(URL).status_code == 403


# ── Paper, file, answers ────────────────────────────────────────────────────────────────────


def test_the_file_has_the_rows_of_the_list_as_filtered(sign_in, cast, october):
    client = sign_in(cast.wu)
    asked = {"view": "list", "on": "2026-10-20", "kind": ["meeting", "measure"]}
    header, *rows = sheet_of(client.get(URL, asked | {"export": "xlsx"}))
    assert list(header) == HEADERS
    assert [row[4] for row in rows] == titles(client.get(URL, asked)) == ["绒纺展销", "联席会"]
    assert rows[1][:4] == ("2026-10-14", "14:30 — 16:30", "2026-10-14", "会议")
    assert rows[1][5:] == (str(cast.group), "lin公司", "会议厅", "已召集")
    event = Event.objects.get(name="list.exported")
    assert event.facts["rows"] == 2 and event.facts["filters"] == ["kind", "on", "view"]


def test_the_file_of_a_month_leaves_out_the_days_that_fill_its_weeks(sign_in, cast, october):
    rows = sheet_of(sign_in(cast.wu).get(URL, {"on": "2026-10-20", "export": "xlsx"}))
    assert "十一月的举措" not in [row[4] for row in rows]


def test_on_paper_everything_is_there_and_nothing_to_click(sign_in, cast, october):
    for number in range(6):
        due(cast, "2026-10-21", f"第{number}件")
    screen, paper = (
        sign_in(cast.wu).get(URL, {"on": "2026-10-20"} | more).text for more in ({}, {"print": "1"})
    )
    assert "还有 2 项" in screen
    assert all(f"第{number}件" in paper for number in range(6))
    assert 'class="filters"' in screen and 'class="filters"' not in paper
    assert "calendar-printed" in paper and "返回日历" in paper


def test_a_filter_is_answered_with_the_piece_alone(sign_in, cast, october):
    client = sign_in(cast.wu)
    answer = client.get(URL, {"on": "2026-10-20"}, headers={"HX-Request": "true"})
    assert "<html" not in answer.text and "cal-grid" in answer.text
    assert answer.text.strip() in client.get(URL, {"on": "2026-10-20"}).text


def test_an_empty_month_says_what_will_be_here(sign_in, cast):
    page = sign_in(cast.wu).get(URL, {"on": "2020-02-02"}).text
    assert "这段时间没有安排" in page and "导出 Excel" not in page


def test_a_year_that_is_not_announced_is_said_to_be_estimated(sign_in, cast):
    year = timezone.localdate().year + 3
    page = sign_in(cast.wu).get(URL, {"on": f"{year}-05-01"}).text
    assert f"{year}年的调休安排尚未公布" in page
    assert "尚未公布" not in sign_in(cast.wu).get(URL, {"on": "2026-10-01"}).text


def test_it_is_reached_from_where_meetings_are(sign_in, cast):
    client = sign_in(cast.wu)
    for page in ("/", reverse("alliance:meeting-list")):
        assert f'href="{URL}' in client.get(page).text


def test_long_lists_have_pages_and_paper_has_all(sign_in, cast, monkeypatch):
    monkeypatch.setattr("alliance.views.calendar.PAGE", 2)
    for number in range(3):
        due(cast, "2026-10-21", f"第{number}件")
    asked = {"view": "list", "on": "2026-10-20", "kind": "measure"}
    client = sign_in(cast.wu)
    assert "第2件" not in client.get(URL, asked).text
    assert "第2件" in client.get(URL, asked | {"page": 2}).text
    assert "第2件" in client.get(URL, asked | {"print": 1}).text
    assert len(sheet_of(client.get(URL, asked | {"export": "xlsx"}))) == 4


@pytest.mark.parametrize("view", ["month", "week", "list"])
@pytest.mark.parametrize("who", ["sun", "wu"])
def test_a_page_asks_as_many_questions_for_much_as_for_little(sign_in, cast, sun, view, who):
    """One for each of nine kinds, three for the clocks of needs and one for the groups that meet
    together, seven for the frame and
    what narrows it."""
    client, today = sign_in(sun if who == "sun" else cast.wu), timezone.localdate()

    def fill(number):
        for _each in range(number):
            measure = make.measure(cast.wu_unit, group=cast.group, due_on=today)
            measure.milestones.create(title="节点", due_on=today)
            make.action_item(cast.wu_unit, due_on=today)
            cast.turn.duties.create(kind="other", title="职责", due_on=today)
            meeting = make.meeting(cast.group, by=cast.lin)
            now = timezone.now()
            Meeting.objects.filter(pk=meeting.pk).update(
                starts_at=now, ends_at=now + timedelta(hours=1)
            )
            make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)

    def count():
        with CaptureQueriesContext(connection) as captured:
            client.get(URL, {"view": view})
        return len(captured)

    make.regulation("rota", at=timezone.now() - 10 * DAY)
    fill(1)
    count()
    few = count()
    fill(5)
    assert count() == few <= 20
