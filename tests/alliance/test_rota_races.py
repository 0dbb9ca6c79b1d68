"""Two people at once leave a valid rota, or one of them hears why not. The control: without
reading the turn anew once the group is held, both would happen."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from alliance.actions import planning, swaps
from alliance.actions import turns as actions
from alliance.models import Assignment, Decline, Origin, Swap, Turn
from tests import make
from tests.races import at_once, refusals

ROUNDS = 12
pytestmark = pytest.mark.django_db(transaction=True)


def planned(seats=3):
    """A group that is planned for next year, with nothing begun, and its turns."""
    group = make.group(*(make.unit() for _each in range(seats)))
    planning.generate([group], year=timezone.localdate().year + 1, by=None)
    rows = Turn.objects.filter(group=group).select_related("group", "seat__unit")
    return group, list(rows.order_by("starts_on"))


def decline(turn):
    return lambda: actions.decline(turn, reason="x", by=None)


def assign(turn, seat):
    given = {"seat": seat, "origin": Origin.OVERRIDE, "reason": "x", "by": None}
    return lambda: actions.assign(turn, **given)


def confirm(swap):
    return lambda: swaps.confirm(swap, by=None)


def agreed(one, other):
    swap = swaps.propose(one, other, reason="x", by=None)
    Swap.objects.filter(pk=swap.pk).update(status=Swap.Status.AGREED)
    return swap


def check(group):
    """One turn each day; the newest word of its history is what it says; nobody has by order
    what it declined."""
    rows = list(group.turns.order_by("starts_on"))
    for before, after in pairwise(rows):
        assert after.starts_on == before.ends_on + timedelta(days=1)
    for turn in rows:
        last = Assignment.objects.filter(turn=turn).order_by("-pk").first()
        assert last.seat_id == turn.seat_id
        if turn.origin == Origin.ORDER and turn.seat_id:
            assert not Decline.objects.filter(turn=turn, seat=turn.seat).exists()


def test_two_who_plan_at_once_leave_one_valid_rota():
    year = timezone.localdate().year + 1
    for _round in range(ROUNDS):
        group = make.group(make.unit(), make.unit())
        plan = lambda group=group: planning.generate([group], year=year, by=None)  # noqa: E731
        assert len(refusals(at_once(plan, plan))) == 1
        check(group)


def test_a_decline_and_an_override_at_once():
    for _round in range(ROUNDS):
        group, turns = planned()
        at_once(decline(turns[1]), assign(turns[1], turns[2].seat))
        check(group)


def test_two_declines_at_once():
    for _round in range(ROUNDS):
        group, turns = planned()
        at_once(decline(turns[0]), decline(turns[1]))
        check(group)


def test_two_units_that_pass_a_turn_on_at_once_leave_it_to_somebody():
    """The second hears that it is another's by then, or declines for that one: never nobody's
    while somebody is left."""
    for _round in range(ROUNDS):
        group, turns = planned(2)
        at_once(decline(turns[1]), decline(turns[1]))
        check(group)
        turn = Turn.objects.get(pk=turns[1].pk)
        assert turn.is_open == (Decline.objects.filter(turn=turn).count() == 2)


def test_a_swap_is_confirmed_once():
    for _round in range(ROUNDS):
        group, turns = planned()
        swap = agreed(*turns[:2])
        assert len(refusals(at_once(confirm(swap), confirm(swap)))) == 1
        check(group)
        assert Assignment.objects.filter(turn=swap.first).count() == 2


def confirmed_and_declined():
    """Of a swap that is confirmed and a turn of it that is declined, only one can be."""
    group, turns = planned()
    swap = agreed(*turns[:2])
    at_once(confirm(swap), decline(turns[1]))
    check(group)
    swap.refresh_from_db()
    is_declined = Decline.objects.filter(turn=turns[1]).exists()
    return swap.status == Swap.Status.CONFIRMED and is_declined


def test_a_swap_is_confirmed_or_its_turn_declined_but_never_both():
    assert not any(confirmed_and_declined() for _round in range(ROUNDS))


def test_without_reading_anew_both_would_happen(monkeypatch):
    monkeypatch.setattr(actions, "_held", lambda turn: turn)
    assert any(confirmed_and_declined() for _round in range(ROUNDS))


def test_a_turn_given_away_twice_has_both_in_its_history():
    for _round in range(ROUNDS):
        group, turns = planned()
        both = at_once(assign(turns[1], turns[0].seat), assign(turns[1], turns[2].seat))
        assert not refusals(both)
        check(group)
        assert Assignment.objects.filter(turn=turns[1]).count() == 3
