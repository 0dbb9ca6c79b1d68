"""Which groups a person sees is part of the rights that a request reads once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alliance.models import Group, Meeting, Seat, Turn
from nanchuan.kernel import roles
from services.models import Need

YESTERDAY = timezone.localdate() - timedelta(days=1)
pytestmark = pytest.mark.django_db


def seats_of(user) -> set:
    roles.forget(user)
    return {grant.place for grant in roles.grants(user) if grant.role == roles.SEAT}


def test_a_seat_in_a_group_is_known_with_the_rights(cast, wu):
    own = Seat.objects.current().filter(unit__in=roles.places(wu, roles.UNIT))
    assert seats_of(wu) == set(own.values_list("group", flat=True)) != set()


def test_a_seat_that_is_over_is_no_right(cast, wu):
    Seat.objects.filter(unit__in=roles.places(wu, roles.UNIT)).update(ends_on=YESTERDAY)
    assert seats_of(wu) == set()
    assert not Group.objects.visible_to(wu).exists()


def test_a_seat_in_the_whole_alliance_has_no_place_and_shows_every_group(cast, wu):
    Seat.objects.filter(unit__in=roles.places(wu, roles.UNIT)).update(group=None)
    assert seats_of(wu) == {None}
    assert set(Group.objects.visible_to(wu)) == set(Group.objects.all())


def test_a_seat_alone_opens_no_page(cast, wu):
    assert roles.SEAT not in roles.ALL


def test_the_office_has_no_seat(cast, sun):
    assert seats_of(sun) == set()


@pytest.mark.parametrize("model", [Group, Turn, Meeting, Need])
def test_what_hangs_on_a_group_asks_for_the_seats_once(cast, wu, model):
    roles.forget(wu)
    with CaptureQueriesContext(connection) as asked:
        list(model.objects.visible_to(wu))
        list(model.objects.visible_to(wu))
    assert len(asked) == 3  # the rights, and the rows twice
