"""`/healthz`: alive. `/readyz`: database, broker and workers, with the reason if not."""

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from nanchuan.notices.models import Channel, Tick
from nanchuan.notices.tasks import mark_tick
from nanchuan.portal.views import health

DEMANDED = ("tick", "mail", "imports", "matching")  # whatever channels there are


@pytest.fixture
def working(db):
    for name in DEMANDED:
        mark_tick(name)


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
    assert set(answer.json()["worker"].split(", ")) == {f"{name}: not yet" for name in DEMANDED}


def silent(name, minutes):
    mark_tick(name)
    Tick.objects.filter(name=name).update(at=timezone.now() - timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("name", "minutes"), [("tick", 3), ("mail", 3), ("imports", 16), ("matching", 16)]
)
def test_not_ready_when_a_worker_fell_silent(client, working, name, minutes):
    silent(name, minutes)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["worker"] == f"{name}: {minutes * 60} s ago"


@pytest.mark.parametrize("name", ["imports", "matching"])
def test_what_works_on_whole_tables_may_take_its_time(client, working, name):
    silent(name, 10)
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("wecom", "wecom_app"),
        ("sms", "sms"),
        ("robot", "wecom_robot"),
        ("robot", "dingtalk_robot"),
        ("robot", "feishu_robot"),
    ],
)
def test_a_channel_is_demanded_once_it_is_switched_on(client, working, name, kind):
    silent(name, 3)
    row = Channel.objects.create(kind=kind, name="new")
    assert client.get("/readyz").status_code == 200
    Channel.objects.filter(pk=row.pk).update(is_on=True)
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
