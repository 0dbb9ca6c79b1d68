"""The clocks of a need: due in working time by the charter of the day on which it was filed, and
standing still where the alliance does not owe the next step."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alliance.models import Regulation
from nanchuan.kernel import calendar
from nanchuan.kernel.workdays import CalendarDay, WorkingHours
from nanchuan.portal.todo import todo
from services import clock
from services.actions import clocks, solving
from services.models import Clock, Extension, Need, Pause
from tests import make

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-09-30T16:00:00+08:00")  # the day before the holiday


@pytest.fixture(autouse=True)
def the_eve_of_the_national_day(time_machine):
    time_machine.move_to(NOW, tick=False)


def at(words):
    return datetime.fromisoformat(f"{words}+08:00")


def begun(need, kind="solve", start=NOW, unit=None):
    """The clock of a step that runs, begun now unless the acts of the need did so."""
    row = Clock.objects.filter(need=need, kind=kind, done_at=None, stopped_at=None).first()
    return row or clocks.begin(need, kind, at=start, unit=unit)


def due(need, kind="solve"):
    return Clock.objects.get(need=need, kind=kind, done_at=None, stopped_at=None).due_at


@pytest.fixture
def need(cast):
    """Accepted by Wu's unit, with seven working days to solve it."""
    made = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)
    Clock.objects.filter(need=made).delete()
    clocks.begin(made, "solve", at=NOW, unit=cast.wu_unit)
    return made


def words(need, now):
    line = clock.clock_of(Need.objects.with_clocks().get(pk=need.pk), now)
    return line and (line.status, line.words)


# ── When ────────────────────────────────────────────────────────────────────────────────────


def test_the_holiday_does_not_count_and_the_make_up_saturday_does(cast):
    made = make.need(cast.lin_unit)
    Clock.objects.filter(need=made).delete()
    for kind, unit in (("review", None), ("contact", cast.wu_unit), ("solve", cast.wu_unit)):
        clocks.begin(made, kind, at=NOW, unit=unit)
    assert due(made, "review") == at("2026-10-08T16:00:00")
    assert due(made, "contact") == at("2026-10-10T16:00:00")  # a Saturday
    assert due(made, "solve") == at("2026-10-15T16:00:00")
    assert made.due_at == due(made, "review")


def test_a_hold_moves_the_due_moment_and_shows_none_while_it_lasts(need):
    clocks.pause(need, Pause.Why.HOLD, at=at("2026-10-08T09:00:00"))
    need.refresh_from_db()
    assert need.due_at is None
    row = Clock.objects.get(need=need)
    assert row.next_at is None
    clocks.resume(need, Pause.Why.HOLD, at=at("2026-10-09T11:00:00"))
    need.refresh_from_db()
    assert need.due_at == due(need) == at("2026-10-16T18:00:00")  # a day and two hours later


def test_pauses_that_overlap_count_once(need):
    clocks.pause(need, Pause.Why.HOLD, at=at("2026-10-08T09:00:00"))
    clocks.pause(need, Pause.Why.ENTERPRISE, at=at("2026-10-08T10:00:00"))
    clocks.resume(need, Pause.Why.HOLD, at=at("2026-10-08T11:00:00"))
    need.refresh_from_db()
    assert need.due_at is None
    clocks.resume(need, Pause.Why.ENTERPRISE, at=at("2026-10-08T12:00:00"))
    assert due(need) == at("2026-10-16T09:30:00")  # three hours


def test_granted_days_are_added(need):
    row = Clock.objects.get(need=need)
    asked = Extension.objects.create(need=need, clock=row, days=3, reason="材料未齐")
    clocks.extend(asked)
    assert due(need) == at("2026-10-20T16:00:00")
    assert Need.objects.get(pk=need.pk).due_at == due(need)


def test_a_complex_need_has_more_days_and_none_more_than_the_longest(need):
    need.is_complex = True
    need.save()
    clocks.make_complex(need)
    assert due(need) == at("2026-10-27T16:00:00")
    need.charter = make.regulation(settings={"complex_days": 40, "longest_days": 4})
    assert clock.days_for(need, "solve") == 4


def test_what_is_done_runs_no_more_and_the_next_one_counts(cast, need):
    clocks.begin(need, "contact", at=NOW, unit=cast.wu_unit)
    assert need.due_at == due(need, "contact")
    clocks.finish(need, "contact", at=NOW + timedelta(hours=1))
    assert need.due_at == due(need)
    clocks.stop(need, at=NOW + timedelta(hours=1))
    assert need.due_at is None
    assert Clock.objects.filter(need=need, next_at__isnull=False).count() == 0


