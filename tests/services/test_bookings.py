"""Bookings: what is left after each act, what is refused and in which words, who reads what."""

from datetime import date, datetime, time, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from services import stock
from services.actions import bookings, filing, resources
from services.models import Booking, Need, Resource
from tests import make

TOMORROW = timezone.localdate() + timedelta(days=1)


def at(hour, day=None):
    return timezone.make_aware(datetime.combine(day or TOMORROW, time(hour)))


@pytest.fixture
def funds(cast):
    return make.resource(cast.lin_unit, capacity=10, measure="万元", title="帮扶资金")


@pytest.fixture
def hall(cast):
    return make.resource(cast.lin_unit, capacity=1, is_timed=True, title="报告厅")


# ── What is left ────────────────────────────────────────────────────────────────────────────


def test_only_what_is_agreed_or_used_takes_from_what_there_is(cast, funds):
    make.booking(funds, make.unit(), "waiting", quantity=4)
    make.booking(funds, cast.wu_unit, "declined", quantity=3)
    assert stock.left(funds) == 10
    used = make.booking(funds, cast.wu_unit, "used", quantity=3)
    agreed = make.booking(funds, cast.zhao_unit, "agreed", quantity=5)
    assert stock.left(funds) == 2
    bookings.give_back(agreed, by=cast.zhao)
    assert stock.left(funds) == 7
    with pytest.raises(StepRefused, match="只剩 7万元"):
        bookings.ask(funds, unit=cast.zhao_unit, quantity=8, by=cast.zhao)
    assert used.status == "used"


@pytest.mark.parametrize(("end", "left"), [("cancel", 10), ("give_back", 10), ("use", 0)])
def test_what_ends_is_free_again_unless_it_was_used(cast, funds, end, left):
    row = make.booking(funds, cast.wu_unit, quantity=10)
    with pytest.raises(StepRefused, match="已经约完"):
        bookings.ask(funds, unit=cast.zhao_unit, by=cast.zhao)
    getattr(bookings, end)(row, by=cast.wu)
    assert stock.left(funds) == left


def test_more_may_wait_than_there_is_but_not_be_agreed(cast, funds):
    rows = [
        make.booking(funds, unit, "waiting", quantity=6) for unit in (cast.wu_unit, cast.zhao_unit)
    ]
    bookings.agree(rows[0], by=cast.lin)
    with pytest.raises(StepRefused, match="只剩 4万元"):
        bookings.agree(rows[1], by=cast.lin)
    rows[1].refresh_from_db()
    assert (rows[1].status, rows[1].answered_at) == ("waiting", None)


def test_without_a_capacity_it_never_runs_out(cast):
    policy = make.resource(cast.lin_unit, category="policy")
    for _ in range(3):
        row = make.booking(policy, cast.wu_unit, quantity=1000)
        assert row.status == "agreed"
    assert stock.left(policy) is None


def test_hours_that_only_touch_are_both_given(cast, hall):
    make.booking(hall, cast.wu_unit, starts_at=at(9), ends_at=at(11))
    make.booking(hall, cast.zhao_unit, starts_at=at(11), ends_at=at(12))
    with pytest.raises(StepRefused, match="已经约满"):
        bookings.ask(hall, unit=cast.zhao_unit, starts_at=at(10), ends_at=at(12), by=cast.zhao)
    assert stock.left(hall, at(12), at(13)) == 1


def test_the_longest_hour_decides(cast):
    """Two rooms, one booked in the morning and one in the afternoon: all day there is one."""
    rooms = make.resource(cast.lin_unit, capacity=2, is_timed=True)
    make.booking(rooms, cast.wu_unit, starts_at=at(8), ends_at=at(12))
    make.booking(rooms, cast.wu_unit, starts_at=at(13), ends_at=at(18))
    assert stock.left(rooms, at(8), at(18)) == 1
    assert make.booking(rooms, cast.zhao_unit, starts_at=at(8), ends_at=at(18)).status == "agreed"


# ── What is refused ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("span", "words"),
    [
        ({}, "请写明从什么时候"),
        ({"starts_at": at(11), "ends_at": at(9)}, "应晚于"),
        ({"starts_at": at(9, date(2020, 1, 1)), "ends_at": at(10, date(2020, 1, 1))}, "已经过去"),
        ({"starts_at": at(9), "ends_at": at(9) + timedelta(days=40)}, "最多预约 31 天"),
        (
            {"starts_at": at(9) + timedelta(days=400), "ends_at": at(10) + timedelta(days=400)},
            "一年",
        ),
    ],
)
def test_a_time_that_will_not_do(cast, hall, span, words):
    with pytest.raises(StepRefused, match=words):
        bookings.ask(hall, unit=cast.wu_unit, by=cast.wu, **span)
    assert not Booking.objects.exists()


