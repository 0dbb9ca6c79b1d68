"""The working calendar: everybody looks, the office decides and sees what that moves."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from nanchuan.kernel import calendar
from nanchuan.kernel.models import CalendarDay, Event, WorkingHours
from nanchuan.notices.actions import events
from nanchuan.notices.models import Reminder
from services import tasks
from services.actions import chasing, clocks, reckonings
from services.models import Clock, Need, Reckoning
from tests import make

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-11-05T10:00:00+08:00")  # a Thursday
FRIDAY, SATURDAY = date(2026, 11, 6), date(2026, 11, 7)
YEAR = "/services/calendar/"


@pytest.fixture(autouse=True)
def a_thursday(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def need(cast):
    return make.need(cast.lin_unit)  # to be reviewed by Friday at ten


@pytest.fixture
def send(django_capture_on_commit_callbacks):
    """Fill the form of a page and send it; with `sure` what is shown is confirmed too."""

    def sent(client, url, *, sure=True, **typed):
        page = client.get(url)
        typed["once"] = str(page.context["form"]["once"].value())
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(url, typed)
            if sure and answer.status_code == 200 and answer.context.get("seal"):
                answer = client.post(url, typed | {"confirm": answer.context["seal"]})
        return answer

    return sent


def page_of(day):
    return reverse("services:workday-edit", args=[day.year, day.month, day.day])


def due(need):
    return Clock.objects.get(need=need, done_at=None, stopped_at=None).due_at


# ── Looking ─────────────────────────────────────────────────────────────────────────────────


def test_everybody_signed_in_may_look_and_only_the_office_may_change(client, sign_in, cast, sun):
    assert client.get(YEAR).status_code == 302
    nobody = make.user()
    for user in (cast.lin, cast.zhao, make.staff("leader"), make.staff("auditor"), nobody):
        page = sign_in(user).get(YEAR)
        assert page.status_code == 200
        assert page_of(FRIDAY) not in page.text
        for url in (page_of(FRIDAY), reverse("services:workhours-create")):
            assert client.get(url).status_code == client.post(url).status_code == 403
    assert page_of(FRIDAY) in sign_in(sun).get(YEAR).text


def test_a_year_marks_holidays_and_days_made_up(sign_in, sun):
    page = sign_in(sun).get(YEAR, {"year": 2026}).text
    assert "2026-10-01 周四 休息 国庆节" in page
    assert "2026-10-10 周六 上班" in page
    assert "全年 248 个工作日" in page
    assert "尚未公布" not in page
    assert "2030年的调休安排尚未公布" in sign_in(sun).get(YEAR, {"year": 2030}).text


def test_a_month_names_its_days(sign_in, cast):
    page = sign_in(cast.lin).get(YEAR, {"year": 2026, "month": 10})
    assert page.text.count("国庆节") > 1
    assert page.context["month"].working_days == 18
    assert "2026-11-05" not in page.text


@pytest.mark.parametrize("asked", ["year=0", "year=99999", "year=x", "month=13", "month=²"])
def test_what_is_no_year_shows_this_one(sign_in, cast, asked):
    page = sign_in(cast.lin).get(f"{YEAR}?{asked}")
    assert page.status_code == 200 and page.context["year"] == 2026


@pytest.mark.parametrize("path", ["2026/2/30/", "2026/13/1/", "1999/1/1/", "2100/1/1/"])
def test_what_is_no_day_is_not_found(sign_in, sun, path):
    assert sign_in(sun).get(YEAR + path).status_code == 404


def test_a_year_asks_as_many_questions_whatever_was_decided(sign_in, sun):
    counts, client = [], sign_in(sun)
    client.get(YEAR)
    for more in (1, 8):
        for number in range(more):
            on = date(2026, 11, 2) + timedelta(days=number + more)
            CalendarDay.objects.create(date=on, is_working=False)
        with CaptureQueriesContext(connection) as queries:
            client.get(YEAR)
        counts.append(len(queries))
    assert counts[0] == counts[1]


# ── Deciding ────────────────────────────────────────────────────────────────────────────────


def test_before_a_day_is_given_off_the_office_sees_what_moves(sign_in, cast, sun, need, send):
    starts_at = datetime.fromisoformat("2026-12-01T15:00:00+08:00")
    times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2)}
    meeting = make.meeting(cast.group, by=cast.lin, **times)
    page = send(sign_in(sun), page_of(date(2026, 11, 24)), sure=False, kind="free", name="停电")
    told = page.context["preview"]
    assert told[0] == "2026-11-24 周二改为休息。"
    assert told[1] == "1 次会议的日期变动："
    assert str(meeting) in told[2] and "2026-11-20 → 2026-11-19" in told[2]
    page = send(sign_in(sun), page_of(FRIDAY), sure=False, kind="free", name="停电")
    line = f"{need.number} 审核：2026-11-06 周五 10:00 → 2026-11-09 周一 10:00"
    assert line in page.context["preview"]
    assert not CalendarDay.objects.exists()
    assert calendar.is_working_day(FRIDAY)
    assert due(need) == NOW + timedelta(days=1)


def test_a_day_off_moves_what_is_due_at_once(sign_in, cast, sun, need, send):
    answer = send(sign_in(sun), page_of(FRIDAY), kind="free", name="停电检修")
    assert answer.url == f"{YEAR}?year=2026#day-{FRIDAY}"
    need.refresh_from_db()
    assert need.due_at == due(need) == NOW + timedelta(days=4)
    assert not calendar.is_working_day(FRIDAY)
    page = sign_in(cast.lin).get(YEAR).text
    assert "2026-11-06 周五 休息 停电检修 园区设定" in page
    row = CalendarDay.objects.get()
    assert (row.is_working, row.name, row.changed_by) == (False, "停电检修", sun)
    assert Event.objects.get(name="calendar.day_set").facts["date"] == "2026-11-06"


def test_who_has_not_replied_is_reminded_by_the_new_calendar(sign_in, cast, sun, send):
    """Two working days before a meeting on Tuesday: on Friday, or if that is off on Thursday."""
    starts_at = datetime.fromisoformat("2026-12-01T15:00:00+08:00")
    times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2)}
    make.meeting(cast.group, by=cast.lin, **times)

    def reminded_on():
        events.handle_waiting()
        row = Reminder.objects.get(rule="meeting.reply_wanted")
        return timezone.localdate(row.due_at)

    assert reminded_on() == date(2026, 11, 27)
    send(sign_in(sun), page_of(date(2026, 11, 27)), kind="free")
    assert reminded_on() == date(2026, 11, 26)


def test_a_saturday_that_is_worked_brings_it_forward_and_back_by_law_it_moves_back(
    sign_in, sun, need, send
):
    client = sign_in(sun)
    send(client, page_of(FRIDAY), kind="free")
    send(client, page_of(SATURDAY), kind="work", name="补班")
    assert due(need) == NOW + timedelta(days=2)
    assert "班" in client.get(YEAR, {"month": 11}).text
    answer = send(client, page_of(SATURDAY), sure=False, kind="law")
    assert "恢复按国家安排：休息" in answer.context["preview"][0]
    send(client, page_of(SATURDAY), kind="law")
    assert due(need) == NOW + timedelta(days=4)
    assert CalendarDay.objects.count() == 1


def test_what_changes_nothing_is_refused(sign_in, sun, send):
    answer = send(sign_in(sun), page_of(FRIDAY), kind="law")
    assert "这一天本来就是这样安排的" in answer.text
    assert not Reckoning.objects.exists()


def test_if_something_else_would_move_by_then_it_is_shown_anew(sign_in, cast, sun, send):
    client, url = sign_in(sun), page_of(FRIDAY)
    shown = send(client, url, sure=False, kind="free")
    make.need(cast.lin_unit)
    typed = {"kind": "free", "once": str(shown.context["form"]["once"].value())}
    again = client.post(url, typed | {"confirm": shown.context["seal"]})
    assert again.context["preview"] != shown.context["preview"]
    assert not CalendarDay.objects.exists()


def test_other_hours_from_a_day_on(sign_in, cast, sun, need, send):
    url = reverse("services:workhours-create")
    typed = {
        "starts_on": "2026-11-06",
        "morning_from": "09:00",
        "morning_until": "12:30",
        "afternoon_from": "13:30",
        "afternoon_until": "17:30",
    }
    answer = send(sign_in(sun), url, sure=False, **typed)
    assert answer.context["preview"][0] == "2026-11-06 起，工作时间为 9:00—12:30，13:30—17:30。"
    send(sign_in(sun), url, **typed)
    assert due(need) == datetime.fromisoformat("2026-11-06T10:30:00+08:00")
    page = sign_in(cast.lin).get(YEAR).text
    assert "9:00—12:30，13:30—17:30" in page and "8:30—12:00，14:00—18:00" in page
    drop = reverse("services:workhours-drop", args=[WorkingHours.objects.get().pk])
    send(sign_in(sun), drop)
    assert not WorkingHours.objects.exists()
    assert due(need) == NOW + timedelta(days=1)


def test_hours_that_are_not_in_order_are_refused(sign_in, sun, send):
    typed = {
        "starts_on": "2026-11-06",
        "morning_from": "12:00",
        "morning_until": "09:00",
        "afternoon_from": "13:30",
        "afternoon_until": "17:30",
    }
    answer = send(sign_in(sun), reverse("services:workhours-create"), **typed)
    assert "时间须依次为" in answer.text
    assert not WorkingHours.objects.exists()


def test_two_clicks_decide_once(sign_in, sun, send):
    client, url = sign_in(sun), page_of(FRIDAY)
    shown = send(client, url, sure=False, kind="free")
    typed = {"kind": "free", "once": str(shown.context["form"]["once"].value())}
    typed["confirm"] = shown.context["seal"]
    first, second = client.post(url, typed), client.post(url, typed)
    assert first.url == second.url
    assert Event.objects.filter(name="calendar.day_set").count() == 1


# ── Reckoning ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def many(cast, monkeypatch):
    monkeypatch.setattr(reckonings, "FEW", 3)
    monkeypatch.setattr(clocks, "CHUNK", 2)
    return [make.need(cast.lin_unit) for _number in range(5)]


@pytest.fixture
def rung(monkeypatch):
    heard = []
    monkeypatch.setattr("services.views.workdays.bell.ring", heard.append)
    return heard


def test_many_are_reckoned_by_the_workers_and_the_page_says_how_far(sign_in, sun, many, send, rung):
    send(sign_in(sun), page_of(FRIDAY), kind="free")
    assert [task.name for task in rung] == ["services.tasks.keep_orders"]
    assert {due(need) for need in many} == {NOW + timedelta(days=1)}
    assert "5 条需求中已算 0 条" in sign_in(sun).get(YEAR).text
    tasks.keep_orders()
    assert {due(need) for need in many} == {NOW + timedelta(days=4)}
    assert {need.due_at for need in Need.objects.all()} == {NOW + timedelta(days=4)}
    assert "正在按新的日历" not in sign_in(sun).get(YEAR).text


def test_a_worker_that_was_killed_halfway_is_followed_by_another(cast, many, monkeypatch):
    CalendarDay.objects.create(date=FRIDAY, is_working=False)
    reckonings.ask()
    assert not reckonings.work(until=0)  # one chunk, and no time for more
    asked = Reckoning.objects.get()
    assert (asked.done, asked.last, asked.passed_at) == (2, many[1].pk, None)
    assert reckonings.work()
    assert {due(need) for need in many} == {NOW + timedelta(days=4)}


def test_nobody_is_chased_by_the_old_calendar(cast, many, monkeypatch):
    """The reckoning is not through, and the clocks that were due would be told upward."""
    CalendarDay.objects.create(date=FRIDAY, is_working=False)
    reckonings.ask()
    monkeypatch.setattr(reckonings, "work", lambda until: False)
    later = datetime.fromisoformat("2026-11-09T09:00:00+08:00")
    monkeypatch.setattr(chasing, "database_now", lambda: later)
    tasks.keep_orders()
    assert not Event.objects.filter(name="need.chased").exists()


def test_an_act_under_way_with_the_old_calendar_is_reckoned_the_second_time(cast, monkeypatch):
    CalendarDay.objects.create(date=FRIDAY, is_working=False)
    reckonings.ask()
    late = make.need(cast.lin_unit)  # another process that has not looked yet
    asked = Reckoning.objects.get()
    monkeypatch.setattr(reckonings, "database_now", lambda: asked.passed_at)
    tasks.keep_orders()
    assert due(late) == NOW + timedelta(days=1)
    monkeypatch.setattr(reckonings, "database_now", lambda: asked.passed_at + reckonings.LAG)
    tasks.keep_orders()
    assert due(late) == NOW + timedelta(days=4)
    asked.refresh_from_db()
    assert asked.finished_at is not None


def test_the_calendar_is_due_for_a_look_right_after_it_was_saved(sun, need, send, sign_in):
    assert calendar._shared.looked_at == float("inf")
    send(sign_in(sun), page_of(FRIDAY), kind="free")
    assert timezone.localdate(due(need)) == date(2026, 11, 9)
    assert calendar.working_days_after(NOW.date(), 1) == date(2026, 11, 9)
