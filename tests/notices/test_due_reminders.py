from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from nanchuan.notices.actions import reminders
from nanchuan.notices.models import Delivery, Notice, Reminder
from nanchuan.notices.rules import CANCEL, Verdict
from tests import make

pytestmark = pytest.mark.django_db
State = Reminder.State
SECOND = timedelta(seconds=1)


def state():
    return Reminder.objects.get().state


def told():
    return set(Notice.objects.values_list("recipient", flat=True))


def test_everybody_concerned_is_told_in_the_inbox_and_by_mail(plan, people):
    plan()
    assert reminders.expand_due() == (3, False)
    assert told() == {person.pk for person in people}
    rows = set(Delivery.objects.values_list("recipient", "channel", "state"))
    assert rows == {(person.pk, "inbox", "sent") for person in people} | {
        (person.pk, "email", "pending") for person in people[:2]
    }
    assert state() == State.DONE


def test_nobody_is_told_early_or_twice(plan, people):
    plan(1)
    reminders.expand_due()
    assert told() == set()
    Reminder.objects.update(due_at=timezone.now() - SECOND)
    reminders.expand_due()
    reminders.expand_due()
    assert Notice.objects.count() == 3


def test_the_database_decides_when_not_the_clock_of_the_worker(plan, people):
    plan(30)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        reminders.expand_due()
    assert told() == set()
    Reminder.objects.update(due_at=timezone.now() - SECOND)
    with time_machine.travel(timezone.now() - timedelta(hours=2)):
        reminders.expand_due()
    assert len(told()) == 3


@pytest.mark.parametrize("milliseconds", [-1500, 1500])
def test_due_is_exact_to_the_second(plan, people, milliseconds):
    """SQLite compares moments as text: the form of both sides must agree."""
    plan(milliseconds / 60_000)
    reminders.expand_due()
    assert bool(told()) == (milliseconds < 0)


def test_the_audience_is_asked_when_it_is_due(plan, people):
    plan()
    late = make.user()
    type(late).objects.filter(pk=people[0].pk).update(is_active=False)
    reminders.expand_due()
    assert told() == {people[1].pk, people[2].pk, late.pk}


def test_an_audience_with_doubles_is_told_once(plan, people, rule, monkeypatch):
    from nanchuan.accounts.models import StaffPost, User

    for role in ("staff", "leader"):
        StaffPost.objects.create(user=people[0], role=role, starts_on=make.LONG_AGO)
    doubled = User.objects.filter(staff_posts__role__in=["staff", "leader"])
    assert doubled.count() == 2
    monkeypatch.setattr(rule, "audience", lambda subject, reminder: doubled)
    plan()
    reminders.expand_due()
    assert told() == {people[0].pk}


def test_a_late_one_is_said_until_it_expires(plan, people):
    plan(-60, expires=1)
    reminders.expand_due()
    assert state() == State.DONE


def test_one_that_expired_is_missed_and_visible(plan, people):
    plan(-60, expires=-1)
    reminders.expand_due()
    assert state() == State.MISSED
    assert told() == set()


def test_the_verdict_may_cancel(plan, people, rule, monkeypatch):
    monkeypatch.setattr(rule, "verdict", lambda subject, reminder: CANCEL)
    plan()
    reminders.expand_due()
    assert state() == State.CANCELLED
    assert told() == set()


def test_the_verdict_may_wait(plan, people, rule, monkeypatch):
    later = timezone.now() + timedelta(hours=1)
    monkeypatch.setattr(rule, "verdict", lambda subject, reminder: Verdict.later(later))
    plan()
    reminders.expand_due()
    reminder = Reminder.objects.get()
    assert (reminder.state, reminder.due_at) == (State.PLANNED, later)
    assert told() == set()


def test_a_subject_that_is_gone_cancels(plan, people, subject):
    plan()
    type(subject).objects.filter(pk=subject.pk).delete()
    reminders.expand_due()
    assert state() == State.CANCELLED


def test_a_large_audience_is_told_in_pieces_and_exactly_once(plan, people, monkeypatch):
    monkeypatch.setattr(reminders, "CHUNK", 2)
    for _each in range(5):
        make.user()
    plan()
    assert reminders.expand_due() == (8, False)
    assert Notice.objects.count() == len(told()) == 8


def test_an_audience_that_fills_its_last_piece_is_settled_too(plan, people, monkeypatch):
    monkeypatch.setattr(reminders, "CHUNK", 3)
    plan()
    reminders.expand_due()
    assert (state(), Notice.objects.count()) == (State.DONE, 3)


def test_a_worker_that_dies_between_pieces_leaves_the_rest_to_the_next(plan, people, monkeypatch):
    monkeypatch.setattr(reminders, "CHUNK", 1)
    reminder = plan()
    reminders._expand_chunk(reminder.pk)
    assert (state(), Notice.objects.count()) == (State.PLANNED, 1)
    reminders.expand_due()
    assert (state(), Notice.objects.count()) == (State.DONE, 3)


def test_a_broken_rule_holds_up_no_other_and_ends_visibly(plan, people, rule, monkeypatch):
    def verdict(subject, reminder):
        if reminder.moment == "broken":
            raise RuntimeError("drill")
        return rule.__class__.verdict(rule, subject, reminder)

    monkeypatch.setattr(rule, "verdict", verdict)
    plan(-2, "broken")
    plan(-1, "sound")
    reminders.expand_due()
    assert Notice.objects.values_list("reminder__moment", flat=True).distinct().get() == "sound"
    broken = Reminder.objects.get(moment="broken")
    assert (broken.state, broken.failures) == (State.PLANNED, 1)
    assert broken.retry_at > timezone.now()
    for _attempt in range(reminders.MOST_FAILURES):
        Reminder.objects.filter(pk=broken.pk).update(retry_at=timezone.now() - SECOND)
        reminders.expand_due()
    broken.refresh_from_db()
    assert (broken.state, broken.failures) == (State.FAILED, reminders.MOST_FAILURES)
    assert broken.error == "RuntimeError: drill"


def test_a_failure_while_telling_leaves_nothing_half_done(plan, people, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("drill")

    plan()
    monkeypatch.setattr(Delivery.objects, "bulk_create", fail, raising=False)
    reminders.expand_due()
    assert (told(), Delivery.objects.count()) == (set(), 0)


def test_channels_are_those_of_the_rule(plan, people, rule, monkeypatch):
    monkeypatch.setattr(rule, "channels", ("inbox",), raising=False)
    plan()
    reminders.expand_due()
    assert set(Delivery.objects.values_list("channel", flat=True)) == {"inbox"}