def test_it_is_had_only_while_it_is_open(cast, hall):
    weekday = TOMORROW.isoweekday()
    resources.change(hall, hours=[(weekday, time(9), time(17))], by=cast.lin)
    with pytest.raises(StepRefused, match="不开放"):
        bookings.ask(hall, unit=cast.wu_unit, starts_at=at(16), ends_at=at(18), by=cast.wu)
    assert make.booking(hall, cast.wu_unit, "waiting", starts_at=at(9), ends_at=at(17))
    resources.close_days(hall, starts_on=TOMORROW, ends_on=TOMORROW, by=cast.lin)
    with pytest.raises(StepRefused, match="不开放"):
        bookings.ask(hall, unit=cast.zhao_unit, starts_at=at(9), ends_at=at(10), by=cast.zhao)
    resources.open_days(hall, closed=hall.closed_times.get(), by=cast.lin)
    assert make.booking(hall, cast.zhao_unit, starts_at=at(9), ends_at=at(10))


def test_days_with_an_agreement_are_not_closed(cast, hall):
    make.booking(hall, cast.wu_unit, starts_at=at(9), ends_at=at(10))
    with pytest.raises(StepRefused, match="已有 1 项约定"):
        resources.close_days(hall, starts_on=TOMORROW, ends_on=TOMORROW, by=cast.lin)


@pytest.mark.parametrize("status", ["submitted", "returned", "paused", "withdrawn"])
def test_what_is_not_offered_is_not_had(cast, status):
    row = make.resource(cast.lin_unit, to=status)
    with pytest.raises(StepRefused, match="不能认领"):
        bookings.ask(row, unit=cast.wu_unit, by=cast.wu)


def test_a_paused_resource_keeps_what_was_agreed_and_agrees_to_nothing_new(cast, funds):
    agreed = make.booking(funds, cast.wu_unit)
    waiting = make.booking(funds, cast.zhao_unit, "waiting")
    resources.pause(funds, reason="年底结算", by=cast.lin)
    with pytest.raises(StepRefused, match="暂停"):
        bookings.agree(waiting, by=cast.lin)
    bookings.use(agreed, by=cast.wu)
    resources.resume(funds, by=cast.lin)
    bookings.agree(waiting, by=cast.lin)


def test_a_withdrawn_resource_leaves_nothing_open(cast, funds):
    agreed = make.booking(funds, cast.wu_unit)
    waiting = make.booking(funds, cast.zhao_unit, "waiting")
    with pytest.raises(StepRefused, match="还有 1 项已经约定"):
        resources.withdraw(funds, by=cast.lin)
    bookings.cancel(agreed, reason="改期", by=cast.lin)
    resources.withdraw(funds, by=cast.lin)
    waiting.refresh_from_db()
    assert waiting.status == "cancelled"
    assert Event.objects.get(name="booking.cancelled", facts={"withdrawn": True})


def test_the_giving_unit_does_not_ask_itself(cast, funds, sun):
    for by in (cast.lin, sun, None):
        with pytest.raises(StepRefused, match="不用认领"):
            bookings.ask(funds, unit=cast.lin_unit, by=by)


def test_it_is_not_asked_twice_while_the_first_waits(cast, funds):
    make.booking(funds, cast.wu_unit, "waiting")
    with pytest.raises(StepRefused, match="还在等"):
        bookings.ask(funds, unit=cast.wu_unit, by=cast.wu)


def test_there_never_is_less_than_was_promised(cast, funds, hall):
    make.booking(funds, cast.wu_unit, quantity=6)
    with pytest.raises(StepRefused, match="不能少于"):
        resources.change(funds, capacity=5, by=cast.lin)
    resources.change(funds, capacity=6, by=cast.lin)
    make.booking(hall, cast.wu_unit, starts_at=at(9), ends_at=at(10))
    with pytest.raises(StepRefused, match="按时段"):
        resources.change(hall, is_timed=False, by=cast.lin)


# ── For which need ──────────────────────────────────────────────────────────────────────────


