"""Whoever must act next hears of a handover; overdue it is chased until it is done."""

from datetime import timedelta

import pytest
from django.utils import timezone

from alliance.actions import duties
from alliance.actions import handovers as actions
from alliance.models import Turn
from nanchuan.notices.models import Notice, Reminder
from nanchuan.notices.tasks import tick
from tests import make

DAY = timedelta(days=1)


@pytest.fixture
def following(cast):
    make.begun(cast.turn)
    return make.next_turn(cast.turn, cast.group.seats.get(unit=cast.wu_unit))


@pytest.fixture
def handover(cast, following):
    return make.handover(cast.turn)


def told(user):
    """What a person was told of handovers so far."""
    Reminder.objects.filter(state="planned", rule__startswith="handover.").exclude(
        rule="handover.chase"
    ).update(due_at=timezone.now() - DAY / 24)
    tick()
    rows = Notice.objects.filter(recipient=user, reminder__rule__startswith="handover.")
    return list(rows.order_by("pk").values_list("reminder__rule", flat=True))


def settle():
    """The events of the future become reminders of now."""
    tick()


def test_from_hand_to_hand(cast, sun, handover):
    settle()
    assert told(cast.lin) == ["handover.opened"]
    assert told(cast.wu) == told(sun) == []
    actions.sign(handover, party="leaving", name="林", by=cast.lin)
    settle()
    assert told(cast.wu) == ["handover.next"]
    actions.sign(handover, party="arriving", name="吴", by=cast.wu)
    settle()
    assert told(sun) == ["handover.next"]
    assert told(cast.wu) == ["handover.next"]
    actions.sign(handover, party="office", name="孙", by=sun)
    settle()
    assert told(cast.lin) == ["handover.opened", "handover.done"]
    assert told(cast.wu) == ["handover.next", "handover.done"]
    assert told(sun) == ["handover.next"]


def test_the_office_is_asked_to_fill_the_next_turn(cast, sun):
    make.begun(cast.turn)
    make.handover(cast.turn)
    settle()
    assert told(sun) == ["handover.nobody"]


def test_it_is_not_asked_when_somebody_was_found_meanwhile(cast, sun):
    make.begun(cast.turn)
    make.handover(cast.turn)
    make.next_turn(cast.turn, cast.group.seats.get(unit=cast.wu_unit))
    settle()
    assert told(sun) == []


def test_the_leaving_unit_hears_why_it_came_back(client, cast, handover):
    actions.sign(handover, party="leaving", name="林", by=cast.lin)
    actions.refuse(handover, reason="少一枚公章", by=cast.wu)
    settle()
    assert sorted(told(cast.lin)) == ["handover.opened", "handover.refused"]
    assert told(cast.wu) == []  # nothing waits for it any more
    client.force_login(cast.lin)
    assert "少一枚公章" in client.get("/inbox/").content.decode()


def test_another_unit_arrives(cast, following, handover):
    actions.sign(handover, party="leaving", name="林", by=cast.lin)
    Turn.objects.filter(pk=following.pk).update(seat=make.seat(make.unit(), cast.group, order=3))
    duties.reassigned(following)
    settle()
    assert sorted(told(cast.lin)) == ["handover.opened", "handover.reopened"]


# ── Overdue ─────────────────────────────────────────────────────────────────────────────────


def chases(handover):
    rows = Reminder.objects.filter(rule="handover.chase", subject_id=handover.pk)
    return rows.filter(state="planned").order_by("due_at")


def let_chase(handover):
    """As if the turn were over and the hour of the first chase had come."""
    Turn.objects.filter(pk=handover.turn_id).update(ends_on=timezone.localdate() - DAY)
    first = chases(handover).first()
    Reminder.objects.filter(pk=first.pk).update(due_at=timezone.now() - DAY / 24)
    tick()


def test_chased_from_the_day_after_as_often_as_the_system_says(handover):
    settle()
    ends_on = handover.turn.ends_on
    days = [(timezone.localdate(row.due_at) - ends_on).days for row in chases(handover)]
    assert days == [1 + 3 * number for number in range(10)]


@pytest.mark.parametrize(
    ("status", "who"), [("open", "lin"), ("submitted", "wu"), ("received", None)]
)
def test_whoever_must_act_next_and_the_office(cast, sun, following, status, who):
    handover = make.handover(cast.turn, status)
    settle()
    let_chase(handover)
    people = {name: getattr(cast, name) for name in ("lin", "wu", "zhao")}
    heard = {name for name, user in people.items() if "handover.chase" in told(user)}
    assert heard == ({who} if who else set())
    assert "handover.chase" in told(sun)


@pytest.mark.parametrize("how", ["done", "dropped"])
def test_silence_when_it_is_done(cast, following, how):
    handover = make.handover(cast.turn, "done" if how == "done" else "open")
    if how == "dropped":
        actions.drop(handover, reason="退出联盟", by=None)
    settle()
    assert not chases(handover).exists()


def test_nobody_is_chased_before_the_turn_is_over(cast, handover):
    settle()
    first = chases(handover).first()
    Reminder.objects.filter(pk=first.pk).update(due_at=timezone.now() - DAY / 24)
    tick()
    assert "handover.chase" not in told(cast.lin)
