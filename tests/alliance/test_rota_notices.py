"""Who hears of the rota: the unit that is due, whoever a change concerns, the office when a turn
is open, both sides of a swap."""

from datetime import timedelta

import pytest
from django.utils import timezone

from alliance.actions import planning, swaps
from alliance.actions import turns as actions
from alliance.models import Origin, Regulation
from nanchuan.notices.models import Notice, Reminder
from nanchuan.notices.tasks import tick
from tests import make


@pytest.fixture
def pair(db):
    """Two units with a speaker each, planned for next year."""
    group = make.group(make.unit(name="甲公司"), make.unit(name="乙公司"))
    group.speakers = {
        seat.pk: make.liaison(seat.unit) for seat in group.seats.select_related("unit")
    }
    year = timezone.localdate().year + 1
    planning.generate([group], year=year, by=None)
    group.ahead = list(
        group.turns.filter(starts_on__year=year).order_by("starts_on").select_related("group")
    )
    return group


def heard(user):
    tick()
    rows = Notice.objects.filter(recipient=user).order_by("pk")
    found = list(rows.values_list("reminder__rule", flat=True))
    rows.delete()
    return found


def holder(group, turn):
    return group.speakers[turn.seat_id]


def test_each_unit_hears_of_its_own_turns(pair):
    first = pair.ahead[0]
    assert heard(holder(pair, first)).count("turn.planned") == 2
    assert heard(make.liaison(make.unit())) == []


def test_the_next_unit_is_reminded_as_long_before_as_the_system_says(pair):
    tick()
    turn = pair.ahead[0]
    (plan,) = Reminder.objects.filter(rule="turn.coming", subject_id=turn.pk)
    assert timezone.localdate(plan.due_at) == turn.starts_on - timedelta(days=14)
    Reminder.objects.filter(pk=plan.pk).update(due_at=timezone.now())
    assert "turn.coming" in heard(holder(pair, turn))


def test_another_notice_period_is_a_setting(db):
    Regulation.objects.create(
        text="rota",
        number=1,
        title="企业轮值制度",
        status="adopted",
        starts_on=make.LONG_AGO,
        adopted_at=timezone.now(),
        settings={"turn_notice_days": 30},
    )
    group = make.group(make.unit())
    (turn, *_rest) = planning.generate([group], year=timezone.localdate().year + 1, by=None)[-4:]
    tick()
    (plan,) = Reminder.objects.filter(rule="turn.coming", subject_id=turn.pk)
    assert timezone.localdate(plan.due_at) == turn.starts_on - timedelta(days=30)


def test_a_declined_turn_is_told_to_both_and_reminded_of_to_the_new_one(pair, sun):
    first, second = pair.ahead[:2]
    old, new = holder(pair, first), holder(pair, second)
    heard(old), heard(new)
    actions.decline(first, reason="检修", by=sun)
    assert "turn.reassigned" in heard(old)
    assert "turn.reassigned" in heard(new)
    rows = Reminder.objects.filter(rule="turn.coming", subject_id=first.pk)
    rows.update(due_at=timezone.now())
    assert heard(old) == []
    assert heard(new).count("turn.coming") == 1


def test_an_open_turn_is_the_offices_until_somebody_has_it(pair, sun):
    first = pair.ahead[0]
    for _each in range(2):
        actions.decline(first, reason="忙", by=sun)
    assert heard(sun).count("turn.open") == 1
    seat = pair.seats.order_by("order").first()
    actions.assign(first, seat=seat, origin=Origin.OVERRIDE, reason="协商", by=sun)
    Reminder.objects.filter(rule="turn.open").update(due_at=timezone.now())
    assert "turn.open" not in heard(sun)


def test_a_swap_is_told_to_who_must_act_next(pair, sun):
    first, second = pair.ahead[:2]
    asker, asked = holder(pair, first), holder(pair, second)
    for user in (asker, asked, sun):
        heard(user)
    swap = swaps.propose(first, second, reason="展会", by=asker)
    assert (heard(asker), heard(asked), heard(sun)) == ([], ["swap.asked"], [])
    swaps.agree(swap, by=asked)
    assert (heard(asked), heard(sun)) == ([], ["swap.agreed"])
    swap.refresh_from_db()
    swaps.confirm(swap, by=sun)
    assert "swap.settled" in heard(asker)
    assert "swap.settled" in heard(asked)


def test_a_withdrawn_swap_asks_nobody_any_more(pair):
    first, second = pair.ahead[:2]
    asker, asked = holder(pair, first), holder(pair, second)
    heard(asked)
    swap = swaps.propose(first, second, reason="展会", by=asker)
    swaps.withdraw(swap, by=asker)
    assert heard(asked) == ["swap.settled"]


def test_of_turns_that_are_over_nobody_hears(pair):
    """As when last year's rota is entered afterwards."""
    group = make.group(make.unit())
    speaker = make.liaison(group.seats.get().unit)
    year = timezone.localdate().year - 1
    long_ago = timezone.now() - timedelta(days=400)
    planning.generate([group], year=year + 1, by=None, at=long_ago)
    tick()
    turns = group.turns.filter(ends_on__lt=timezone.localdate())
    told = Notice.objects.filter(recipient=speaker, reminder__subject_id__in=turns)
    assert not told.exists()
