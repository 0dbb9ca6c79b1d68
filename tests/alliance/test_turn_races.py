"""A turn begins while somebody declines it or gives it away: it begins for who has it. And the
sweep of all groups never waits for an act that waits for it."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from alliance.actions import duties, handovers, holding
from alliance.actions import turns as actions
from alliance.models import Decline, Meeting, Origin, Turn
from nanchuan.kernel.states import StepRefused
from tests import make
from tests.alliance.test_rota_races import at_once

ROUNDS = 12
pytestmark = pytest.mark.django_db(transaction=True)


def beginning():
    """A turn of today that nobody has begun yet, and one for who comes after."""
    group = make.group(*(make.unit() for _each in range(3)))
    today = timezone.localdate()
    turn = make.turn(group.seats.get(order=1), starts_on=today)
    make.next_turn(turn, group.seats.get(order=2))
    return turn


def begin(turn):
    return lambda: duties.begin(Turn.objects.get(pk=turn.pk))


def play(act):
    """Rounds in which what hangs on the turn is not its unit's, or a turn was declined although
    it had begun."""
    wrong = 0
    for _round in range(ROUNDS):
        turn = beginning()
        at_once(begin(turn), lambda turn=turn: act(turn))
        turn.refresh_from_db()
        convening = Meeting.objects.get(turn=turn).convened_by
        declined = Decline.objects.filter(turn=turn, seat=turn.seat).exists()
        wrong += convening != turn.seat.unit or declined
    return wrong


def decline(turn):
    actions.decline(turn, reason="x", by=None)


def give(turn):
    seat = turn.group.seats.get(order=3)
    actions.assign(turn, seat=seat, origin=Origin.OVERRIDE, reason="x", by=None)


@pytest.mark.parametrize("act", [decline, give])
def test_it_begins_for_who_has_it(act):
    assert play(act) == 0


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time by itself")
def test_without_the_lock_a_turn_that_has_begun_is_declined(monkeypatch):
    """The negative control; the decline looks, then lets the turn begin, then writes."""
    monkeypatch.setattr(holding, "hold", lambda groups: [])
    careful = actions._check_ahead

    def slowly(turn, today):
        careful(turn, today)
        at_once(begin(turn))

    monkeypatch.setattr(actions, "_check_ahead", slowly)
    turn = beginning()
    decline(turn)
    assert Decline.objects.filter(turn=turn, seat=turn.seat).exists()


def test_the_sweep_and_the_acts_of_people_never_wait_for_each_other():
    for _round in range(ROUNDS):
        turns = []
        for _group in range(3):
            one, other = make.unit(), make.unit()
            group = make.group(one, other)
            ends_on = timezone.localdate() + timedelta(days=10)
            turn = make.begun(make.turn(group.seats.get(unit=one), ends_on=ends_on))
            make.next_turn(turn, group.seats.get(unit=other))
            make.handover(turn)
            turns.append(turn)

        def give_all(turns=turns):
            for turn in reversed(turns):
                seat = turn.group.seats.get(order=2)
                actions.assign(turn, seat=seat, origin=Origin.OVERRIDE, reason="x", by=None)

        try:
            at_once(handovers.open_due, handovers.open_due, give_all)
        except OperationalError as locked:
            pytest.fail(str(locked))
        except StepRefused:
            pass
