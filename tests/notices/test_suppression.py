from datetime import timedelta

import pytest
from django.utils import timezone

from nanchuan.kernel import events
from nanchuan.kernel.models import Event
from nanchuan.notices.actions import deliveries, reminders, suppress
from nanchuan.notices.actions import events as handling
from nanchuan.notices.models import Delivery, Notice, Reminder

pytestmark = pytest.mark.django_db


def test_the_past_is_written_down_and_not_sent(subject, people, mailoutbox):
    now = timezone.now()
    moments = {"past": now - timedelta(days=1), "coming": now + timedelta(days=1)}
    events.record(
        "drill.planned",
        subject=subject,
        by=None,
        at=now - timedelta(days=9),
        moments={name: moment.isoformat() for name, moment in moments.items()},
    )
    suppress(before=now)
    reminders.expand_due()
    deliveries.send_batch()
    assert dict(Reminder.objects.values_list("moment", "state")) == {
        "past": "suppressed",
        "coming": "planned",
    }
    assert set(Delivery.objects.values_list("recipient", "channel", "state")) == {
        (person.pk, channel, "suppressed")
        for person in people
        for channel in ("inbox", "email")
        if channel == "inbox" or person.email
    }
    assert (Notice.objects.count(), mailoutbox) == (0, [])


def test_what_comes_is_still_said(plan, people):
    plan(10)
    suppress(before=timezone.now())
    Reminder.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    reminders.expand_due()
    assert Notice.objects.count() == 3


def test_mails_that_wait_since_before_are_suppressed(plan, people, mailoutbox):
    plan()
    reminders.expand_due()
    suppress(before=timezone.now())
    deliveries.send_batch()
    mails = Delivery.objects.filter(channel="email")
    assert set(mails.values_list("state", flat=True)) == {"suppressed"}
    assert mailoutbox == []


def test_an_event_that_cannot_be_handled_is_not_sent_by_a_later_attempt(subject):
    broken = events.record("drill.broken", subject=subject, by=None)
    suppress(before=timezone.now())
    assert Event.objects.get(pk=broken.pk).failures >= handling.MOST_FAILURES
    assert not handling.waiting().exists()


def test_suppressing_twice_changes_nothing(plan, people):
    plan(-1)
    suppress(before=timezone.now())
    before = list(Delivery.objects.order_by("pk").values())
    suppress(before=timezone.now())
    assert list(Delivery.objects.order_by("pk").values()) == before


def test_a_suppressed_moment_stays_so_when_planned_again(plan, people):
    plan(-1)
    suppress(before=timezone.now())
    assert plan(-1).state == "suppressed"
