"""Two workers at once, or a worker and somebody who does the step: one comes first."""

from datetime import datetime
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from nanchuan.kernel.models import Event
from services.actions import chasing, clocks, dispatching, prompting, reckonings
from services.models import Assistance, Clock, Need, Reckoning
from tests import make
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 15
START = datetime.fromisoformat("2026-11-04T10:00:00+08:00")
LATE = datetime.fromisoformat("2026-11-13T10:00:00+08:00")  # the moment it is due: the unit hears


@pytest.fixture
def need(cast):
    return make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)


@pytest.fixture
def due_clock(cast, need):
    """A new clock each time, of which the unit is to be told."""

    def begun():
        Clock.objects.filter(need=need, stopped_at=None, done_at=None).update(stopped_at=LATE)
        clock = clocks.begin(need, "solve", at=START, unit=cast.wu_unit)
        Clock.objects.filter(pk=clock.pk).update(told_of=clock.due_at)
        clocks.reckon(need)
        return clock

    return begun


def told(clock):
    return Event.objects.filter(name="need.chased", facts__clock=clock.pk).count()


def both(act):
    barrier = Barrier(2)

    def run():
        barrier.wait(timeout=20)
        return act()

    return at_once(run, run)


def test_of_two_workers_one_tells_a_level(due_clock):
    for _ in range(ROUNDS):
        clock = due_clock()
        assert sorted(both(lambda pk=clock.pk: chasing.chase(pk, LATE))) == [0, 1]
        assert told(clock) == 1
        clock.refresh_from_db()
        assert clock.level == Clock.Level.UNIT


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time by itself")
def test_without_the_guards_both_would_tell_it(due_clock, monkeypatch):
    """The negative control: the same race with workers that only look, then write."""

    def look(pk):
        rows = Clock.objects.filter(pk=pk, done_at=None, stopped_at=None)
        return rows.select_related("need", "regulation").first()

    def write(clock, before, **facts):
        return bool(Clock.objects.filter(pk=clock.pk).update(**facts))

    monkeypatch.setattr(chasing, "_held", look)
    monkeypatch.setattr(chasing, "_move", write)
    twice = 0
    for _ in range(ROUNDS):
        clock = due_clock()
        both(lambda pk=clock.pk: chasing.chase(pk, LATE))
        twice += told(clock) == 2
    assert twice > 0


def test_done_and_chased_at_once_ends_done_and_told_at_most_once(due_clock, need):
    for _ in range(ROUNDS):
        clock = due_clock()
        at_once(
            lambda pk=clock.pk: chasing.chase(pk, LATE),
            lambda: clocks.finish(Need.objects.get(pk=need.pk), "solve", at=LATE),
        )
        clock.refresh_from_db()
        assert clock.done_at == LATE
        assert clock.next_at is None
        assert told(clock) == clock.level <= 1


def test_two_workers_reckon_all_needs_once_through(cast, monkeypatch):
    monkeypatch.setattr(reckonings, "FEW", 0)
    monkeypatch.setattr(clocks, "CHUNK", 3)
    needs = [make.need(cast.lin_unit) for _number in range(10)]
    for made in needs:
        if not Clock.objects.filter(need=made).exists():
            clocks.begin(made, "review", at=timezone.now())
    Clock.objects.update(next_at=None)
    asked = reckonings.ask()
    assert (asked.done, asked.passed_at) == (0, None)
    both(reckonings.work)
    asked = Reckoning.objects.get()
    assert asked.done == asked.total == Clock.objects.filter(done_at=None).count()
    assert asked.passed_at is not None
    assert not Clock.objects.filter(next_at=None).exists()


def test_of_two_workers_one_tells_what_is_owed(cast, need):
    for _ in range(ROUNDS):
        Assistance.objects.all().delete()
        row = make.assistance(need, cast.zhao_unit)
        Assistance.objects.update(due_at=LATE)
        told = both(lambda pk=row.pk: prompting.prompt("need.help_chased", pk, LATE))
        assert sorted(told) == [0, 1]
    assert Event.objects.filter(name="need.help_chased").count() == ROUNDS


def test_help_that_is_given_while_it_is_told_is_told_once_at_most(cast, need):
    for _ in range(ROUNDS):
        Assistance.objects.all().delete()
        row = make.assistance(need, cast.zhao_unit)
        Assistance.objects.update(due_at=LATE)
        barrier = Barrier(2)

        def tell(pk=row.pk, barrier=barrier):
            barrier.wait(timeout=20)
            return prompting.prompt("need.help_chased", pk, LATE)

        def give(barrier=barrier):
            barrier.wait(timeout=20)
            dispatching.finish_help(Need.objects.get(pk=need.pk), result="已协助", by=cast.zhao)

        told, _given = at_once(tell, give)
        said = Event.objects.filter(name="need.help_chased", facts__row=row.pk)
        assert said.count() == told <= 1
        assert prompting.prompt("need.help_chased", row.pk, LATE) == 0
