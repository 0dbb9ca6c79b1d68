"""Late steps are told upward, each level once, and only while people work."""

from datetime import datetime

import pytest

from nanchuan.kernel import calendar
from nanchuan.kernel.models import Event
from nanchuan.kernel.workdays import CalendarDay
from nanchuan.notices.actions import events
from nanchuan.notices.actions.reminders import audience_of, expand_due
from nanchuan.notices.models import Notice, Reminder
from nanchuan.notices.rules import rule_named
from services import tasks
from services.actions import chasing, clocks
from services.models import Clock, Extension, Need, Pause
from tests import make

pytestmark = pytest.mark.django_db
WEDNESDAY = datetime.fromisoformat("2026-11-04T17:59:00+08:00")  # seven days: Friday the 13th


def at(words):
    return datetime.fromisoformat(f"2026-11-{words}:00+08:00")


@pytest.fixture
def tick(monkeypatch):
    """What the workers do at a moment of the database's clock."""

    def ticked(words):
        monkeypatch.setattr(chasing, "database_now", lambda: at(words))
        tasks.keep_orders()
        return told()

    return ticked


def told():
    names = ("need.nearing", "need.chased")
    rows = Event.objects.filter(name__in=names).order_by("pk")
    return [event.facts["level"] if event.name == "need.chased" else "soon" for event in rows]


@pytest.fixture
def need(cast):
    """In the hands of Wu's unit, to be solved by Friday at 17:59."""
    made = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)
    Clock.objects.all().delete()
    clocks.begin(made, "solve", at=WEDNESDAY, unit=cast.wu_unit)
    return made


def test_each_level_is_told_once_and_in_its_time(need, tick):
    assert tick("12T17:58") == []
    assert tick("12T17:59") == ["soon"]
    assert tick("12T17:59") == ["soon"]
    assert tick("13T17:58") == ["soon"]
    assert tick("13T17:59") == ["soon", 1]
    assert tick("16T17:58") == ["soon", 1]
    assert tick("16T17:59") == ["soon", 1, 2]
    assert tick("17T17:59") == ["soon", 1, 2, 3]
    assert tick("18T17:59") == ["soon", 1, 2, 3, 4]
    assert tick("27T17:00") == ["soon", 1, 2, 3, 4]
    assert Clock.objects.get().next_at is None


def test_due_on_friday_a_minute_before_six_and_looked_at_a_minute_later_waits_for_monday(
    need, tick
):
    tick("13T10:00")
    for off in ("13T18:00", "13T23:00", "14T10:00", "15T10:00", "16T08:29"):
        assert tick(off) == ["soon"]
    assert tick("16T08:30") == ["soon", 1]


def test_at_lunch_nobody_is_chased(need, tick):
    tick("13T10:00")
    assert tick("16T12:00") == ["soon"]
    assert tick("16T13:59") == ["soon"]
    assert tick("16T14:00") == ["soon", 1]


def test_a_day_that_the_park_has_off_is_no_day_to_chase(need, tick):
    tick("13T10:00")
    CalendarDay.objects.create(date="2026-11-16", is_working=False)
    calendar.forget()
    assert tick("16T10:00") == ["soon"]
    assert tick("17T10:00") == ["soon", 1]


def test_after_an_outage_each_level_is_told_once_and_in_order(need, tick):
    assert tick("25T10:00") == [1, 2, 3, 4]  # too late for a word ahead
    assert tick("25T10:01") == [1, 2, 3, 4]


def test_the_offices_own_clock_begins_with_the_office(cast, tick):
    made = make.need(cast.lin_unit)
    Clock.objects.all().delete()
    clocks.begin(made, "review", at=WEDNESDAY)
    assert tick("05T17:58") == []
    assert tick("05T17:59") == [3]
    assert tick("09T17:59") == [3]
    assert tick("10T17:59") == [3, 4]


def test_levels_have_the_days_of_the_charter_and_keep_their_order(cast, need, tick):
    row = Clock.objects.get()
    days = {"chase_secretary_days": 4, "chase_office_days": 0, "chase_leader_days": 5}
    row.regulation = make.regulation(settings=days | {"amber_days": 0})
    row.save()
    clocks.reckon(need)
    assert tick("13T17:59") == [1]
    assert tick("19T17:58") == [1]
    assert tick("19T17:59") == [1, 2, 3]
    assert tick("20T17:59") == [1, 2, 3, 4]