def test_one_asks_for_a_need_that_is_ones_own(cast, funds, sun):
    need = make.need(cast.wu_unit, "accepted", taken_by=cast.zhao_unit, office=sun)
    assert bookings.ask(funds, unit=cast.wu_unit, need=need, by=cast.wu).need == need
    assert bookings.ask(funds, unit=cast.zhao_unit, need=need, by=cast.zhao).need == need
    other = make.unit()
    with pytest.raises(StepRefused, match="尚未办结"):
        bookings.ask(funds, unit=other, need=need, by=sun)
    closed = make.need(cast.wu_unit, "closed", office=sun)
    with pytest.raises(StepRefused, match="尚未办结"):
        bookings.ask(funds, unit=cast.wu_unit, need=closed, by=cast.wu)


def test_one_offers_for_a_need_that_one_may_see(cast, funds, sun):
    hidden = make.need(cast.zhao_unit, "published", office=sun, audience="office")
    with pytest.raises(PermissionDenied):
        bookings.offer(funds, need=hidden, by=cast.lin)
    filed = make.need(cast.zhao_unit)
    with pytest.raises(StepRefused, match="没有通过审核"):
        bookings.offer(funds, need=filed, by=sun)
    own = make.need(cast.lin_unit, "published", office=sun)
    with pytest.raises(StepRefused, match="提供单位自己"):
        bookings.offer(funds, need=own, by=cast.lin)


def test_an_offer_is_not_agreed_once_the_need_is_settled(cast, funds, sun):
    need = make.need(cast.wu_unit, "published", office=sun)
    row = make.booking(funds, None, "waiting", side="offered", need=need)
    filing.withdraw(need, reason="不用了", by=cast.wu)
    row = Booking.objects.get(pk=row.pk)
    with pytest.raises(StepRefused, match="已取消"):
        bookings.agree(row, by=cast.wu)


def test_who_offers_learns_whose_need_it_is_when_that_unit_agrees(cast, funds, sun):
    need = make.need(cast.wu_unit, "published", office=sun)
    row = make.booking(funds, None, "waiting", side="offered", need=need)
    assert row.unit_for(cast.lin) == "某企业"
    assert row.unit_for(cast.wu) == row.unit_for(sun) == cast.wu_unit.name
    bookings.agree(row, by=cast.wu)
    assert row.unit_for(cast.lin) == cast.wu_unit.name
    declined = make.booking(funds, None, "declined", side="offered", need=need)
    assert declined.unit_for(cast.lin) == "某企业"


def test_who_sees_a_booking(cast, funds, sun):
    need = make.need(cast.wu_unit, "accepted", taken_by=cast.zhao_unit, office=sun)
    bare = make.booking(funds, cast.wu_unit)
    for_need = make.booking(funds, cast.wu_unit, need=need)

    def seen(user):
        return set(Booking.objects.visible_to(user))

    assert seen(sun) == seen(cast.lin) == seen(cast.wu) == {bare, for_need}
    assert seen(cast.zhao) == {for_need}  # reads the whole of the need
    stranger = make.liaison(make.unit())
    assert seen(stranger) == set()
    assert seen(make.staff("admin")) == set()
    assert Need.objects.known_to(cast.zhao).filter(pk=need.pk).exists()


# ── Review ──────────────────────────────────────────────────────────────────────────────────


def test_a_unit_files_and_the_office_reviews(cast, sun):
    row = resources.add(
        unit=cast.lin_unit, category="team", title="专家团", content="x", by=cast.lin
    )
    assert row.status == "submitted"
    resources.send_back(row, reason="请写明服务范围", by=sun)
    assert (row.status, row.reason) == ("returned", "请写明服务范围")
    resources.change(row, area="全园区", by=cast.lin)
    assert (row.status, row.reason) == ("submitted", "")
    resources.approve(row, by=sun)
    assert row.status == "available"
    assert row.reviewed_at is not None
    own = resources.add(unit=cast.wu_unit, category="policy", title="政策", content="x", by=sun)
    assert own.status == "available"


def test_search_finds_two_characters_in_every_part(cast):
    row = make.resource(cast.lin_unit, title="环保专家", area="甘河片区", content="污水处理")
    make.resource(cast.wu_unit, title="别的")
    for text in ("环保", "甘河", "污水", "环保 污水", row.number, cast.lin_unit.name):
        assert list(Resource.objects.all().searched(text)) == [row], text
    assert not Resource.objects.all().searched("环保 别的").exists()