def test_a_charter_adopted_later_changes_no_clock_that_runs(cast):
    old = make.regulation(settings={"solve_days": 9}, starts_on=date(2026, 1, 1))
    made = make.need(cast.lin_unit)
    assert made.charter == old
    row = begun(made)
    before = row.due_at
    make.regulation(settings={"solve_days": 2}, starts_on=date(2026, 10, 1))
    assert Regulation.objects.of("charter", date(2026, 10, 1)).value("solve_days") == 2
    clocks.reckon(made)
    clocks.reckon_many([made.pk])
    row.refresh_from_db()
    assert (row.due_at, row.days, row.regulation) == (before, 9, old)


def test_reckoning_asks_the_same_few_questions_however_many_clocks_and_pauses(cast, need):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            clocks.reckon(need)
        return len(queries)

    few = asked()
    clocks.begin(need, "contact", at=NOW, unit=cast.wu_unit)
    for hour in range(5):
        start = NOW + timedelta(hours=hour)
        Pause.objects.create(need=need, why="hold", started_at=start, ended_at=start)
    CalendarDay.objects.create(date=date(2026, 10, 9), is_working=False)
    calendar.forget()
    calendar.in_force()
    assert asked() <= few + 1  # both clocks moved: one statement writes them


def test_many_are_reckoned_as_one_would_be(cast):
    needs = [make.need(cast.lin_unit) for _number in range(7)]
    for made in needs:
        begun(made)
    clocks.pause(needs[0], Pause.Why.HOLD, at=NOW)
    CalendarDay.objects.create(date=date(2026, 10, 8), is_working=False)
    calendar.forget()
    assert clocks.reckon_many(made.pk for made in needs) == 6
    for made in needs:
        made.refresh_from_db()
    assert needs[0].due_at is None
    many = [(made.due_at, due(made)) for made in needs]
    for made in needs:
        clocks.reckon(made)
        made.refresh_from_db()
    assert many == [(made.due_at, due(made)) for made in needs]
    assert min(moment for moment, _due in many[1:]) >= at("2026-10-09T16:00:00")


# ── The working calendar of the park ────────────────────────────────────────────────────────


def test_a_day_off_of_the_park_and_other_hours_move_what_is_due(need):
    CalendarDay.objects.create(date=date(2026, 10, 9), is_working=False, name="停电")
    calendar.forget()
    clocks.reckon(need)
    assert due(need) == at("2026-10-16T16:00:00")
    WorkingHours.objects.create(
        starts_on=date(2026, 10, 12),
        morning_from="08:30",
        morning_until="12:00",
        afternoon_from="14:30",
        afternoon_until="18:30",
    )
    calendar.forget()
    clocks.reckon(need)
    assert due(need) == at("2026-10-16T16:30:00")


def test_a_change_of_another_process_is_seen_within_seconds(need, monkeypatch):
    shared = calendar._shared
    shared.looked_at = 100.0
    monkeypatch.setattr(calendar.time, "monotonic", lambda: 100.0 + calendar.FRESH - 1)
    CalendarDay.objects.create(date=date(2026, 10, 9), is_working=False)
    assert calendar.is_working_day(date(2026, 10, 9))
    monkeypatch.setattr(calendar.time, "monotonic", lambda: 100.0 + calendar.FRESH)
    assert not calendar.is_working_day(date(2026, 10, 9))
    CalendarDay.objects.all().delete()
    assert not calendar.is_working_day(date(2026, 10, 9))
    monkeypatch.setattr(calendar.time, "monotonic", lambda: 100.0 + 2 * calendar.FRESH)
    assert calendar.is_working_day(date(2026, 10, 9))


def test_what_is_only_supposed_nobody_else_is_told():
    friday = date(2026, 10, 9)
    with calendar.supposing(calendar.Decided().with_days({friday: calendar.OwnDay(False, "停电")})):
        assert not calendar.is_working_day(friday)
        assert calendar.holiday_name(friday) == "停电"
        assert calendar.working_days_after(date(2026, 10, 8), 1) == date(2026, 10, 10)
    assert calendar.is_working_day(friday)


def test_a_year_that_the_park_arranged_itself_is_no_estimate():
    saturday = date(2030, 2, 16)
    assert calendar.is_estimated(2030)
    with calendar.supposing(calendar.Decided().with_days({saturday: calendar.OwnDay(True)})):
        assert not calendar.is_estimated(2030)
        assert calendar.is_made_up(saturday)


