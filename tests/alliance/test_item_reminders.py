"""Who hears of an action item: whoever carries it at once and before it is due; when it is late
the unit, then the office, then the leaders, each once for a due day; nobody once it is done."""

from contextlib import suppress
from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from alliance.actions import items as actions
from alliance.actions import resolutions
from alliance.models import ActionItem
from alliance.reminders.items import OF_THE_DUE_DAY, planned
from nanchuan.kernel import calendar, events
from nanchuan.kernel.states import StepRefused
from nanchuan.notices import inbox
from nanchuan.notices.models import Notice, Reminder
from nanchuan.notices.tasks import send_mail, tick
from tests import make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def run():
    tick()
    send_mail()


def said(user):
    """The rules that spoke to somebody since last asked, in words that this reader may see."""
    rows = Notice.objects.filter(recipient=user).order_by("pk")
    assert all(line.title and line.body for line in inbox.lines(rows, user))
    found = [row.removeprefix("item.") for row in rows.values_list("reminder__rule", flat=True)]
    rows.delete()
    return found


def waiting(rule):
    rows = Reminder.objects.filter(rule=f"item.{rule}", state="planned")
    return sorted(rows.values_list("due_at", flat=True))


def pass_to(rule):
    """As if the time had come: the database's clock decides, so the rows move."""
    rows = Reminder.objects.filter(rule=f"item.{rule}", state="planned")
    rows.update(due_at=timezone.now() - timedelta(seconds=1))
    run()


def morning(day):
    return timezone.make_aware(datetime.combine(day, time(9)))


@pytest.fixture
def leader(db):
    return make.staff("leader")


@pytest.fixture
def item(cast, sun, leader):
    due_on = calendar.working_days_after(timezone.localdate(), 20)
    made = make.item(cast.lin_unit, assisting=[cast.wu_unit], due_on=due_on)
    events.record("item.assigned", subject=made, by=sun)
    run()
    return made


@pytest.fixture
def told(item, cast, sun, leader):
    """Nobody has anything new to read."""
    for user in (cast.lin, cast.wu, cast.zhao, sun, leader):
        said(user)
    return item


def test_whoever_carries_it_hears_at_once(cast, sun, item):
    assert said(cast.lin) == said(cast.wu) == ["assigned"]
    assert said(cast.zhao) == said(sun) == []


def test_the_steps_are_planned_in_working_days(told):
    due_on = told.due_on
    assert waiting("due_soon") == [morning(calendar.working_days_before(due_on, 3))]
    assert waiting("late") == [morning(due_on + DAY)]
    assert waiting("late_office") == [morning(calendar.working_days_after(due_on, 3))]
    assert waiting("late_leader") == [morning(calendar.working_days_after(due_on, 7))]


def test_unit_then_office_then_leader_each_once(cast, sun, leader, told):
    pass_to("due_soon")
    pass_to("late")
    run()
    assert said(cast.lin) == ["due_soon", "late"]
    assert said(sun) == said(leader) == said(cast.wu) == []
    pass_to("late_office")
    run()
    assert (said(sun), said(leader), said(cast.lin)) == (["late_office"], [], [])
    pass_to("late_leader")
    run()
    assert (said(leader), said(sun), said(cast.lin)) == (["late_leader"], [], [])


def test_the_meetings_system_decides_how_long(cast, sun):
    numbers = {"item_remind_days": 0, "escalate_office_days": 5, "escalate_leader_days": 2}
    system = make.regulation("meetings", numbers)
    made = make.item(cast.lin_unit, meeting=make.held_meeting(cast.group, regulation=system))
    plans = {plan.rule: plan.due_at for plan in planned(made, timezone.localdate())}
    fifth = morning(calendar.working_days_after(made.due_on, 5))
    # The leaders never hear before the office.
    late = morning(made.due_on + DAY)
    assert plans == {"item.late": late, "item.late_office": fifth, "item.late_leader": fifth}


def test_what_is_reported_is_silent_and_the_office_hears(cast, sun, told):
    actions.report(told, effect="办好了", by=cast.lin)
    run()
    assert said(sun) == ["reported"]
    assert not Reminder.objects.filter(rule__in=OF_THE_DUE_DAY, state="planned").exists()


def test_sent_back_in_time_it_is_reminded_of_again(cast, sun, told):
    actions.report(told, effect="办好了", by=cast.lin)
    run()
    actions.send_back(told, reason="佐证不足", by=sun)
    run()
    assert said(cast.lin) == said(cast.wu) == ["returned"]
    assert waiting("late") == [morning(told.due_on + DAY)]


def test_sent_back_after_its_day_it_is_late_from_then_on(told):
    back_on = told.due_on + 30 * DAY
    plans = {plan.rule: plan.due_at for plan in planned(told, back_on)}
    assert plans["item.late"] == morning(back_on + DAY)
    assert plans["item.late_office"] == morning(calendar.working_days_after(back_on, 3))
    assert plans["item.late_leader"] == morning(calendar.working_days_after(back_on, 7))


@pytest.mark.parametrize("end", ["confirmed", "dropped"])
def test_nothing_is_said_after_the_end(cast, sun, leader, told, end):
    if end == "confirmed":
        actions.report(told, effect="办好了", by=cast.lin)
        run()
        said(sun)
        actions.confirm(told, by=sun)
    else:
        actions.drop(told, reason="条件变化", by=sun)
    run()
    assert said(cast.lin) == said(cast.wu) == [end]
    for rule in OF_THE_DUE_DAY:
        pass_to(rule.removeprefix("item."))
    assert said(cast.lin) == said(sun) == said(leader) == []
    actions.reopen(told, reason="重来", by=sun)
    run()
    assert said(cast.lin) == ["reopened"]
    assert len(waiting("late")) == len(waiting("late_leader")) == 1


