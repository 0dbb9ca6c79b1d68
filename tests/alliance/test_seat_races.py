"""Two of the office change the seats of a group at once, on connections of their own."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from time import sleep

import pytest
from django.db import IntegrityError, close_old_connections, connection
from django.utils import timezone

from alliance.actions import seats
from alliance.models import Group, Lead, Seat
from members.models import Unit
from nanchuan.kernel.states import StepRefused
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 8


def day(days):
    return timezone.localdate() + timedelta(days=days)


def at_once(*acts):
    barrier = Barrier(len(acts))

    def run(act):
        close_old_connections()
        try:
            barrier.wait(timeout=20)
            act()
        except (StepRefused, IntegrityError) as refusal:
            return type(refusal)
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.fixture
def unguarded(monkeypatch):
    """The guard switched off: acts look first, each by itself, then write without a lock."""
    monkeypatch.setattr(seats, "hold", lambda group, *units: group)
    for act in ("join", "leave", "name_lead"):
        plain = getattr(seats, act).__wrapped__
        monkeypatch.setattr(seats, act, plain)
    for check in ("check_join", "check_leave", "check_lead"):
        monkeypatch.setattr(seats, check, slowly(getattr(seats, check)))


def slowly(check):
    """Both have looked before either writes."""

    def checked(*arguments):
        found = check(*arguments)
        sleep(0.15)
        return found

    return checked


def both_join(unit, group):
    def join():
        mine, place = Unit.objects.get(pk=unit.pk), Group.objects.get(pk=group.pk)
        seats.join(mine, place, starts_on=day(0), by=None)

    return at_once(join, join)


def test_of_two_who_enter_the_same_unit_one_is_told():
    for _round in range(ROUNDS):
        unit, group = make.unit(), make.group()
        assert sorted(both_join(unit, group), key=str) == sorted([None, StepRefused], key=str)
        assert unit.seats.count() == 1


def test_without_the_lock_only_the_database_says_no(unguarded):
    """The negative control: nobody is told in words."""
    unit, group = make.unit(), make.group()
    assert IntegrityError in both_join(unit, group)
    assert unit.seats.count() == 1


def test_two_units_that_join_at_once_get_places_of_their_own():
    for _round in range(ROUNDS):
        group, units = make.group(), [make.unit(), make.unit()]
        acts = [
            lambda unit=unit, group=group: seats.join(unit, group, starts_on=day(0), by=None)
            for unit in units
        ]
        assert at_once(*acts) == [None, None]
        assert sorted(group.seats.values_list("order", flat=True)) == [1, 2]


def leave_against_lead(seat):
    def leave():
        seats.leave(Seat.objects.get(pk=seat.pk), on=day(5), reason="迁出", by=None)

    def lead():
        seats.name_lead(Seat.objects.get(pk=seat.pk), on=day(3), by=None)

    return at_once(leave, lead)


def outlives(seat):
    """Whether a unit leads its group on a day on which it does not sit there."""
    seat.refresh_from_db()
    times = Lead.objects.filter(seat=seat)
    return any(lead.ends_on is None or lead.ends_on > seat.ends_on for lead in times)


def seat_in_a_group():
    return make.seat(make.unit(), make.group(make.unit()), order=2)


def test_nobody_leads_after_it_left():
    for _round in range(ROUNDS):
        seat = seat_in_a_group()
        assert StepRefused not in leave_against_lead(seat)
        assert not outlives(seat)


def test_without_the_lock_it_would_lead_after_it_left(unguarded):
    """The negative control; on a busy machine the first rounds may miss each other."""

    def outlived():
        seat = seat_in_a_group()
        leave_against_lead(seat)
        return outlives(seat)

    assert any(outlived() for _round in range(10))
