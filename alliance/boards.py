"""The rota of groups as it stands in the rows, in the terms of `alliance.rota`."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from django.utils.translation import gettext as _

from alliance.models import Decline, Group, Origin, Regulation, Seat, Swap, Turn
from alliance.models.settings import SETTINGS, Text
from alliance.models.turns import period_words
from alliance.numerals import numeral
from alliance.rota import Half, Queue, Rules, Sitting, Slot, longest_wait


@dataclass
class Board:
    """One group with everything that its order is derived from."""

    group: Group
    versions: "Versions"
    seats: dict[int, Seat] = field(default_factory=dict)  # the group's own, of every day
    turns: list[Turn] = field(default_factory=list)  # in the order of time
    declines: list[Decline] = field(default_factory=list)
    swaps: list[Swap] = field(default_factory=list)  # those that were confirmed

    @classmethod
    def of(cls, groups: Iterable[Group]) -> list["Board"]:
        """Boards of some groups (5 questions, however many they are)."""
        versions = Versions()
        boards = {group.pk: cls(group, versions) for group in groups}
        for seat in Seat.objects.filter(group__in=boards).select_related("unit"):
            boards[seat.group_id].seats[seat.pk] = seat
        for turn in Turn.objects.filter(group__in=boards).order_by("starts_on"):
            turn.seat = boards[turn.group_id].seats.get(turn.seat_id)
            turn.group = boards[turn.group_id].group
            boards[turn.group_id].turns.append(turn)
        rows = Decline.objects.filter(turn__group__in=boards).select_related("turn")
        for decline in rows:
            boards[decline.turn.group_id].declines.append(decline)
        for swap in Swap.objects.filter(group__in=boards, status=Swap.Status.CONFIRMED):
            boards[swap.group_id].swaps.append(swap)
        return list(boards.values())

    @property
    def sittings(self) -> list[Sitting]:
        return [
            Sitting(seat.pk, seat.order, seat.starts_on, seat.ends_on)
            for seat in self.seats.values()
        ]

    @property
    def rules(self) -> Rules:
        return Rules(
            order_on=lambda day: self.versions.value("order_rule", day),
            rotates=self.rotates,
            may_serve=self.may_serve,
        )

    def rotates(self, seat: int, on: date) -> bool:
        """Whether a seat takes turns by the system in force on a day: by the kind of its unit."""
        return self.seats[seat].unit.kind in self.versions.value("rotating_kinds", on)

    def queue(self, turns: Iterable[Turn]) -> Queue:
        """The order after some turns have gone by."""
        return Queue(self.sittings).pass_over(self.slot(turn) for turn in turns)

    def slot(self, turn: Turn) -> Slot:
        return Slot(
            turn.starts_on,
            turn.ends_on,
            due=turn.due_seat_id,
            seat=turn.seat_id,
            fixed=turn.origin in (Origin.SUBSTITUTE, Origin.OVERRIDE),
            declined=self.declined.get(turn.pk, frozenset()),
        )

    @cached_property
    def declined(self) -> Mapping[int, frozenset[int]]:
        """Turn → the seats that declined it."""
        found = defaultdict(set)
        for decline in self.declines:
            found[decline.turn_id].add(decline.seat_id)
        return {turn: frozenset(seats) for turn, seats in found.items()}

    def halves(self, turns: Iterable[Turn]) -> list[Half]:
        """Sides of confirmed swaps that none of some turns (those that have begun) carries out."""
        dates = {turn.pk: turn.starts_on for turn in self.turns}
        done = Counter(
            (turn.due_seat_id, turn.seat_id) for turn in turns if turn.due_seat_id != turn.seat_id
        )
        found = []
        for swap in sorted(self.swaps, key=lambda swap: swap.pk):
            for turn, due, seat in (
                (swap.first_id, swap.first_seat_id, swap.second_seat_id),
                (swap.second_id, swap.second_seat_id, swap.first_seat_id),
            ):
                if done[due, seat]:
                    done[due, seat] -= 1
                elif turn in dates:
                    found.append(Half(due, seat, dates[turn]))
        return found

    def may_serve(self, seat: int, slot: Slot) -> bool:
        """Whether a seat of the group, rotating or not, sits through a slot."""
        row = self.seats.get(seat)
        if row is None or row.starts_on > slot.starts_on:
            return False
        return row.ends_on is None or row.ends_on >= slot.ends_on

    def standing(self, on: date) -> list["Standing"]:
        """The seats of today in the order in which they come next, as of a day."""
        past = [turn for turn in self.turns if turn.starts_on <= on]
        queue = self.queue(past)
        queue.rule = self.versions.value("order_rule", on)
        ready = queue.ready(Slot(on, on), self.rotates)
        return [
            Standing(self, self.seats[sitting.pk], number, self.history(sitting.pk, past))
            for number, sitting in enumerate(ready, 1)
        ]

    def history(self, seat: int, turns: list[Turn]) -> "History":
        """What a seat has done in some turns of the group."""
        own = [turn for turn in turns if turn.seat_id == seat]
        joined = self.seats[seat].starts_on
        served = [turn.seat_id for turn in turns if turn.starts_on >= joined]
        last = own[-1] if own else None
        since = last.starts_on if last else joined
        return History(
            served=len(own),
            last=last,
            due_on=max(
                (turn.starts_on for turn in turns if turn.due_seat_id == seat), default=None
            ),
            swaps=sum(
                1
                for swap in self.swaps
                if seat in (swap.first_seat_id, swap.second_seat_id)
                and self._day(swap.second_id) >= since
            ),
            declines=sum(
                1 for row in self.declines if row.seat_id == seat and row.turn.starts_on > since
            ),
            all_declines=sum(1 for row in self.declines if row.seat_id == seat),
            all_swaps=sum(
                1 for swap in self.swaps if seat in (swap.first_seat_id, swap.second_seat_id)
            ),
            waits=_since_last(seat, served),
            longest=longest_wait(seat, served),
        )

    def _day(self, turn_pk) -> date:
        return next((turn.starts_on for turn in self.turns if turn.pk == turn_pk), date.min)


def _since_last(seat, served) -> int:
    """Turns of others since a seat's last one."""
    waited = 0
    for each in reversed(served):
        if each == seat:
            break
        waited += 1
    return waited