def test_more_time_moves_the_steps_and_each_is_said_for_the_new_day(cast, sun, leader, told):
    pass_to("late")
    assert said(cast.lin) == ["late"]
    later = told.due_on + 30 * DAY
    actions.extend(told, due_on=later, reason="设备未到", by=sun)
    run()
    assert said(sun) == ["extension_asked"]
    actions.grant(told, by=sun)
    run()
    assert said(cast.lin) == said(cast.wu) == ["extension_granted"]
    assert waiting("late") == [morning(later + DAY)]
    assert waiting("late_office") == [morning(calendar.working_days_after(later, 3))]
    pass_to("late")
    assert said(cast.lin) == ["late"]


def test_a_refusal_is_told_and_moves_nothing(cast, sun, told):
    before = waiting("late")
    actions.extend(told, due_on=told.due_on + 30 * DAY, reason="设备未到", by=cast.lin)
    run()
    actions.refuse(told, answer="请按期办理", by=sun)
    run()
    assert said(cast.lin) == said(cast.wu) == ["extension_refused"]
    assert waiting("late") == before


def test_what_was_withdrawn_before_the_office_heard_is_not_asked(cast, sun, told):
    actions.extend(told, due_on=told.due_on + 30 * DAY, reason="设备未到", by=cast.lin)
    actions.withdraw(told, by=cast.lin)
    run()
    assert said(sun) == []


def test_the_new_unit_hears_and_the_old_one_of_that_alone(cast, sun, told):
    actions.reassign(told, unit=cast.zhao_unit, reason="职责调整", by=sun)
    for _again in range(2):
        run()
    assert said(cast.zhao) == ["reassigned"]
    assert said(cast.lin) == said(cast.wu) == ["reassigned"]  # theirs no more
    pass_to("late")
    assert said(cast.zhao) == ["late"] and said(cast.lin) == []


def test_of_what_was_struck_nobody_hears(cast, told):
    told.resolution.struck_at = timezone.now()
    told.resolution.save()
    pass_to("late")
    assert said(cast.lin) == []


# ── Whatever happens, in whatever order ─────────────────────────────────────────────────────

ACTS = st.lists(
    st.sampled_from(
        [
            "report",
            "confirm",
            "return",
            "drop",
            "reopen",
            "extend",
            "grant",
            "refuse",
            "late",
            "late_office",
            "late_leader",
        ]
    ),
    max_size=10,
)


class AnySequence(TestCase):
    @settings(max_examples=25)
    @given(ACTS)
    def test_each_step_of_being_late_is_said_once_a_due_day_and_never_of_what_rests(self, acts):
        unit = make.unit()
        group = make.group(unit)
        make.liaison(unit)
        office = make.staff()
        make.staff("leader")
        item = make.item(unit, meeting=make.held_meeting(group))
        events.record("item.assigned", subject=item)
        run()
        for act in acts:
            if act.startswith("late"):
                self._pass(item, act)
            else:
                self._take(item, act, office)
        self._nothing_twice()

    def _take(self, item, act, office):
        item = ActionItem.objects.get(pk=item.pk)
        later = item.due_on + 5 * DAY
        steps = {
            "report": lambda: actions.report(item, effect="好", by=office),
            "confirm": lambda: actions.confirm(item, by=office),
            "return": lambda: actions.send_back(item, reason="再办", by=office),
            "drop": lambda: actions.drop(item, reason="不办", by=office),
            "reopen": lambda: actions.reopen(item, reason="重办", by=office),
            "extend": lambda: actions.extend(item, due_on=later, reason="等", by=office),
            "grant": lambda: actions.grant(item, by=office),
            "refuse": lambda: actions.refuse(item, answer="不", by=office),
        }
        with suppress(StepRefused):
            steps[act]()
        run()

    def _pass(self, item, rule):
        item.refresh_from_db()
        before = Notice.objects.filter(reminder__rule=f"item.{rule}").count()
        pass_to(rule)
        told = Notice.objects.filter(reminder__rule=f"item.{rule}").count() - before
        assert told <= 1
        if item.status != "in_progress":
            assert told == 0

    def _nothing_twice(self):
        """Each of the three has one account here."""
        rows = Notice.objects.filter(reminder__rule__in=OF_THE_DUE_DAY)
        told = list(rows.values_list("reminder__rule", "reminder__moment"))
        assert len(told) == len(set(told))


def test_what_is_struck_is_told_to_those_who_were_bound_and_once(sign_in, cast, sun, told):
    resolutions.strike(told.resolution, by=sun)
    for _again in range(2):
        run()
    assert said(cast.lin) == said(cast.wu) == ["struck"]
    assert said(cast.zhao) == []
    for rule in OF_THE_DUE_DAY:
        pass_to(rule.removeprefix("item."))
    assert said(cast.lin) == []


def test_struck_before_anybody_heard_of_it_nothing_is_told(cast, sun):
    item = make.item(cast.lin_unit)
    events.record("item.assigned", subject=item, by=sun)
    resolutions.strike(item.resolution, by=sun)
    for _again in range(2):
        run()
    assert said(cast.lin) == []
