"""A ruling on an objection and the help of a unit are owed too: told when due, and once more when a
working day late, while people work, until they are given."""

from datetime import date, datetime

import pytest
from django.urls import reverse

from nanchuan.kernel import calendar
from nanchuan.kernel.models import Event
from nanchuan.kernel.workdays import CalendarDay
from nanchuan.notices.actions import events
from nanchuan.notices.actions.reminders import audience_of
from nanchuan.notices.models import Reminder
from nanchuan.notices.rules import CANCEL, SEND, rule_named
from services import moments, tasks
from services.actions import chasing, clocks, dispatching, filing, prompting, reckonings, work
from services.models import Need, Pause
from tests import make

pytestmark = pytest.mark.django_db


def at(words):
    return datetime.fromisoformat(f"2026-11-{words}:00+08:00")


@pytest.fixture
def tick(monkeypatch):
    """What the workers do at a moment of the database's clock."""

    def ticked(words):
        for module in (chasing, prompting):
            monkeypatch.setattr(module, "database_now", lambda: at(words))
        tasks.keep_orders()
        return told()

    return ticked


def told():
    rows = Event.objects.filter(name__in=prompting.OWED).order_by("pk")
    return [event.facts["level"] for event in rows]


@pytest.fixture
def disputed(cast):
    """Wu's unit objected on Wednesday morning."""
    need = make.need(cast.lin_unit, "dispatched", taken_by=cast.wu_unit, at=at("04T09:00"))
    dispatching.object_to(need, reason="不归我们", by=cast.wu, at=at("04T10:00"))
    return need


@pytest.fixture
def helped(cast):
    """Zhao's unit is to help Wu's until Monday, 10:00."""
    need = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit, at=at("04T09:00"))
    dispatching.ask_help(need, units=[cast.zhao_unit], by=cast.wu, at=at("04T10:00"))
    return need


def test_a_ruling_is_due_the_same_day_and_after_hours_the_next(cast, disputed):
    assert disputed.dispatches.get().objection.due_at == at("04T18:00")
    for raised, due in (
        ("04T17:59", "04T18:00"),
        ("04T12:30", "04T18:00"),
        ("04T18:00", "05T18:00"),
        ("06T19:00", "09T18:00"),
        ("07T10:00", "09T18:00"),
    ):
        assert moments.same_day(at(raised)) == at(due), raised


def test_the_office_hears_of_a_ruling_that_is_due_and_the_leader_of_one_that_is_late(
    disputed, tick
):
    assert tick("04T17:59") == []
    assert tick("04T18:00") == []  # nobody is at work any more
    assert tick("05T08:29") == []
    assert tick("05T08:30") == [1]
    assert tick("05T17:59") == [1]
    assert tick("05T18:00") == [1]
    assert tick("06T08:30") == [1, 2]
    assert tick("25T10:00") == [1, 2]


def test_after_an_outage_both_are_told_in_their_order(disputed, tick):
    assert tick("25T10:00") == [1, 2]
    assert tick("25T10:01") == [1, 2]


@pytest.mark.parametrize("end", ["ruled", "withdrawn"])
def test_of_what_was_ruled_or_withdrawn_nobody_hears(cast, disputed, tick, end):
    if end == "ruled":
        dispatching.rule(disputed, is_upheld=False, ruling="请办理", by=make.staff())
    else:
        filing.withdraw(disputed, reason="不需要了", by=cast.lin)
    assert tick("25T10:00") == []


def test_help_is_owed_by_the_unit_and_late_for_whom_it_helps(helped, tick):
    assert tick("09T09:59") == []
    assert tick("09T10:00") == [1]
    assert tick("10T09:59") == [1]
    assert tick("10T10:00") == [1, 2]
    assert tick("25T10:00") == [1, 2]


