"""Over any sequence of declines, swaps, joins and leaves the rota keeps its promises."""

from contextlib import suppress
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from alliance.actions import planning, swaps
from alliance.actions import turns as actions
from alliance.models import Decline, Swap
from alliance.rota import Half, Queue, Sitting, Slot, derive, longest_wait, slots
from nanchuan.kernel.states import StepRefused
from tests import make

DAY = timedelta(days=1)
BEGIN = date(2026, 1, 1)
ACTS = st.tuples(
    st.sampled_from(["decline", "swap", "join", "leave", "pass", "pass"]),
    st.integers(0, 7),
    st.integers(0, 7),
)


def at(day):
    return timezone.make_aware(datetime.combine(day, time(10)))


class Story:
    """A group, its rota, and a clock; whatever is refused has no effect."""

    def __init__(self, seats):
        self.group = make.group(*(make.unit() for _each in range(seats)))
        self.office, self.today = make.staff(), BEGIN
        self.size = self.most_seats = seats
        planning.generate([self.group], year=2026, by=None, at=at(self.today))
        self.begin()

    def begin(self):
        """The portal begins the turn of today."""
        rows = self.group.turns.filter(starts_on__lte=self.today, begun_at=None)
        rows.update(begun_at=at(self.today))

    def ahead(self):
        rows = self.group.turns.filter(starts_on__gt=self.today).order_by("starts_on")
        return list(rows.select_related("group", "seat__unit"))

    def play(self, act, one, other):
        history = self.history()
        with suppress(StepRefused):
            getattr(self, act)(one, other)
        assert self.history()[: len(history)] == history, "history was rewritten"
        self.check_days()

    def history(self):
        """Turns that are over, as they stand."""
        rows = self.group.turns.filter(ends_on__lt=self.today).order_by("starts_on")
        return list(rows.values_list("pk", "seat", "starts_on", "ends_on"))

    def decline(self, one, _other):
        if rows := self.ahead():
            actions.decline(rows[one % len(rows)], reason="x", by=None, at=at(self.today))

    def swap(self, one, other):
        rows = self.ahead()
        if len(rows) < 2:
            return
        swap = swaps.propose(
            rows[one % len(rows)],
            rows[other % len(rows)],
            reason="x",
            by=None,
            at=at(self.today),
        )
        Swap.objects.filter(pk=swap.pk).update(status=Swap.Status.AGREED)
        swaps.confirm(swap, by=None, at=at(self.today))

    def join(self, one, _other):
        make.seat(make.unit(), self.group, order=one + 1, starts_on=self.today)
        actions.refit(self.group, at=at(self.today))
        now = self.group.seats.current(self.today).count()
        self.most_seats = max(self.most_seats, now)

    def leave(self, one, _other):
        rows = list(self.group.seats.filter(ends_on=None).order_by("pk"))
        if len(rows) > 1:
            seat = rows[one % len(rows)]
            seat.ends_on = self.today + one * 10 * DAY
            seat.save()
            actions.refit(self.group, at=at(self.today))

    def __getattr__(self, name):
        if name == "pass":
            return self.let_pass
        raise AttributeError(name)

    def let_pass(self, _one, _other):
        """Until the next turn begins; another year is planned in time."""
        rows = self.ahead()
        if len(rows) < 3:
            year = self.group.turns.latest("ends_on").ends_on.year + 1
            planning.generate([self.group], year=year, by=None, at=at(self.today))
            rows = self.ahead()
        self.today = rows[0].starts_on
        self.begin()

    def check_days(self):
        """Every day has one turn, whose unit sits through it, or an open one."""
        rows = list(self.group.turns.order_by("starts_on").select_related("seat"))
        for before, after in pairwise(rows):
            assert after.starts_on == before.ends_on + DAY
        declined = {(row.turn_id, row.seat_id) for row in Decline.objects.all()}
        for turn in rows:
            ahead = turn.starts_on > self.today
            if ahead and turn.seat:
                assert turn.seat.starts_on <= turn.starts_on
                assert turn.seat.ends_on is None or turn.seat.ends_on >= turn.ends_on
            if ahead and turn.seat_id == turn.due_seat_id:
                assert (turn.pk, turn.seat_id) not in declined or turn.seat_id is None
            if turn.is_open and ahead:
                able = self.group.seats.filter(starts_on__lte=turn.starts_on)
                able = [s for s in able if s.ends_on is None or s.ends_on >= turn.ends_on]
                assert all((turn.pk, seat.pk) in declined for seat in able)

    def check_waits(self):
        """No seat waits more turns than there are rotating seats, plus its own declines, plus
        the turns by which its own swaps put it off."""
        rows = list(self.group.turns.order_by("starts_on"))
        place = {turn.pk: number for number, turn in enumerate(rows)}
        for seat in self.group.seats.all():
            last = [
                n for n, turn in enumerate(rows) if seat.ends_on and turn.starts_on > seat.ends_on
            ]
            span = rows[: last[0]] if last else rows
            served = [turn.seat_id for turn in span if turn.starts_on >= seat.starts_on]
            own = Decline.objects.filter(seat=seat).count()
            moved = sum(
                abs(place[swap.first_id] - place[swap.second_id])
                for swap in Swap.objects.filter(status=Swap.Status.CONFIRMED)
                if seat.pk in (swap.first_seat_id, swap.second_seat_id)
            )
            assert longest_wait(seat.pk, served) <= self.ever() + own + moved

    def ever(self):
        """As many seats as took turns at one time or another."""
        return self.group.seats.count()