@dataclass(frozen=True)
class History:
    """How often and when a seat has served, and what it asked for meanwhile."""

    served: int
    last: Turn | None
    due_on: date | None  # first day of the last place that was its own
    swaps: int  # since its last turn
    declines: int
    all_swaps: int
    all_declines: int
    waits: int  # turns of others since its last one
    longest: int


@dataclass(frozen=True)
class Standing:
    """A seat's place in the order (次序), and why in words."""

    board: Board
    seat: Seat
    number: int
    history: History

    @property
    def words(self) -> str:
        place = _("第%(number)s位") % {"number": numeral(self.number)}
        return _("%(place)s：%(why)s") % {"place": place, "why": why(self.seat, self.history)}


def why(seat: Seat, history: History) -> str:
    """Why a seat stands where it stands: its last turn, or the day it joined."""
    last = history.last
    if last is None:
        words = _("尚未轮值，%(day)s 加入，按章程次序第 %(order)d 位") % {
            "day": seat.starts_on,
            "order": seat.order,
        }
    else:
        words = _("上次轮值 %(period)s") % {"period": period_words(last.starts_on, last.ends_on)}
    if history.swaps:
        words += _("，期间对调 %(number)d 次，次序不变") % {"number": history.swaps}
    if history.declines:
        words += _("，期间婉拒 %(number)d 次，位次保留") % {"number": history.declines}
    return words


class Versions:
    """The adopted versions of the rota system: which one decides on a day (one question)."""

    def __init__(self):
        self._rows = list(Regulation.objects.adopted().filter(text=Text.ROTA))

    def on(self, day: date) -> Regulation | None:
        return next((row for row in self._rows if row.is_in_force(day)), None)

    def value(self, code: str, day: date):
        row = self.on(day)
        return row.value(code) if row else SETTINGS[code].default

    def months_on(self, day: date) -> int:
        """The length of a turn that begins on a day."""
        return self.value("turn_months", day)
