"""`/healthz`: alive. `/readyz`: database, broker and workers, with the reason if not."""

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from nanchuan.notices.models import Tick
from nanchuan.notices.tasks import mark_tick
from nanchuan.portal.views import health


@pytest.fixture
def working(db):
    mark_tick("tick")
    mark_tick("mail")


def test_alive_asks_nobody(client):
    """Without the database fixture any query would fail."""
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_ready_when_everything_works(client, working):
    answer = client.get("/readyz")
    assert answer.json() == {"database": "ok", "broker": "ok", "worker": "ok"}
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]


def test_not_ready_before_the_first_tick(client, db):
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["worker"] == "tick: not yet, mail: not yet"


@pytest.mark.parametrize("name", ["tick", "mail"])
def test_not_ready_when_a_worker_fell_silent(client, working, name):
    Tick.objects.filter(name=name).update(at=timezone.now() - timedelta(minutes=3))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["worker"] == f"{name}: 180 s ago"


def test_not_ready_without_a_broker(client, working, monkeypatch):
    class Broken:
        def connection_for_write(self, **options):
            raise ConnectionRefusedError("redis://secret@host")

    monkeypatch.setattr(health, "current_app", Broken())
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["broker"] == "does not answer"


def test_not_ready_without_a_database(client, working, monkeypatch):
    class Broken:
        def cursor(self):
            raise DatabaseError("password=secret")

    monkeypatch.setattr(health, "connection", Broken())
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "does not answer"
    assert answer.json()["worker"] == "unknown"
