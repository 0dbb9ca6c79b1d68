"""The unit on turn hears what is due, before and after; the office hears once that it is late."""

from datetime import timedelta

import pytest
from django.utils import timezone

from alliance.actions import duty_steps
from alliance.models import Duty, Turn
from nanchuan.notices.models import Notice, Reminder
from nanchuan.notices.tasks import tick
from tests import make

DAY = timedelta(days=1)


@pytest.fixture
def turn(cast):
    """A turn that begins today, so that all its days lie ahead."""
    today = timezone.localdate()
    Turn.objects.filter(pk=cast.turn.pk).update(starts_on=today, ends_on=today + 90 * DAY)
    cast.turn.refresh_from_db()
    make.begun(cast.turn)
    tick()
    return cast.turn


@pytest.fixture
def duty(turn):
    return turn.duties.get(kind="topics")


def heard(user):
    rows = Notice.objects.filter(recipient=user).exclude(reminder__rule="turn.begun").order_by("pk")
    return list(rows.values_list("reminder__rule", flat=True))


def planned(duty):
    kind = {"subject_type__model": "duty", "subject_id": duty.pk, "state": "planned"}
    rows = Reminder.objects.filter(**kind).order_by("due_at", "pk")
    return [(row.rule, (timezone.localdate(row.due_at) - duty.due_on).days) for row in rows]


def let_come(duty, rule, **which):
    rows = Reminder.objects.filter(
        subject_type__model="duty", subject_id=duty.pk, rule=rule, state="planned"
    )
    first = rows.order_by("due_at").first()
    Reminder.objects.filter(pk=first.pk).update(due_at=timezone.now() - DAY / 24, expires_at=None)
    tick()


def test_at_the_beginning_the_unit_hears_what_is_due_when(cast, turn, sun, client):
    assert heard(cast.lin) == ["turn.duties"]
    assert heard(cast.wu) == heard(sun) == []
    client.force_login(cast.lin)
    page = client.get("/inbox/").content.decode()
    for duty in turn.duties.all():
        assert f"{duty.title}（{duty.due_on}）" in page


def test_before_it_is_due_when_late_and_every_few_days_then(duty):
    assert planned(duty) == [
        ("duty.soon", -3),
        ("duty.late", 1),
        ("duty.late_office", 1),
        *(("duty.chase", 1 + 3 * number) for number in range(1, 11)),
    ]


def test_the_rota_system_says_how_often(cast):
    from tests.alliance.test_turn_begins import rota_system

    today = timezone.localdate()
    Turn.objects.filter(pk=cast.turn.pk).update(
        regulation=rota_system(chase_days=7), starts_on=today, ends_on=today + 90 * DAY
    )
    make.begun(cast.turn)
    tick()
    chases = [days for rule, days in planned(cast.turn.duties.first()) if rule == "duty.chase"]
    assert chases[:2] == [8, 15]


def test_the_unit_and_the_office_each_in_their_turn(cast, sun, duty):
    let_come(duty, "duty.soon")
    assert heard(cast.lin) == ["turn.duties", "duty.soon"]
    assert heard(sun) == []
    for rule in ("duty.late", "duty.late_office", "duty.chase"):
        let_come(duty, rule)
    assert heard(cast.lin) == ["turn.duties", "duty.soon", "duty.late", "duty.chase"]
    assert heard(sun) == ["duty.late_office"]
    assert heard(cast.wu) == []


@pytest.mark.parametrize("how", ["done", "dropped"])
def test_a_settled_duty_is_silent(cast, sun, duty, how):
    if how == "done":
        duty_steps.complete(duty, note="已办", by=cast.lin)
    else:
        duty_steps.drop(duty, reason="不需要", by=sun)
    tick()
    assert planned(duty) == []


def test_silent_even_before_the_worker_heard_of_it(cast, duty):
    Duty.objects.filter(pk=duty.pk).update(status="done")
    let_come(duty, "duty.late")
    assert heard(cast.lin) == ["turn.duties"]


def test_reopened_it_is_asked_for_again(cast, duty):
    before = planned(duty)
    duty_steps.complete(duty, note="已办", by=cast.lin)
    tick()
    duty_steps.reopen(duty, by=cast.lin)
    tick()
    assert planned(duty) == before


def test_whoever_has_the_turn_by_then_hears(cast, turn, duty):
    Turn.objects.filter(pk=turn.pk).update(seat=cast.group.seats.get(unit=cast.wu_unit))
    let_come(duty, "duty.late")
    assert heard(cast.wu) == ["duty.late"]
    assert heard(cast.lin) == ["turn.duties"]


def test_the_duty_to_hand_over_has_reminders_of_its_own(turn):
    assert planned(turn.duties.get(kind="handover")) == []
