"""The matching table is carried out once, whoever clicks at the same moment, and gives no more than
there is, whoever asks meanwhile."""

from threading import Barrier

import pytest

from nanchuan.kernel import roles
from nanchuan.kernel.states import StepRefused
from services import stock
from services.actions import bookings, filing, matchapply, matchtable
from services.models import Booking, MatchLine, MatchTable, Need, Resource
from tests import make
from tests.races import at_once, refusals

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5


@pytest.fixture
def office(cast):
    people = [make.staff(name=name) for name in ("sun", "he")]
    for person in (*people, cast.lin, cast.wu):  # shared between the threads
        roles.grants(person)
    return people


def table(cast, *, needs, resources, **facts):
    """A row for each need, the resources in turn; fixed by hand, so that nothing else keeps it
    from being booked."""
    MatchLine.objects.all().delete()
    MatchTable.objects.get_or_create(only=True)
    there = [make.resource(cast.lin_unit, needs_consent=False, **facts) for _ in range(resources)]
    for place in range(needs):
        MatchLine.objects.create(
            need=make.need(cast.wu_unit, "published"),
            place=place,
            resource=there[place % resources],
            is_locked=True,
        )
    return there


def apply(by, seen):
    return matchapply.apply(seen=seen, by=by)


def test_of_two_who_carry_it_out_one_is_told(cast, office):
    for _ in range(ROUNDS):
        table(cast, needs=3, resources=2)
        before, seen = Booking.objects.count(), MatchTable.objects.get().revision
        results = at_once(*(lambda by=by, seen=seen: apply(by, seen) for by in office))
        [told] = refusals(results)
        assert "改过或执行过" in str(told)
        assert Booking.objects.count() == before + 3


def test_without_holding_the_table_both_carry_it_out(cast, office, monkeypatch):
    """The negative control: both have looked before either has written."""
    [there] = table(cast, needs=1, resources=1)
    barrier = Barrier(2)

    def looked():
        found = MatchTable.objects.get()
        barrier.wait(timeout=20)
        return found

    monkeypatch.setattr(matchapply, "hold_table", looked)
    held = matchapply._held

    def late(model, keys):
        if model is Need:
            barrier.wait(timeout=20)
        return held(model, keys)

    monkeypatch.setattr(matchapply, "_held", late)
    results = at_once(*(lambda by=by: apply(by, 0) for by in office))
    assert not refusals(results)
    assert there.bookings.count() > 1


@pytest.mark.parametrize("most", [1, 4])
def test_whoever_asks_meanwhile_no_more_is_given_than_there_is(cast, office, most):
    [there] = table(cast, needs=6, resources=1, capacity=most)
    seen = MatchTable.objects.get().revision

    def ask():
        return bookings.ask(Resource.objects.get(pk=there.pk), unit=cast.wu_unit, by=cast.wu)

    results = at_once(lambda: apply(office[0], seen), *[ask] * 10)
    assert there.bookings.holding().count() == most
    assert stock.left(there) == 0
    done = results[0]
    assert done.booked + done.refused == 6
    booked = MatchLine.objects.exclude(booking=None).count()
    assert booked == done.booked
    assert MatchLine.objects.exclude(refusal="").count() == done.refused
    assert len(refusals(results)) == 10 - (most - booked)


def test_a_need_given_up_meanwhile_is_booked_before_or_not_at_all(cast, office):
    for _ in range(ROUNDS):
        table(cast, needs=2, resources=1)
        line = MatchLine.objects.order_by("place").first()
        need, seen = Need.objects.get(pk=line.need_id), MatchTable.objects.get().revision

        at_once(
            lambda seen=seen: apply(office[0], seen),
            lambda need=need: filing.withdraw(need, reason="不要了", by=cast.wu),
        )
        line.refresh_from_db()
        need.refresh_from_db()
        assert bool(line.booking) != bool(line.refusal)
        assert line.booking or need.status == "withdrawn"


def test_resources_in_whatever_order_nobody_waits_in_a_circle(cast, office):
    """Rows name two resources the one way round, people ask for them the other way round, and
    offers for its needs are answered meanwhile."""
    for _ in range(ROUNDS):
        there = table(cast, needs=6, resources=3)
        seen = MatchTable.objects.get().revision

        def ask(pk):
            return bookings.ask(Resource.objects.get(pk=pk), unit=cast.wu_unit, by=cast.wu)

        asks = [lambda pk=each.pk: ask(pk) for each in reversed(there)]
        results = at_once(lambda seen=seen: apply(office[0], seen), *asks)
        assert results[0].booked == 6
        assert not refusals(results)


def test_a_hand_and_the_carrying_out_come_one_after_the_other(cast, office):
    for _ in range(ROUNDS):
        table(cast, needs=1, resources=1)
        line, seen = MatchLine.objects.get(), MatchTable.objects.get().revision
        results = at_once(
            lambda seen=seen: apply(office[0], seen),
            lambda line=line: matchtable.leave_out(
                line, reason="不用了", seen=line.revision, by=office[1]
            ),
        )
        [told] = refusals(results)
        assert isinstance(told, StepRefused)
        line.refresh_from_db()
        assert bool(line.booking_id) != (line.cause == "hand")
