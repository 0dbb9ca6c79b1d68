"""A year of the rota is planned, and planned anew when the rota system is amended."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.actions import rights, turns
from alliance.actions.turns import DAY, has_begun, hold
from alliance.boards import Board, History, why
from alliance.models import (
    Assignment,
    Group,
    Handover,
    Meeting,
    Origin,
    Regulation,
    Seat,
    Swap,
    Turn,
)
from alliance.numerals import numeral
from alliance.rota import Given, Slot, derive, period_start, slots
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused

FARTHEST_YEAR = 2  # years ahead that can be planned


@dataclass(frozen=True)
class Proposal:
    """A turn that could be saved, and why its unit is due."""

    group: Group
    seat: Seat | None
    due_seat: Seat | None
    starts_on: date
    ends_on: date
    regulation: Regulation | None
    place: int
    history: History | None

    @property
    def reason(self) -> str:
        """第一位：上次轮值 …, or what the office is asked to do."""
        if self.seat is None:
            return _("没有可以轮值的单位，请党务办公室确定。")
        words = why(self.due_seat, self.history)
        if self.seat != self.due_seat:
            words += _("；与%(unit)s对调，由%(seat)s轮值") % {
                "unit": self.due_seat,
                "seat": self.seat,
            }
        return _("第%(number)s位：%(why)s") % {"number": numeral(self.place), "why": words}


def propose(
    groups: Iterable[Group], *, year: int, on: date | None = None
) -> dict[Group, list[Proposal]]:
    """The turns of a year that are not planned yet, for each group, as they would be saved.

    What is missing since the present turn is filled too, so that no day is nobody's.
    """
    on = on or timezone.localdate()
    return {board.group: _proposals(board, year, on) for board in Board.of(groups)}


def _proposals(board: Board, year: int, on: date) -> list[Proposal]:
    starts_on = _first_day(board, year, on)
    until = min(date(year, 12, 31), board.group.ends_on or date.max)
    return _planned(board, slots(starts_on, until, board.versions.months_on))


def _planned(board: Board, stretches: Iterable[tuple[date, date]]) -> list[Proposal]:
    """Who is due for some stretches of days after all turns of a board."""
    ahead = [Slot(*stretch) for stretch in stretches]
    queue = board.queue(board.turns)
    given = derive(queue, ahead, board.halves(board.turns), board.rules)
    return list(_dressed(board, ahead, given))


def _first_day(board, year, on) -> date:
    """The day after the last planned turn, but nothing before the present stretch: what nobody
    served is not made up."""
    present = period_start(on, board.versions.months_on(on))
    if board.turns:
        return max(board.turns[-1].ends_on + DAY, present)
    return max(date(year, 1, 1), present, board.group.starts_on)


def _dressed(board: Board, ahead: list[Slot], given: list[Given]):
    gone_by, number = list(board.turns), 0
    for slot, each in zip(ahead, given, strict=True):
        seat, due = board.seats.get(each.seat), board.seats.get(each.due)
        history = board.history(due.pk, gone_by) if due else None
        number += due is not None
        yield Proposal(
            board.group,
            seat,
            due,
            slot.starts_on,
            slot.ends_on,
            board.versions.on(slot.starts_on),
            number,
            history,
        )
        gone_by.append(
            Turn(
                group=board.group,
                seat=seat,
                due_seat=due,
                starts_on=slot.starts_on,
                ends_on=slot.ends_on,
            )
        )


@transaction.atomic
def generate(groups: Iterable[Group], *, year: int, by, at: datetime | None = None) -> list[Turn]:
    """Plan a year of some groups (排定轮值): each turn goes to who is due.

    Raises StepRefused if the year is over or too far, if all of it is planned already, or if a
    group has nobody to take turns.
    """
    rights.require(by is None or rights.office(by))
    today = timezone.localdate(at)
    check_year(year, today)
    groups = hold(groups)
    boards = Board.of(groups)
    _check_seated(boards, max(date(year, 1, 1), today))
    proposals = [each for board in boards for each in _proposals(board, year, today)]
    if not proposals:
        raise StepRefused(_("%(year)d 年的轮值已经排定，没有需要补排的。") % {"year": year})
    return _save(proposals, by=by, at=at or timezone.now())


def check_year(year: int, today: date) -> None:
    if not today.year <= year <= today.year + FARTHEST_YEAR:
        raise StepRefused(
            _("请选择 %(first)d 年到 %(last)d 年之间的年份。")
            % {"first": today.year, "last": today.year + FARTHEST_YEAR}
        )


def _check_seated(boards, on):
    empty = [
        str(board.group)
        for board in boards
        if not any(board.rotates(seat, on) for seat in board.seats)
    ]
    if empty:
        raise StepRefused(
            _("%(groups)s没有可轮值的成员席位，请先让单位加入小组。")
            % {"groups": _("、").join(empty)}
        )


def _save(proposals: list[Proposal], *, by, at) -> list[Turn]:
    made = Turn.objects.bulk_create(
        Turn(
            group=each.group,
            seat=each.seat,
            due_seat=each.due_seat,
            origin=Origin.ORDER if each.seat == each.due_seat else Origin.SWAP,
            starts_on=each.starts_on,
            ends_on=each.ends_on,
            regulation=each.regulation,
        )
        for each in proposals
    )
    turns.keep(made, reason="", by=by, at=at)
    events.record_many(
        "turn.planned", [(turn, turns.facts_of(turn)) for turn in made], by=by, at=at
    )
    return made


@transaction.atomic
def amend(*, by=None, at: datetime | None = None) -> None:
    """A version of the rota system was adopted or withdrawn: what lies ahead follows it.

    Turns whose length it changes are planned anew as far as they were planned, and all ahead are
    derived by its rules. What has begun keeps its version; turns about which somebody has decided
    (declined, swapped, given on, about to be handed over) and those before them keep their dates.
    """
    at = at or timezone.now()
    today = timezone.localdate(at)
    for group in hold(Group.objects.current(today)):
        _recut(group, today, by=by, at=at)
        turns.refit(group, by=by, at=at)


def _recut(group: Group, today: date, *, by, at) -> None:
    (board,) = Board.of([group])
    if free := _undecided(board, today):
        months_on = board.versions.months_on
        stretches = list(slots(free[0].starts_on, free[-1].ends_on, months_on))
        if stretches != [(turn.starts_on, turn.ends_on) for turn in free]:
            rows = Turn.objects.filter(pk__in=[turn.pk for turn in free])
            Assignment.objects.filter(turn__in=rows).delete()
            rows.delete()
            board.turns = board.turns[: -len(free)]
            _save(_planned(board, stretches), by=by, at=at)


def _undecided(board: Board, today: date) -> list[Turn]:
    """The last turns ahead about which nobody has decided anything."""
    decided = set(board.declined) | set(
        Handover.objects.filter(arriving__group=board.group).values_list("arriving", flat=True)
    )
    decided |= set(Meeting.objects.filter(turn__group=board.group).values_list("turn", flat=True))
    for swap in Swap.objects.filter(group=board.group):
        decided |= {swap.first_id, swap.second_id}
    free = []
    for turn in reversed(board.turns):
        if has_begun(turn, today) or turn.pk in decided or board.slot(turn).fixed:
            break
        free.insert(0, turn)
    return free