# ── How it stands ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("now", "status", "told"),
    [
        ("2026-09-30T16:00:00", "in_time", "还剩 7 个工作日"),
        ("2026-10-03T12:00:00", "in_time", "还剩 6 个工作日 5 小时"),
        ("2026-10-14T15:00:00", "in_time", "还剩 1 个工作日 1 小时"),
        ("2026-10-14T16:00:00", "soon", "还剩 1 个工作日"),
        ("2026-10-15T14:30:00", "soon", "还剩 1 小时"),
        ("2026-10-15T15:20:00", "soon", "还剩 40 分钟"),
        ("2026-10-15T16:00:00", "overdue", "已到期"),
        ("2026-10-15T18:00:00", "overdue", "逾期 2 小时"),
        ("2026-10-17T12:00:00", "overdue", "逾期 1 个工作日 2 小时"),  # a Saturday
        ("2026-10-21T16:00:00", "overdue", "逾期 4 个工作日"),
    ],
)
def test_how_much_is_left_or_late(need, now, status, told):
    assert words(need, at(now)) == (status, told)


def test_what_stands_still_says_how_it_stood(need):
    clocks.pause(need, Pause.Why.HOLD, at=at("2026-10-15T14:00:00"))
    assert words(need, at("2026-10-28T10:00:00")) == ("draft", "暂停计时，还剩 2 小时")
    clocks.resume(need, Pause.Why.HOLD, at=at("2026-10-28T10:00:00"))
    assert words(need, at("2026-10-28T10:00:00")) == ("soon", "还剩 2 小时")
    clocks.pause(need, Pause.Why.HOLD, at=at("2026-10-28T17:00:00"))
    assert words(need, at("2026-10-29T10:00:00")) == ("draft", "暂停计时，逾期 3 小时")


def test_late_and_done_is_said_without_being_overdue(need):
    late = at("2026-10-16T09:00:00")
    clocks.finish(need, "solve", at=late)
    (line,) = [line for line in clock.clocks_of(need, late) if line.kind == "solve"]
    assert (line.status, line.words) == ("soon", "2026-10-16 周五 09:00 完成，晚了 2 小时")
    assert words(need, late) is None


def test_time_off_after_the_due_moment_is_not_late(cast):
    made = make.need(cast.lin_unit)
    Clock.objects.filter(need=made).delete()
    clocks.begin(made, "review", at=at("2026-10-15T18:00:00"))  # due on Friday evening
    assert words(made, at("2026-10-18T12:00:00")) == ("overdue", "已到期")
    clocks.finish(made, "review", at=at("2026-10-18T12:00:00"))
    assert clock.clocks_of(made)[0].words == "2026-10-18 周日 12:00 完成"


def test_steps_to_come_say_from_when_they_count(cast):
    made = make.need(cast.lin_unit)
    begun(made, "review")
    assert [(line.kind, line.words) for line in clock.clocks_of(made, NOW)] == [
        ("review", "还剩 1 个工作日"),
        ("accept", "发布后 1 个工作日内"),
        ("contact", "接单后 3 个工作日内"),
        ("solve", "接单后 7 个工作日内"),
    ]


def test_the_enterprise_waits_on_while_the_alliance_stands_still(cast, need):
    clocks.pause(need, Pause.Why.HOLD, at=at("2026-10-08T08:30:00"))
    clocks.pause(need, Pause.Why.ENTERPRISE, at=at("2026-10-08T14:00:00"))
    clocks.resume(need, Pause.Why.HOLD, at=at("2026-10-09T08:30:00"))
    clocks.resume(need, Pause.Why.ENTERPRISE, at=at("2026-10-10T08:30:00"))
    found = clock.waiting(need, at("2026-10-10T10:30:00"))
    assert found.words == "2 个工作日 4 小时"
    assert found.parts == [
        ("联盟办理", "4 小时"),
        ("等企业", "1 个工作日 4 小时"),
        ("暂停", "3 小时"),
    ]


def test_a_list_asks_two_questions_for_the_clocks_of_all_its_rows(cast):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            rows = list(Need.objects.with_clocks())
            assert all(clock.clock_of(row) for row in rows)
        return len(queries)

    begun(make.need(cast.lin_unit))
    few = asked()
    for _number in range(5):
        begun(make.need(cast.lin_unit))
    assert asked() == few == 3


def test_days_of_a_year_that_is_not_announced_say_so(cast):
    made = make.need(cast.lin_unit)
    begun(made, "contact", at("2028-10-12T10:00:00"))
    assert "2028年的调休安排尚未公布" in clock.estimate_note(clock.clocks_of(made))


# ── On the pages ────────────────────────────────────────────────────────────────────────────


