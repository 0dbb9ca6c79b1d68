"""What was booked for a need that ends without a solution is free again, and both sides hear it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from nanchuan.kernel import roles
from nanchuan.kernel.events import handlers
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from services import stock
from services.actions import bookings, dispatching, filing, projects, review, solving
from services.actions.rights import NotYours
from services.models import Booking, Need, Resource
from tests import make
from tests.races import at_once, refusals

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SOON = timezone.now() + 3 * DAY


@pytest.fixture
def need(cast):
    return make.need(cast.wu_unit, "published")


@pytest.fixture
def funds(cast):
    return make.resource(cast.lin_unit, capacity=5)


@pytest.fixture
def hall(cast):
    return make.resource(cast.lin_unit, capacity=1, is_timed=True)


def booked(of, need, cast, to, **facts):
    return make.booking(of, cast.wu_unit, to, need=need, **facts)


def status_of(row):
    row.refresh_from_db()
    return row.status


def test_waiting_is_cancelled_and_agreed_is_given_back(cast, need, funds, hall):
    """What began, is over, or is for something else stays as it is; hours to come are cancelled."""
    span = {"starts_at": SOON, "ends_at": SOON + timedelta(hours=2)}
    offered = make.booking(funds, cast.wu_unit, "waiting", side="offered", need=need)
    rows = {
        booked(funds, need, cast, "agreed", quantity=2): "returned",
        offered: "cancelled",
        booked(hall, need, cast, "agreed", **span): "cancelled",
        booked(funds, need, cast, "used"): "used",
        booked(funds, need, cast, "declined"): "declined",
        booked(funds, need, cast, "waiting"): "cancelled",
        make.booking(funds, cast.wu_unit): "agreed",
    }
    begun = booked(hall, need, cast, "agreed", starts_at=SOON + DAY, ends_at=SOON + 2 * DAY)
    past = timezone.now() - timedelta(hours=1)
    Booking.objects.filter(pk=begun.pk).update(starts_at=past, ends_at=past + timedelta(hours=2))
    assert stock.left(funds) == 1
    filing.withdraw(need, reason="不用了", by=cast.wu)
    assert {row: status_of(row) for row in rows} == rows
    assert status_of(begun) == "agreed"
    assert stock.left(funds) == 3
    assert stock.left(hall, SOON, SOON + timedelta(hours=2)) == 1
    assert Booking.objects.filter(end_note="需求已撤回。", ended_by=cast.wu).count() == 4


def test_a_need_that_is_not_taken_on_keeps_nothing(cast, sun, funds):
    own = make.need(cast.wu_unit)
    row = booked(funds, own, cast, "agreed")
    review.decline(own, reason="不属于", by=sun)
    assert (status_of(row), stock.left(funds)) == ("returned", 5)
    review.appeal(own, reason="请再看", by=cast.wu)
    again = booked(funds, own, cast, "waiting")
    review.rule_appeal(own, is_upheld=False, answer="不属于", by=sun)
    assert status_of(again) == "cancelled"


def test_a_solved_need_and_a_project_keep_what_they_have(cast, sun, need, funds):
    row = booked(funds, need, cast, "agreed")
    dispatching.accept(need, unit=cast.zhao_unit, by=cast.zhao)
    projects.start(need, name="对接", resources=[funds], by=cast.zhao)
    solving.offer(need, text="已解决", by=cast.zhao)
    solving.confirm(need, rating=5, by=cast.wu)
    solving.close(need, by=sun)
    assert status_of(row) == "agreed"


def test_both_sides_hear_of_it(cast, need, funds):
    row = booked(funds, need, cast, "agreed")
    waiting = make.booking(funds, cast.wu_unit, "waiting", side="offered", need=need)
    filing.withdraw(need, reason="不用了", by=cast.wu)
    for booking, name in ((row, "booking.returned"), (waiting, "booking.cancelled")):
        event = Event.objects.get(name=name, subject_id=booking.pk)
        plans = [plan for handler in handlers(name) for plan in handler(event)]
        assert [plan.params["to"] for plan in plans] == ["both"]


def test_the_giving_unit_does_not_learn_whose_the_offer_was_for(cast, funds, sign_in):
    need = make.need(cast.wu_unit, "published", public_title="缺人")
    row = make.booking(funds, cast.wu_unit, "waiting", side="offered", need=need)
    filing.withdraw(need, reason="不用了", by=cast.wu)
    page = sign_in(cast.lin).get(row.get_absolute_url())
    assert "需求已撤回" in page.text
    for words in (cast.wu_unit.name, str(cast.wu_unit), cast.wu.name):
        assert words not in page.text


def test_who_may_not_withdraw_the_need_gives_nothing_back(cast, need, funds):
    row = booked(funds, need, cast, "agreed")
    with pytest.raises(NotYours):
        filing.withdraw(need, reason="不用了", by=cast.lin)
    assert status_of(row) == "agreed"


def test_nothing_is_booked_any_more_for_a_need_that_ended(cast, need, funds):
    row = booked(funds, need, cast, "waiting")
    stale = Booking.objects.select_related("resource", "need").get(pk=row.pk)
    assert stale.need.is_open
    filing.withdraw(need, reason="不用了", by=cast.wu)
    for act in (
        lambda: bookings.agree(stale, by=cast.lin),
        lambda: bookings.ask(funds, unit=cast.wu_unit, need=need, by=cast.wu),
        lambda: bookings.offer(funds, need=need, by=None),
    ):
        assert len(refusals([refused(act)])) == 1
    assert not Booking.objects.holding().exists()


def refused(act):
    try:
        return act()
    except StepRefused as refusal:
        return refusal


# ── Merged ──────────────────────────────────────────────────────────────────────────────────


def test_what_its_unit_has_goes_along_with_a_need_that_is_merged(cast, sun, need, funds):
    lead = make.need(cast.wu_unit, "published")
    used, other = booked(funds, need, cast, "used"), make.booking(funds, cast.wu_unit)
    agreed, waiting = (booked(funds, need, cast, to) for to in ("agreed", "waiting"))
    review.merge(need, into=lead, by=sun)
    assert set(lead.bookings.all()) == {agreed, waiting}
    assert set(need.bookings.all()) == {used}
    assert not other.need_id
    for row in (agreed, waiting):
        event = Event.objects.get(name="booking.moved", subject_id=row.pk)
        [plan] = [plan for handler in handlers(event.name) for plan in handler(event)]
        assert plan.params["to"] == "both"
    waiting.refresh_from_db()
    bookings.agree(waiting, by=cast.lin)
    filing.withdraw(lead, reason="不用了", by=cast.wu)
    assert status_of(agreed) == status_of(waiting) == "returned"


def test_what_goes_along_to_a_need_with_a_project_is_given_to_the_project(cast, sun, need, funds):
    lead = make.need(cast.wu_unit, "in_progress")
    agreed, waiting = (booked(funds, need, cast, to) for to in ("agreed", "waiting"))
    review.merge(need, into=lead, by=sun)
    agreed.refresh_from_db()
    waiting.refresh_from_db()
    project = lead.project_links.get().project
    assert (agreed.project, waiting.project) == (project, None)
    assert project.commitments.filter(booking=agreed).exists()


def test_who_takes_no_part_in_the_other_need_keeps_its_own_and_stays_unknown(
    cast, sun, need, funds, sign_in
):
    lead = make.need(cast.zhao_unit, "published")
    agreed, waiting = (booked(funds, need, cast, to) for to in ("agreed", "waiting"))
    review.merge(need, into=lead, by=sun)
    assert set(need.bookings.all()) == {agreed, waiting}
    assert sign_in(cast.zhao).get(agreed.get_absolute_url()).status_code == 404
    waiting.refresh_from_db()
    bookings.agree(waiting, by=cast.lin)
    assert status_of(waiting) == "agreed"
    filing.withdraw(lead, reason="不用了", by=cast.zhao)
    assert status_of(agreed) == status_of(waiting) == "returned"


def test_nobody_waits_for_a_need_that_was_merged_into_a_settled_one(cast, sun, need, funds):
    lead = make.need(cast.wu_unit, "closed")
    agreed, waiting = (booked(funds, need, cast, to) for to in ("agreed", "waiting"))
    review.merge(need, into=lead, by=sun)
    assert (status_of(agreed), status_of(waiting)) == ("agreed", "cancelled")


def test_who_agrees_while_the_need_is_merged_looks_again(cast, sun, need, funds):
    row = booked(funds, need, cast, "waiting")
    stale = Booking.objects.select_related("resource", "need").get(pk=row.pk)
    review.merge(need, into=make.need(cast.wu_unit, "published"), by=sun)
    with pytest.raises(StepRefused, match="刷新"):
        bookings.agree(stale, by=cast.lin)
    bookings.agree(Booking.objects.get(pk=row.pk), by=cast.lin)
    assert status_of(row) == "agreed"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["ask", "agree"])
def test_withdrawn_and_booked_at_once_leaves_nothing_held(cast, act):
    """Whichever comes first, a need that ended holds nothing."""
    for user in (cast.lin, cast.wu):
        roles.grants(user)
    for _ in range(6):
        need = make.need(cast.wu_unit, "published")
        funds = make.resource(cast.lin_unit, capacity=3, needs_consent=act == "agree")
        row = booked(funds, need, cast, "waiting") if act == "agree" else None

        def book(need=need, funds=funds, row=row):
            if row is not None:
                rows = Booking.objects.select_related("resource", "need")
                return bookings.agree(rows.get(pk=row.pk), by=cast.lin)
            again, same = Need.objects.get(pk=need.pk), Resource.objects.get(pk=funds.pk)
            return bookings.ask(same, unit=cast.wu_unit, need=again, by=cast.wu)

        def withdraw(need=need):
            filing.withdraw(Need.objects.get(pk=need.pk), reason="不用了", by=cast.wu)

        at_once(book, withdraw)
        left = need.bookings.filter(status__in=("waiting", "agreed"))
        assert not left.exists()
        assert stock.left(funds) == 3
