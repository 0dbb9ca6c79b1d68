from datetime import timedelta

import pytest
from django.utils import timezone

from nanchuan.kernel import events
from nanchuan.kernel.models import Event
from nanchuan.notices.actions import events as actions
from nanchuan.notices.models import Reminder, Setback
from tests import make

pytestmark = pytest.mark.django_db


def happen(name, subject, **facts):
    return events.record(name, subject=subject, by=None, **facts)


def planned(subject, *moments):
    later = (timezone.now() + timedelta(hours=1)).isoformat()
    return happen("drill.planned", subject, moments=dict.fromkeys(moments, later))


def states():
    return dict(Reminder.objects.values_list("moment", "state"))


def try_again():
    """What the next tick does after a failure has rested."""
    Setback.objects.update(retry_at=timezone.now() - timedelta(seconds=1))
    actions.handle_waiting()


def test_an_event_becomes_reminders_once(subject):
    event = planned(subject, "a", "b")
    actions.handle_waiting()
    actions.handle_waiting()
    event.refresh_from_db()
    assert event.handled_at
    assert states() == {"a": "planned", "b": "planned"}


def test_an_event_that_nobody_listens_to_is_handled_too(subject):
    event = happen("drill.unheard", subject)
    actions.handle_waiting()
    event.refresh_from_db()
    assert event.handled_at


def test_the_events_of_a_subject_are_handled_in_their_order(subject):
    planned(subject, "a", "b")
    happen("drill.silenced", subject, keep=["b"])
    actions.handle_waiting()
    assert states() == {"a": "cancelled", "b": "planned"}


@pytest.mark.parametrize("name", ["drill.broken", "drill.odd"])
def test_a_failing_event_leaves_nothing_behind_and_holds_up_no_other(subject, name):
    broken = happen(name, subject)
    planned(make.unit(), "a")
    actions.handle_waiting()
    broken.refresh_from_db()
    assert (broken.handled_at, broken.failures) == (None, 1)
    assert states() == {"a": "planned"}
    assert "Error" in broken.setback.error


def test_a_failing_event_rests_longer_each_time_and_is_then_left_to_people(subject):
    broken = happen("drill.broken", subject)
    rests = []
    for _attempt in range(actions.MOST_FAILURES):
        before = timezone.now()
        try_again()
        rests.append((Setback.objects.get().retry_at - before).total_seconds())
        actions.handle_waiting()  # not before it has rested
    try_again()
    broken.refresh_from_db()
    assert (broken.handled_at, broken.failures) == (None, actions.MOST_FAILURES)
    assert rests == sorted(rests)
    assert rests[-1] > 4 * rests[0]


def test_later_events_of_a_subject_wait_for_a_failing_one_but_not_for_ever(subject):
    happen("drill.broken", subject)
    planned(subject, "a")
    actions.handle_waiting()
    assert states() == {}
    for _attempt in range(actions.MOST_FAILURES):
        try_again()
    assert states() == {"a": "planned"}


def test_an_event_whose_subject_is_gone_is_handled(subject):
    gone = make.unit()
    event = planned(gone, "a")
    type(gone).objects.filter(pk=gone.pk).delete()
    actions.handle_waiting()
    assert Event.objects.get(pk=event.pk).handled_at
    assert states() == {}


def test_many_waiting_events_are_handled_in_batches(subject, monkeypatch):
    monkeypatch.setattr(actions, "BATCH", 3)
    for number in range(8):
        planned(subject if number % 2 else make.unit(), f"m{number}")
    assert actions.handle_waiting() == 8
    assert len(states()) == 8