def test_the_page_of_a_need_shows_both_clocks_side_by_side(sign_in, cast, sun):
    made = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)
    for user in (sun, cast.lin, cast.wu):
        page = sign_in(user).get(made.get_absolute_url()).text
        for told in (
            "联盟的时钟",
            "2026-10-15 周四 16:00 到期",
            "还剩 7 个工作日",
            "企业的等待",
            "联盟办理",
            "点单时没有施行的联盟章程",
        ):
            assert told in page
    assert "到期" not in sign_in(cast.zhao).get(made.get_absolute_url()).text


def test_it_names_the_version_of_the_charter_that_it_is_reckoned_by(sign_in, cast):
    make.regulation(settings={"solve_days": 9})
    made = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)
    make.regulation(settings={"solve_days": 2}, starts_on=date(2026, 10, 1))
    page = sign_in(cast.lin).get(made.get_absolute_url()).text
    assert "还剩 9 个工作日" in page and "第 1 版计算" in page


def test_how_long_the_enterprise_waited_stands_still_once_it_confirmed(sign_in, cast, time_machine):
    made = make.need(cast.lin_unit, "offered", taken_by=cast.wu_unit)
    time_machine.move_to(at("2026-10-08T17:00:00"))
    assert "等企业" in sign_in(cast.lin).get(made.get_absolute_url()).text
    solving.confirm(made, rating=5, by=cast.lin, at=at("2026-10-08T17:00:00"))
    time_machine.move_to(at("2026-10-20T09:00:00"))
    made = Need.objects.get(pk=made.pk)
    assert clock.waiting(made).words == "1 个工作日 1 小时"


def test_what_was_given_up_has_no_waiting(cast):
    made = make.need(cast.lin_unit, "withdrawn")
    assert clock.waiting(made) is None
    assert clock.clocks_of(made) == []


def test_the_list_says_how_much_time_is_left(sign_in, cast, sun, time_machine):
    make.need(cast.lin_unit)
    make.need(cast.lin_unit, "closed")
    time_machine.move_to(at("2026-10-12T16:00:00"))
    page = sign_in(sun).get(reverse("services:need-list")).text
    assert "逾期 3 个工作日" in page and "status-overdue" in page


def test_the_to_do_list_says_what_is_overdue(cast, sun, time_machine):
    make.need(cast.lin_unit, title="等审核")
    make.need(cast.lin_unit, "returned", title="等补充")
    make.need(cast.lin_unit, "in_progress", taken_by=cast.wu_unit, title="在办理")
    time_machine.move_to(at("2026-10-20T16:00:00"))

    def lines(user):
        return {item.text.split()[-1]: (item.status, item.status_text) for item in todo(user)}

    assert lines(sun)["等审核"] == ("overdue", "待审核，逾期 9 个工作日")
    assert lines(cast.wu)["在办理"] == ("overdue", "办理中，逾期 3 个工作日")
    assert lines(cast.lin)["等补充"] == ("returned", "退回补充")


def test_the_home_page_asks_as_many_questions_for_many_needs_as_for_few(sign_in, cast, sun):
    counts, client = [], sign_in(sun)
    client.get("/")
    for more in (1, 6):
        for _number in range(more):
            make.need(cast.lin_unit)
        with CaptureQueriesContext(connection) as queries:
            client.get("/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


# ── The acts of the loop ────────────────────────────────────────────────────────────────────

RUNS = {
    "submitted": {"review"},
    "returned": {"review"},
    "declined": set(),
    "published": {"accept"},
    "accepted": {"contact", "solve"},
    "in_progress": {"solve"},
    "offered": set(),
    "solved": set(),
    "closed": set(),
    "withdrawn": set(),
}


@pytest.mark.parametrize("status", RUNS)
def test_which_clocks_run_in_each_status(cast, status):
    made = make.need(cast.lin_unit, status)
    running = Clock.objects.filter(need=made, done_at=None, stopped_at=None)
    assert {row.kind for row in running} == RUNS[status]
    made.refresh_from_db()
    moments = [row.due_at for row in running]
    assert made.due_at == (None if status == "returned" else min(moments, default=None))


def test_a_refused_solution_and_a_reopened_need_have_all_their_days_anew(cast):
    made = make.need(cast.lin_unit, "offered", taken_by=cast.wu_unit)
    solving.refuse(made, reason="没有解决", by=cast.lin, at=at("2026-10-14T16:00:00"))
    assert due(made) == at("2026-10-23T16:00:00")
    assert words(made, at("2026-10-23T15:00:00")) == ("soon", "还剩 1 小时")
