"""Whose turn it is, derived from what really happened: pure functions over plain facts.

A slot is a stretch of days with one turn; `due` is whose place in the order it is, `seat` who
serves. The two differ only where a swap was carried out: the order goes by `due`, so that no swap
ever corrupts it. Who declined keeps its place and comes next; skipped is not served.

By the rule of the least recently served no seat waits more turns than there are rotating seats,
plus its own declines and the turns by which its own swaps put it off: whoever is served goes
behind everybody who waits, and a joiner goes behind all of them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from alliance.models.settings import OrderRule
from nanchuan.kernel.periods import day_before, months_after

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Sitting:
    """A seat that takes turns; both dates inclusive, no end means still seated."""

    pk: int
    order: int
    starts_on: date
    ends_on: date | None = None

    def sits_through(self, starts_on: date, ends_on: date) -> bool:
        return self.starts_on <= starts_on and (self.ends_on is None or self.ends_on >= ends_on)


@dataclass(frozen=True)
class Slot:
    """A turn as the order sees it. `fixed`: the office decided, so it is not derived anew."""

    starts_on: date
    ends_on: date
    due: int | None = None
    seat: int | None = None
    fixed: bool = False
    declined: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Half:
    """One side of a swap that is still to be carried out: `seat` serves a place of `due`,
    agreed for the turn that began on `wanted`."""

    due: int
    seat: int
    wanted: date


@dataclass(frozen=True)
class Given:
    """What a slot comes to: nobody (both None) means an open turn."""

    due: int | None
    seat: int | None


@dataclass
class Queue:
    """Who is next, as turns go by."""

    sittings: Sequence[Sitting]
    rule: str = OrderRule.LEAST_RECENT
    served_on: dict[int, date] = field(default_factory=dict)  # last day of the last own place
    rounds: dict[int, int] = field(default_factory=dict)

    def pass_over(self, slots: Iterable[Slot]) -> "Queue":
        """Let turns go by that have happened, in the order of time."""
        for slot in slots:
            self.welcome(slot.starts_on)
            if slot.due is not None:
                self.serve(slot.due, slot.ends_on)
        return self

    def welcome(self, on: date) -> None:
        """Seats taken by a day come in; a joiner counts as served on the day it joins."""
        level = max(self.rounds.values(), default=0)
        for sitting in self.sittings:
            if sitting.pk not in self.rounds and sitting.starts_on <= on:
                self.rounds[sitting.pk] = level

    def serve(self, seat: int, ends_on: date) -> None:
        self.served_on[seat] = max(ends_on, self.served_on.get(seat, ends_on))
        self.rounds[seat] = self.rounds.get(seat, 0) + 1

    def place(self, sitting: Sitting) -> tuple:
        """What the seats are sorted by: the smallest comes first."""
        if self.rule == OrderRule.CHARTER:
            return (self.rounds.get(sitting.pk, 0), sitting.order, sitting.pk)
        waits_since = self.served_on.get(sitting.pk, sitting.starts_on)
        return (waits_since, sitting.order, sitting.pk)

    def ready(self, slot: Slot, rotates: Callable[[int, date], bool]) -> list[Sitting]:
        """Seats that can take a slot, the first in the order first."""
        self.welcome(slot.starts_on)
        able = [
            sitting
            for sitting in self.sittings
            if sitting.pk not in slot.declined
            and sitting.sits_through(slot.starts_on, slot.ends_on)
            and rotates(sitting.pk, slot.starts_on)
        ]
        return sorted(able, key=self.place)


@dataclass(frozen=True)
class Rules:
    """What the systems in force on a day say, and who still sits: asked for each slot."""

    order_on: Callable[[date], str] = lambda day: OrderRule.LEAST_RECENT
    rotates: Callable[[int, date], bool] = lambda seat, day: True
    # Whether a seat that was fixed or swapped in sits through a slot.
    may_serve: Callable[[int, Slot], bool] = lambda seat, slot: True


def derive(
    queue: Queue, ahead: Sequence[Slot], halves: Iterable[Half] = (), rules: Rules | None = None
) -> list[Given]:
    """Who takes each of the slots ahead, after the turns that the queue has passed over."""
    rules = rules or Rules(order_on=lambda _day: queue.rule)
    dues = []
    for slot in ahead:
        queue.rule = rules.order_on(slot.starts_on)
        kept = slot.due if slot.fixed and slot.due and rules.may_serve(slot.due, slot) else None
        able = [] if kept else queue.ready(slot, rules.rotates)
        due = kept or (able[0].pk if able else None)
        if due is not None:
            queue.serve(due, slot.ends_on)
        dues.append(due)
    seats = list(dues)
    for half in sorted(halves, key=lambda half: half.wanted):
        number = _where(half, ahead, dues, seats, reach=max(len(queue.sittings) // 2, 1))
        if number is not None and rules.may_serve(half.seat, ahead[number]):
            seats[number] = half.seat
    return [Given(due, seat) for due, seat in zip(dues, seats, strict=True)]


def _where(half, ahead, dues, seats, reach) -> int | None:
    """The place of `half.due` that is nearest to the turn the swap was agreed for: a joiner or
    a leaver may have moved it. Not long before that turn: then it waits for a later one."""
    wanted = sum(slot.starts_on < half.wanted for slot in ahead)
    free = [
        number
        for number, slot in enumerate(ahead)
        if dues[number] == half.due == seats[number] and not slot.fixed and wanted - number <= reach
    ]
    return min(free, key=lambda number: (abs(number - wanted), number), default=None)


def slots(
    starts_on: date, until: date, months_on: Callable[[date], int]
) -> Iterable[tuple[date, date]]:
    """First and last days of turns from a day until another, aligned with the calendar year.

    `months_on` is the length of a turn that begins on a day; 1, 2, 3, 4, 6 or 12 months.
    """
    while starts_on <= until:
        months = months_on(starts_on)
        ends_on = min(period_end(starts_on, months), until)
        yield starts_on, ends_on
        starts_on = ends_on + DAY


def period_start(day: date, months: int) -> date:
    """The first day of the stretch of so many months that a day lies in."""
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def period_end(day: date, months: int) -> date:
    return day_before(months_after(period_start(day, months), months))


def longest_wait(seat: int, served: Sequence[int | None]) -> int:
    """The most turns that went by between two of a seat's own, or since its last one.

    `served` are the seats of the turns since it joined, oldest first.
    """
    longest = waited = 0
    for each in served:
        waited = 0 if each == seat else waited + 1
        longest = max(longest, waited)
    return longest


DIGITS = "一二三四五六七八九"  # data
TEN, HUNDRED = 10, 100


def in_chinese(number: int) -> str:
    """1–99 as papers write it: 一, 十, 十二, 二十一; larger ones in figures."""
    if not 0 < number < HUNDRED:
        return str(number)
    tens, ones = divmod(number, TEN)
    head = "" if tens == 0 else "十" if tens == 1 else f"{DIGITS[tens - 1]}十"  # data
    return head + (DIGITS[ones - 1] if ones else "")
