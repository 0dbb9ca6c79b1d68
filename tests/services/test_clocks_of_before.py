"""Needs that were there before the clocks have those that they would have had."""

from datetime import datetime
from importlib import import_module

import pytest
from django.apps import apps

from nanchuan.kernel.models import Event
from services.actions import chasing, dispatching, filing, review, solving, work
from services.models import Clock, Need, Pause
from tests import make

pytestmark = pytest.mark.django_db
MIGRATION = import_module("services.migrations.0008_clocks_of_before")
STATUSES = (
    "submitted",
    "returned",
    "declined",
    "published",
    "accepted",
    "in_progress",
    "offered",
    "solved",
    "closed",
    "withdrawn",
)


def at(words):
    return datetime.fromisoformat(f"2026-11-{words}:00+08:00")


@pytest.fixture(autouse=True)
def the_day_of_the_migration(time_machine):
    time_machine.move_to(at("18T10:00"), tick=False)


def filled_again():
    """As if no clock had ever been kept."""
    Clock.objects.all().delete()
    Pause.objects.all().delete()
    Need.objects.update(due_at=None)
    for _ in range(2):
        MIGRATION.fill(apps, None)


def running(need):
    rows = Clock.objects.filter(need=need, done_at=None, stopped_at=None).order_by("kind")
    return [
        (row.kind, row.unit, row.days, row.regulation, row.started_at, row.due_at) for row in rows
    ]


@pytest.mark.parametrize("status", STATUSES)
def test_the_same_clocks_run_in_each_status(cast, status):
    need = make.need(cast.lin_unit, status, taken_by=cast.wu_unit, at=at("17T10:00"))
    before, due_at = running(need), Need.objects.get().due_at
    filled_again()
    assert running(need) == before
    assert Need.objects.get().due_at == due_at
    assert not Clock.objects.filter(due_at__lte=at("17T10:00")).exists()


def test_a_long_story_has_the_same_clocks_in_the_same_order(cast, sun):
    need = make.need(cast.lin_unit, at=at("02T10:00"))
    review.send_back(need, reason="请补充", by=sun, at=at("02T15:00"))
    filing.change(need, content="补充", by=cast.lin, at=at("04T09:00"))
    review.publish(need, by=sun, at=at("04T16:00"))
    dispatching.accept(need, unit=cast.wu_unit, by=cast.wu, at=at("05T11:00"))
    work.contact(need, text="已联系", by=cast.wu, at=at("06T09:30"))
    solving.offer(need, text="已解决", by=cast.wu, at=at("09T14:30"))
    solving.refuse(need, reason="没有解决", by=cast.lin, at=at("11T08:30"))
    facts = ("kind", "unit", "days", "started_at", "due_at", "done_at", "stopped_at")
    before = list(Clock.objects.order_by("started_at", "pk").values(*facts))
    pauses = list(Pause.objects.order_by("started_at").values("why", "started_at", "ended_at"))
    assert len(before) == 5 and len(pauses) == 2
    filled_again()
    assert list(Clock.objects.order_by("started_at", "pk").values(*facts)) == before
    kept = Pause.objects.order_by("started_at").values("why", "started_at", "ended_at")
    assert list(kept) == pauses


def test_who_would_have_been_told_by_now_hears_no_more_of_it(cast, monkeypatch):
    old = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit, at=at("02T10:00"))
    new = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit, at=at("09T09:00"))
    filled_again()
    rows = {row.need_id: row for row in Clock.objects.filter(kind="solve", done_at=None)}
    assert (rows[old.pk].level, rows[old.pk].next_at) == (Clock.Level.LEADER, None)
    assert (rows[new.pk].level, rows[new.pk].next_at) == (Clock.Level.UNIT, at("19T09:00"))
    monkeypatch.setattr(chasing, "database_now", lambda: at("18T10:00"))
    chasing.chase_due()
    assert not Event.objects.filter(name="need.chased").exists()