class AnyStory(TestCase):
    @settings(max_examples=25)
    @given(seats=st.integers(1, 4), acts=st.lists(ACTS, min_size=4, max_size=16))
    def test_the_rota_keeps_its_promises(self, seats, acts):
        story = Story(seats)
        for act in acts:
            story.play(*act)
        story.check_waits()


# ── The order alone, in many more examples ──────────────────────────────────────────────────

SITTINGS = st.lists(
    st.tuples(st.integers(1, 5), st.integers(0, 700), st.integers(0, 900)), min_size=1, max_size=7
)


def sittings_of(drawn):
    """Seats that joined some days before or after the beginning; a few leave again."""
    made = []
    for number, (order, joined, stays) in enumerate(drawn, 1):
        starts_on = BEGIN + (joined - 350) * DAY
        ends_on = None if stays > 450 else max(starts_on, BEGIN) + stays * DAY
        made.append(Sitting(number, order, starts_on, ends_on))
    return made


def quarters(years=3):
    return [Slot(*each) for each in slots(BEGIN, date(2026 + years - 1, 12, 31), lambda _day: 3)]


@settings(max_examples=300)
@given(drawn=SITTINGS, data=st.data())
def test_nobody_who_is_ready_waits_longer_than_all_the_others_together(drawn, data):
    sittings, ahead = sittings_of(drawn), quarters()
    ahead = [
        Slot(
            slot.starts_on,
            slot.ends_on,
            declined=data.draw(st.frozensets(st.integers(1, len(sittings)), max_size=2)),
        )
        for slot in ahead
    ]
    given_ = derive(Queue(sittings), ahead)
    for sitting in sittings:
        own = [
            each.seat
            for slot, each in zip(ahead, given_, strict=True)
            if sitting.sits_through(slot.starts_on, slot.ends_on)
        ]
        declines = sum(sitting.pk in slot.declined for slot in ahead)
        assert longest_wait(sitting.pk, own) <= len(sittings) + declines


@settings(max_examples=200)
@given(drawn=SITTINGS, one=st.integers(0, 11), other=st.integers(0, 11))
def test_a_swap_changes_two_turns_and_no_place(drawn, one, other):
    sittings, ahead = sittings_of(drawn), quarters()
    plain = derive(Queue(sittings), ahead)
    first, second = plain[one].due, plain[other].due
    if first is None or second is None or first == second:
        return
    halves = [
        Half(first, second, ahead[one].starts_on),
        Half(second, first, ahead[other].starts_on),
    ]
    swapped = derive(Queue(sittings), ahead, halves)
    assert [each.due for each in swapped] == [each.due for each in plain]
    changed = [n for n, each in enumerate(swapped) if each.seat != plain[n].seat]
    assert changed == sorted({one, other})
    assert (swapped[one].seat, swapped[other].seat) == (second, first)


def test_a_swap_is_owed_at_a_place_of_its_own_not_where_the_unit_stands_in():
    """The first seat serves the second slot for another; what its own place owes is not there."""
    sittings, ahead = [Sitting(number, number, BEGIN) for number in (1, 2, 3)], quarters(2)
    days = [slot.starts_on for slot in ahead]
    halves = [Half(1, 2, days[0]), Half(2, 1, days[1]), Half(1, 3, days[1])]
    seats = [each.seat for each in derive(Queue(sittings), ahead, halves)]
    assert seats[:6] == [2, 1, 3, 3, 2, 3]


@settings(max_examples=200)
@given(drawn=SITTINGS)
def test_by_charter_order_nobody_serves_twice_before_all_who_could_have_once(drawn):
    sittings = [sitting for sitting in sittings_of(drawn) if sitting.ends_on is None]
    sittings = [Sitting(each.pk, each.order, BEGIN) for each in sittings]
    given_ = [each.seat for each in derive(Queue(sittings, "charter"), quarters())]
    for start in range(0, len(given_), max(len(sittings), 1)):
        part = given_[start : start + len(sittings)]
        assert len(set(part)) == len(part) or not sittings


@given(
    starts_on=st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    months=st.sampled_from([1, 2, 3, 4, 6, 12]),
    years=st.integers(0, 3),
)
def test_slots_cover_every_day_once(starts_on, months, years):
    until = date(starts_on.year + years, 12, 31)
    cut = list(slots(starts_on, until, lambda _day: months))
    assert cut[0][0] == starts_on
    assert cut[-1][1] == until
    for (_first, last), (following, _end) in pairwise(cut):
        assert following == last + DAY


def test_the_longest_wait_is_counted_in_turns_of_others():
    assert longest_wait(1, [1, 2, 3, 1, 2]) == 2
    assert longest_wait(1, [2, 3, 1]) == 2
    assert longest_wait(1, [1, 1]) == 0
    assert longest_wait(9, [1, None, 2]) == 3
