"""The bell only hastens: nothing depends on it, and a broker that is down costs nothing."""

import socket
import time
from datetime import timedelta

import kombu
import pytest
from celery import Celery
from django.utils import timezone
from kombu import connection

from nanchuan.celery import LONGEST_PAUSE, app
from nanchuan.kernel import events
from nanchuan.notices import bell, tasks, watch
from nanchuan.notices.models import Reminder, Tick


@pytest.fixture(autouse=True)
def waking(quiet, monkeypatch):
    monkeypatch.setattr(bell, "_silent_until", 0.0)


@pytest.fixture
def rung(monkeypatch):
    """What was rung for, instead of ringing."""
    heard = []
    monkeypatch.setattr(bell, "ring", heard.append)
    return heard


def test_it_rings_once_for_a_transaction_and_after_it(
    rung, subject, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        events.record("drill.asked", subject=subject, by=None)
        events.record("drill.asked", subject=subject, by=None)
        assert rung == []
    assert rung == [tasks.tick]


def test_a_transaction_that_fails_does_not_ring(rung, subject, django_capture_on_commit_callbacks):
    from django.db import transaction

    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            events.record("drill.asked", subject=subject, by=None)
            1 / 0  # noqa: B018
        assert callbacks == []
        events.record("drill.asked", subject=subject, by=None)
    assert rung == [tasks.tick]


def nothing():
    pass


def unreachable(kind):
    """A broker that refuses, or one that accepts and says nothing, as a frozen one does."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    if kind == "frozen":
        listener.listen(20)
    return listener


@pytest.mark.parametrize("kind", ["refusing", "frozen"])
def test_a_broker_that_is_down_hardly_slows_a_request(kind, caplog):
    with unreachable(kind) as listener:
        app = Celery("drill", set_as_current=False)
        app.conf.update(
            broker_url=f"redis://127.0.0.1:{listener.getsockname()[1]}/0",
            broker_transport_options={"health_check_interval": 5},
            task_ignore_result=True,
        )
        task = app.task(nothing, name="drill.task")
        started = time.monotonic()
        assert bell.ring(task) is False
        assert time.monotonic() - started < 2
        assert ("refused" if kind == "refusing" else "Timeout") in caplog.text
        started = time.monotonic()
        assert bell.ring(task) is False
        assert time.monotonic() - started < 0.05  # silent for a while
        app.close()


@pytest.mark.django_db
def test_a_tick_handles_says_and_rings_for_the_mails(rung, plan, people):
    plan()
    tasks.tick()
    assert Reminder.objects.get().state == "done"
    assert rung == [tasks.send_mail]
    assert Tick.objects.filter(name="tick").exists()


@pytest.mark.django_db
def test_a_tick_with_nothing_to_say_rings_for_nobody(rung):
    tasks.tick()
    assert rung == []


@pytest.mark.django_db
def test_a_tick_that_does_not_finish_in_time_rings_for_another(rung, plan, people, monkeypatch):
    monkeypatch.setattr(tasks, "PATIENCE", -1)
    plan()
    tasks.tick()
    assert tasks.tick in rung


@pytest.mark.django_db
def test_mails_are_sent_batch_by_batch_until_none_is_left(rung, plan, people, mailoutbox):
    from nanchuan.notices.actions import deliveries

    plan()
    tasks.tick()
    tasks.send_mail()
    assert len(mailoutbox) == 2
    assert deliveries.claim()[1] == []
    assert Tick.objects.filter(name="mail").exists()


@pytest.mark.django_db
def test_the_heart_beats_on(rung):
    tasks.tick()
    first = Tick.objects.get(name="tick").at
    tasks.tick()
    assert Tick.objects.get(name="tick").at >= first


@pytest.mark.django_db
def test_a_worker_that_hears_no_bell_looks_by_itself(rung, plan, people, mailoutbox):
    plan()
    watch.look()
    assert Reminder.objects.get().state == "done"
    assert len(mailoutbox) == 2


@pytest.mark.django_db
def test_a_worker_that_hears_the_bell_leaves_it_at_that(rung, plan, people):
    tasks.mark_tick("tick")
    plan()
    watch.look()
    assert Reminder.objects.get().state == "planned"
    Tick.objects.update(at=timezone.now() - watch.QUIET - timedelta(seconds=5))
    watch.look()
    assert Reminder.objects.get().state == "done"


@pytest.mark.django_db
def test_a_look_that_fails_is_not_the_last_one(rung, plan, people, monkeypatch):
    def fail():
        raise RuntimeError("drill")

    monkeypatch.setattr(watch, "tick", fail)
    watch.look()
    monkeypatch.undo()


def test_a_broker_that_was_lost_is_looked_for_every_few_seconds(monkeypatch):
    asked = []
    monkeypatch.setattr(
        connection, "retry_over_time", lambda *given, **_options: asked.append(given[8])
    )
    with app.connection_for_read() as line:
        line.ensure_connection()
    assert asked == [LONGEST_PAUSE]


def test_what_asks_for_the_broker_by_place_is_heard(monkeypatch):
    """So kombu asks when a line breaks in the middle of a message, as that of beat does."""
    asked = []
    monkeypatch.setattr(
        kombu.Connection, "_ensure_connection", lambda self, *how, **more: asked.append(how[:5])
    )
    app.connection()._ensure_connection(None, 3, 1, 1, 30, reraise_as_library_errors=False)
    app.connection()._ensure_connection(None, 3, 1, 1, 2)
    assert [how[-1] for how in asked] == [LONGEST_PAUSE, 2]
