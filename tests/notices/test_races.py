"""Two workers at once, each with a connection of its own."""

import threading
import time

import pytest

from nanchuan.kernel import events as kernel
from nanchuan.notices.actions import deliveries, events, reminders
from nanchuan.notices.models import Delivery, Notice, Reminder
from nanchuan.notices.senders import email
from tests import make

ROUNDS = 5


@pytest.fixture
def crowd(crossing):
    for number in range(30):
        make.user(username=f"crowd{number}")


@pytest.mark.parametrize("guarded", [True, False])
def test_two_ticks_tell_everybody_once(crossing, crowd, plan, monkeypatch, guarded):
    """Negative control: without the lock both tell, and the database has to refuse one."""
    monkeypatch.setattr(reminders, "CHUNK", 7)
    tell = reminders.tell

    def tell_slowly(*args):
        time.sleep(0.02)
        tell(*args)

    monkeypatch.setattr(reminders, "tell", tell_slowly)
    if not guarded:
        unlocked = reminders._expand_chunk.__wrapped__
        monkeypatch.setattr(reminders, "_expand_chunk", unlocked)
        monkeypatch.setattr(
            reminders,
            "_claim",
            lambda pk: (
                Reminder.objects.due()
                .filter(pk=pk)
                .annotate(has_expired=reminders.Value(False), now=reminders.Now())
                .first()
            ),
        )
    for number in range(ROUNDS):
        plan(0, f"round{number}", audience="crowd")
    crossing(lambda _number: reminders.expand_due(), times=3)
    rests = Reminder.objects.filter(failures__gt=0).count()
    if guarded:
        assert rests == 0
        assert Notice.objects.count() == Delivery.objects.filter(channel="inbox").count()
        assert Notice.objects.count() == 30 * ROUNDS
        assert not Reminder.objects.exclude(state="done").exists()
    else:
        assert rests > 0


def test_two_workers_handle_each_event_once(crossing, subject):
    asked, lock = [], threading.Lock()

    def handler(event):
        with lock:
            asked.append(event.pk)
        time.sleep(0.01)
        return ()

    kernel.handlers("drill.counted").append(handler)
    try:
        for number in range(20):
            kernel.record("drill.counted", subject=subject if number % 2 else make.unit(), by=None)
        crossing(lambda _number: events.handle_waiting(), times=3)
    finally:
        kernel.handlers("drill.counted").remove(handler)
    assert len(asked) == len(set(asked)) == 20


def test_the_story_of_a_subject_stays_in_order_with_many_workers(crossing, subject):
    heard, lock = [], threading.Lock()

    def handler(event):
        time.sleep(0.01 if event.facts["number"] % 2 else 0)
        with lock:
            heard.append(event.facts["number"])
        return ()

    kernel.handlers("drill.told").append(handler)
    try:
        for number in range(12):
            kernel.record("drill.told", subject=subject, by=None, number=number)
        crossing(lambda _number: events.handle_waiting(), times=3)
        events.handle_waiting()
    finally:
        kernel.handlers("drill.told").remove(handler)
    assert heard == list(range(12))


@pytest.mark.parametrize("leased", [True, False])
def test_no_mail_is_sent_by_two_workers(crossing, crowd, plan, monkeypatch, leased):
    """Negative control: without a lease every worker sends every mail."""
    sent, lock = [], threading.Lock()

    class Server:
        def open(self):
            pass

        close = open

        def send_messages(self, messages):
            time.sleep(0.002)
            with lock:
                sent.extend(message.to[0] for message in messages)

    monkeypatch.setattr(email, "get_connection", Server)
    plan(0, audience="crowd")
    reminders.expand_due()
    if not leased:
        everything = list(Delivery.objects.filter(channel="email").values_list("pk", flat=True))
        monkeypatch.setattr(deliveries, "claim", lambda *given: ("", everything))
        monkeypatch.setattr(deliveries, "renew", lambda pk, token, *holds: True)

    def work(_number):
        while deliveries.send_batch(limit=4) and leased:
            pass

    crossing(work, times=3)
    if leased:
        assert len(sent) == len(set(sent)) == 30
        assert not Delivery.objects.exclude(state="sent").exists()
    else:
        assert len(sent) > 30