@pytest.mark.parametrize("end", ["given", "released", "held", "reassigned"])
def test_of_help_that_is_given_or_not_needed_nobody_hears(cast, helped, tick, end):
    if end == "given":
        dispatching.finish_help(helped, result="已协助", by=cast.zhao)
    elif end == "released":
        dispatching.release_help(helped, units=[cast.zhao_unit], by=cast.wu)
    elif end == "held":
        clocks.pause(helped, Pause.Why.HOLD, at=at("05T10:00"))
    else:
        agency = make.unit()
        make.seat(agency)
        dispatching.reassign(helped, unit=agency, reason="换一家", by=make.staff())
    assert tick("25T10:00") == []


def test_what_is_owed_moves_with_the_working_calendar(helped, disputed, tick):
    CalendarDay.objects.create(date="2026-11-04", is_working=False)
    CalendarDay.objects.create(date="2026-11-05", is_working=False)
    reckonings.ask()
    calendar.forget()
    assert disputed.dispatches.get().objection.due_at == at("06T18:00")
    assert helped.assistances.get().due_at == at("10T18:00")


def test_help_is_due_later_by_the_working_time_that_its_need_stood_still(helped, tick):
    until = date(2026, 11, 20)
    work.hold(helped, reason="等审批", expected_on=until, by=None, at=at("05T14:00"))
    work.resume(helped, by=None, at=at("10T14:00"))
    assert helped.assistances.get().due_at == at("12T10:00")
    assert tick("12T09:59") == []
    assert tick("12T10:00") == [1]
    CalendarDay.objects.create(date="2026-11-11", is_working=False)
    reckonings.ask()
    calendar.forget()
    assert helped.assistances.get().due_at == at("13T10:00")


# ── Who hears, and whether it still holds ───────────────────────────────────────────────────


def plan(rules):
    events.handle_waiting()
    return list(Reminder.objects.filter(rule__startswith=rules).order_by("pk"))


def hears(need, reminder):
    return set(audience_of(rule_named(reminder.rule), need, reminder))


def test_the_office_then_the_leaders_hear_of_a_ruling_until_it_is_made(disputed, sun, tick):
    leader = make.staff("leader")
    tick("25T10:00")
    need = Need.objects.get(pk=disputed.pk)
    due, late = plan("need.ruling_")
    assert (due.rule, late.rule) == ("need.ruling_due", "need.ruling_late")
    assert sun in hears(need, due) and leader not in hears(need, due)
    assert hears(need, late) == {leader}
    rule = rule_named(late.rule)
    assert rule.body(need, late) == "提出异议的单位：wu公司。裁定期限：2026-11-04 周三 18:00。"
    assert rule.verdict(need, late) is SEND
    dispatching.rule(need, is_upheld=False, ruling="请办理", by=sun)
    assert rule.verdict(need, late) is CANCEL


def test_the_unit_that_helps_then_whom_it_helps_and_the_office_hear(cast, helped, sun, tick):
    tick("25T10:00")
    need = Need.objects.get(pk=helped.pk)
    due, late = plan("need.help_")[-2:]
    assert hears(need, due) == {cast.zhao}
    assert cast.wu in hears(need, late) and sun in hears(need, late)
    assert cast.zhao not in hears(need, late)
    assert rule_named(due.rule).verdict(need, due) is SEND
    dispatching.finish_help(need, result="已协助", by=cast.zhao)
    assert rule_named(due.rule).verdict(need, due) is CANCEL


def test_the_filer_reads_nothing_of_it(client, cast, disputed, tick):
    tick("25T10:00")
    client.force_login(cast.lin)
    page = client.get(disputed.get_absolute_url())
    assert "need.ruling_chased" not in [event.name for event in page.context["history"]]


def test_the_desk_says_how_much_time_is_left_for_a_ruling(client, cast, disputed, sun):
    client.force_login(sun)
    page = client.get(reverse("services:needs-desk"), {"queue": "dispute"})
    (need,) = page.context["object_list"]
    assert need.due.label == "裁定异议"
    assert need.due.due_at == at("04T18:00")
    assert need.due.words in page.text
