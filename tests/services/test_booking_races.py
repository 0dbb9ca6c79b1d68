"""Fifty at once, on connections of their own: exactly as many get something as there is."""

from datetime import timedelta
from threading import Barrier, local

import pytest
from django.utils import timezone

from nanchuan.kernel import roles
from nanchuan.kernel.models import Event
from services import capacity, stock
from services.actions import bookings, resources
from services.models import Booking, Resource
from tests import make
from tests.races import at_once, refusals

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 50


@pytest.fixture(autouse=True)
def rights_read_beforehand(cast):
    """A request has a user object of its own; these are shared between the threads."""
    for user in (cast.lin, cast.wu):
        roles.grants(user)


def as_it_is(resource):
    """The resource as a page that is open shows it."""
    return Resource.objects.get(pk=resource.pk)


def fifty_ask(resource, cast, spans=((None, None),)):
    """Each for another span, one after the other and around again."""

    def ask(number):
        starts_at, ends_at = spans[number % len(spans)]
        return bookings.ask(
            as_it_is(resource),
            unit=cast.wu_unit,
            starts_at=starts_at,
            ends_at=ends_at,
            by=cast.wu,
        )

    return at_once(*(lambda number=number: ask(number) for number in range(MANY)))


def held_at_once(resource):
    """Counted by the hour, as anybody would on paper."""
    rows = list(resource.bookings.holding())
    moments = {row.starts_at for row in rows}
    return max(sum(r.quantity for r in rows if r.starts_at <= m < r.ends_at) for m in moments)


@pytest.mark.parametrize("most", [1, 5])
def test_of_fifty_exactly_the_capacity_wins(cast, most):
    resource = make.resource(cast.lin_unit, capacity=most, needs_consent=False)
    results = fifty_ask(resource, cast)
    assert len(refusals(results)) == MANY - most
    assert {str(each) for each in refusals(results)} == {f"“{resource.title}”已经约完。"}
    assert resource.bookings.holding().count() == most
    assert Event.objects.filter(name="booking.agreed").count() == most


@pytest.mark.parametrize("most", [1, 5])
def test_of_fifty_answers_exactly_the_capacity_is_agreed(cast, most):
    """All of them waited; the giving unit agrees to them from as many windows."""
    resource = make.resource(cast.lin_unit, capacity=most)
    waiting = [make.booking(resource, cast.wu_unit, "waiting", quantity=1)]
    rest = [
        Booking(
            number=f"约-0-{number}",
            resource=resource,
            giver=cast.lin_unit,
            unit=cast.wu_unit,
            side="asked",
            quantity=1,
        )
        for number in range(1, MANY)
    ]
    waiting += Booking.objects.bulk_create(rest)

    def agree(pk):
        return bookings.agree(Booking.objects.select_related("resource").get(pk=pk), by=cast.lin)

    results = at_once(*(lambda pk=row.pk: agree(pk) for row in waiting))
    assert len(refusals(results)) == MANY - most
    assert resource.bookings.filter(status="agreed").count() == most
    assert resource.bookings.filter(status="waiting").count() == MANY - most


@pytest.mark.parametrize("most", [1, 5])
def test_of_fifty_overlapping_times_no_hour_holds_more_than_there_is(cast, most):
    """Each span overlaps the one before and the one after: two of them share every hour."""
    hall = make.resource(cast.lin_unit, capacity=most, is_timed=True, needs_consent=False)
    zero = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    spans = [
        (zero + timedelta(hours=number), zero + timedelta(hours=number + 2)) for number in range(3)
    ]
    fifty_ask(hall, cast, spans)
    assert held_at_once(hall) == most
    rows = [capacity.Held(row.quantity, row.starts_at, row.ends_at) for row in hall.bookings.all()]
    for starts_at, ends_at in spans:  # and who was refused was refused rightly
        assert capacity.left(most, rows, starts_at, ends_at) == 0


def test_the_same_hour_is_given_once(cast):
    hall = make.resource(cast.lin_unit, capacity=1, is_timed=True, needs_consent=False)
    begins = timezone.now() + timedelta(days=1)
    results = fifty_ask(hall, cast, [(begins, begins + timedelta(hours=1))])
    assert len(refusals(results)) == MANY - 1
    assert hall.bookings.holding().count() == 1


def test_a_capacity_made_smaller_and_a_booking_at_once(cast):
    """Whichever comes first, no more is promised than there is."""
    for _ in range(10):
        resource = make.resource(cast.lin_unit, capacity=2, needs_consent=False)
        make.booking(resource, cast.wu_unit, to="asked")
        results = at_once(
            lambda resource=resource: resources.change(as_it_is(resource), capacity=1, by=cast.lin),
            lambda resource=resource: bookings.ask(
                as_it_is(resource), unit=cast.wu_unit, by=cast.wu
            ),
        )
        assert len(refusals(results)) == 1
        resource.refresh_from_db()
        assert stock.most_held(resource) <= resource.capacity


def test_agreed_or_cancelled_but_never_both(cast):
    for _ in range(10):
        resource = make.resource(cast.lin_unit, capacity=1)
        row = make.booking(resource, cast.wu_unit, "waiting")
        one, other = (Booking.objects.get(pk=row.pk) for _ in range(2))
        at_once(
            lambda one=one: bookings.decline(one, by=cast.lin),
            lambda other=other: bookings.cancel(other, by=cast.wu),
        )
        row.refresh_from_db()
        assert (row.answered_at is None) != (row.ended_at is None)


@pytest.mark.parametrize("most", [1, 5])
def test_without_the_lock_more_is_given_than_there_is(cast, monkeypatch, most):
    """The negative control: what is left is counted before the turn comes."""
    resource = make.resource(cast.lin_unit, capacity=most, needs_consent=False)
    counted, barrier, count = local(), Barrier(MANY), stock.left
    monkeypatch.setattr(bookings, "hold_resource", lambda resource: None)
    monkeypatch.setattr(stock, "left", lambda *args, **kwargs: counted.left)

    def ask():
        counted.left = count(as_it_is(resource))
        barrier.wait(timeout=60)
        return bookings.ask(as_it_is(resource), unit=cast.wu_unit, by=cast.wu)

    at_once(*[ask] * MANY)
    assert resource.bookings.holding().count() > most
