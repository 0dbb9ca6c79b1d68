import shutil
import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connections
from django.utils import timezone

from deploy.chaos.servers import RedisServer
from nanchuan.kernel import events
from nanchuan.kernel.models import Event
from nanchuan.notices import bell
from nanchuan.notices.actions import reminders
from nanchuan.notices.models import Reminder
from nanchuan.notices.rules import Plan, rule_named
from tests import make
from tests.notices import drill  # noqa: F401 — registers its rule
from tests.notices.processes import MailServer, Portal, own_database
from tests.notices.webhooks import Server


@pytest.fixture
def rule():
    """The rule of the drill; tests patch what it answers."""
    return rule_named("drill.note")


@pytest.fixture
def subject(db):
    return make.unit()


@pytest.fixture
def plan(subject):
    """Plan a reminder the way a handler does: `plan(in_minutes)`; returns the row."""

    def planned(minutes=0, moment="now", *, asked=timedelta(days=1), expires=None, **params):
        now = timezone.now()
        event = events.record("drill.asked", subject=subject, by=None, at=now - asked)
        Event.objects.filter(pk=event.pk).update(handled_at=now)
        reminders.plan(
            Plan(
                "drill.note",
                subject,
                moment=moment,
                due_at=now + timedelta(minutes=minutes),
                expires_at=None if expires is None else now + timedelta(minutes=expires),
                params=params,
            ),
            event=event,
        )
        return Reminder.objects.filter(moment=moment).first()

    return planned


@pytest.fixture
def people(db):
    """Three people who should hear; the last one has no address."""
    return [make.user(), make.user(), make.user(email="")]


@pytest.fixture
def crossing(transactional_db):
    """`crossing(work, times)`: the same work in threads at once, each with its connection."""
    return run_at_once


def run_at_once(work, times=2):
    start, failed = threading.Barrier(times), []

    def run(number):
        try:
            start.wait(10)
            work(number)
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failed, failed


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """Nobody answers the bell in these tests; those of the bell itself put it back."""
    monkeypatch.setattr(bell, "_silent_until", float("inf"))


@pytest.fixture
def own_redis(tmp_path, django_db_setup, django_db_blocker):
    """A portal whose Redis may be killed: (portal, Redis)."""
    if not settings.REDIS_URL or not shutil.which("redis-server"):
        pytest.skip("no REDIS_URL, or no redis-server to start another one")
    mail, server = MailServer(), RedisServer(tmp_path)
    with django_db_blocker.unblock(), own_database(tmp_path) as database_url:
        made = Portal(tmp_path, server.url, database_url, mail)
        try:
            made.cookie = made.seed("people", 3)["cookie"]
            yield made, server
        finally:
            made.stop()
            server.kill()
            mail.stop()


@pytest.fixture
def there(settings):
    """Somebody else's server, on loopback, which the settings allow to call."""
    settings.OUTBOUND_HOSTS = ["127.0.0.1"]
    settings.OUTBOUND_NETWORKS = ["127.0.0.0/8"]
    settings.OUTBOUND_PLAIN_HTTP = True
    with Server() as server:
        yield server