def test_nothing_is_told_of_what_stands_still_and_a_hold_moves_what_follows(need, tick):
    assert tick("13T17:59") == [1]
    clocks.pause(need, Pause.Why.HOLD, at=at("16T17:59"))  # before the secretary was told
    assert tick("20T10:00") == [1]
    clocks.resume(need, Pause.Why.HOLD, at=at("23T17:59"))
    assert tick("24T09:00") == [1, 2]
    assert tick("24T17:58") == [1, 2]
    assert tick("24T17:59") == [1, 2, 3]


def test_more_time_is_told_ahead_anew_and_no_level_twice(need, tick):
    assert tick("12T17:59") == ["soon"]
    asked = Extension.objects.create(need=need, clock=Clock.objects.get(), days=2, reason="等")
    clocks.extend(asked)
    assert tick("13T17:59") == ["soon"]
    assert tick("16T17:59") == ["soon", "soon"]
    assert tick("17T17:59") == ["soon", "soon", 1]


@pytest.mark.parametrize("end", ["finish", "stop"])
def test_what_is_done_or_given_up_is_chased_no_more(need, tick, end):
    if end == "finish":
        clocks.finish(need, "solve", at=at("13T10:00"))
    else:
        clocks.stop(need, at=at("13T10:00"))
    assert tick("25T10:00") == []


# ── Who hears, and whether it still holds ───────────────────────────────────────────────────


def plan():
    events.handle_waiting()
    rules = [
        "need.nearing",
        *(f"need.late_{who}" for who in ("unit", "secretary", "office", "leader")),
    ]
    return list(Reminder.objects.filter(rule__in=rules).order_by("pk"))


def hears(reminder):
    rule = rule_named(reminder.rule)
    return set(audience_of(rule, Need.objects.get(pk=reminder.subject_id), reminder))


def test_the_unit_its_secretary_the_office_and_the_leaders_hear(cast, sun, need, tick):
    leader = make.staff("leader")
    person = make.liaison(cast.wu_unit)
    tick("12T17:59")
    tick("25T10:00")
    heard = [(row.rule, hears(row)) for row in plan()]
    office = dict(heard)["need.late_office"]
    assert sun in office
    assert heard == [
        ("need.nearing", {cast.wu, person}),
        ("need.late_unit", {cast.wu, person}),
        ("need.late_secretary", {cast.wu}),
        ("need.late_office", office),
        ("need.late_leader", {leader}),
    ]


def test_it_says_which_step_and_when_it_was_due_and_nothing_else(cast, need, tick):
    tick("13T17:59")
    (row,) = plan()
    rule = rule_named(row.rule)
    assert rule.title(need, row) == f"需求办理已到期：{need}"
    assert rule.body(need, row) == "环节：办结。到期时间：2026-11-13 周五 17:59。"


@pytest.mark.parametrize("event", ["finish", "stop", "pause", "extend"])
def test_what_was_settled_before_the_notice_went_out_is_not_said(need, tick, event):
    tick("13T17:59")
    assert plan()
    if event == "finish":
        clocks.finish(need, "solve", at=at("13T17:59"))
    elif event == "stop":
        clocks.stop(need, at=at("13T17:59"))
    elif event == "pause":
        clocks.pause(need, Pause.Why.HOLD, at=at("13T17:59"))
    else:
        row = Clock.objects.get()
        clocks.extend(Extension.objects.create(need=need, clock=row, days=2, reason="等"))
    before = Notice.objects.count()
    Reminder.objects.exclude(rule="need.late_unit").delete()
    expand_due()
    assert Notice.objects.count() == before
    assert plan()[0].state == Reminder.State.CANCELLED


def test_what_still_holds_reaches_the_inbox_once(cast, need, tick):
    tick("13T17:59")
    plan()
    Reminder.objects.exclude(rule="need.late_unit").delete()
    expand_due()
    expand_due()
    assert Notice.objects.filter(recipient=cast.wu, reminder__rule="need.late_unit").count() == 1
