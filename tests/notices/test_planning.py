from datetime import timedelta

import pytest
from django.utils import timezone

from nanchuan.kernel import events
from nanchuan.notices.actions import reminders
from nanchuan.notices.models import Delivery, Reminder
from nanchuan.notices.rules import Plan, Silence
from tests import make

pytestmark = pytest.mark.django_db
State = Reminder.State


def states():
    return dict(Reminder.objects.values_list("moment", "state"))


def test_a_time_before_the_event_is_dropped(plan):
    assert plan(-60, asked=timedelta(minutes=30)) is None


def test_a_notice_at_the_moment_of_its_event_is_kept(subject):
    event = events.record("drill.asked", subject=subject, by=None)
    wanted = Plan("drill.note", subject, moment="notice", due_at=event.happened_at)
    reminders.plan(wanted, event=event)
    assert states() == {"notice": State.PLANNED}


def test_a_time_that_passed_while_the_worker_was_down_is_kept(plan):
    assert plan(-60, asked=timedelta(days=1)).state == State.PLANNED


def test_at_once_means_at_once_even_if_the_clock_of_the_web_server_runs_ahead(subject):
    ahead = timezone.now() + timedelta(hours=2)
    event = events.record("drill.asked", subject=subject, by=None, at=ahead)
    wanted = Plan("drill.note", subject, moment="notice", due_at=ahead)
    reminders.plan(wanted, event=event)
    assert Reminder.objects.due().count() == 1


def test_the_same_plan_twice_is_one_reminder_at_the_later_word(plan):
    first = plan(10)
    again = plan(20)
    assert again.pk == first.pk
    assert again.due_at - first.due_at > timedelta(minutes=9)


def test_what_was_said_stays_said(plan, people):
    said = plan()
    reminders.expand_due()
    again = plan(20)
    assert (again.pk, again.state, again.due_at) == (said.pk, State.DONE, said.due_at)


def test_what_was_cancelled_can_be_planned_again(plan, subject):
    plan(10)
    reminders.silence(Silence("drill.note", subject))
    assert states() == {"now": State.CANCELLED}
    assert plan(10).state == State.PLANNED


def test_silence_keeps_what_it_is_told_to_keep(plan, subject):
    plan(10, "early")
    plan(20, "late")
    reminders.silence(Silence("drill.note", subject, keep={"late"}))
    assert states() == {"early": State.CANCELLED, "late": State.PLANNED}


def test_silence_holds_back_mails_of_what_was_said_but_takes_back_no_notice(plan, subject, people):
    plan()
    reminders.expand_due()
    reminders.silence(Silence("drill.note", subject))
    assert states() == {"now": State.DONE}
    mails = Delivery.objects.filter(channel="email")
    assert set(mails.values_list("state", flat=True)) == {Delivery.State.CANCELLED}
    assert people[0].notices.count() == 1


def test_silence_is_about_one_subject_and_one_rule(plan, subject):
    plan(10)
    reminders.silence(Silence("drill.note", make.unit()))
    reminders.silence(Silence("meeting.reminder", subject))
    assert states() == {"now": State.PLANNED}


def test_a_rule_that_nobody_has_is_a_mistake_to_be_seen(subject):
    event = events.record("drill.asked", subject=subject, by=None)
    wanted = Plan("no.such", subject, moment="notice", due_at=event.happened_at)
    with pytest.raises(LookupError):
        reminders.plan(wanted, event=event)


def test_cancelled_halfway_and_planned_again_sends_each_mail_once(
    plan, subject, people, monkeypatch, mailoutbox
):
    from nanchuan.notices.actions import deliveries

    monkeypatch.setattr(reminders, "CHUNK", 1)
    reminder = plan()
    reminders._expand_chunk(reminder.pk)  # one of three was told
    reminders.silence(Silence("drill.note", subject))
    deliveries.send_batch()
    assert mailoutbox == []
    plan()
    reminders.expand_due()
    while deliveries.send_batch():
        pass
    assert sorted(mail.to[0] for mail in mailoutbox) == sorted(p.email for p in people[:2])
    assert [person.notices.count() for person in people] == [1, 1, 1]
