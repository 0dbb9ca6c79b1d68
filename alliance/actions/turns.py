"""Everything that can happen to the rota. The order itself is derived in `alliance.rota`.

Every act holds the group first, reads the rota anew, and leaves what has begun as it is.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.actions import duties, holding, rights
from alliance.boards import Board
from alliance.models import (
    Assignment,
    Decline,
    Group,
    Origin,
    Seat,
    Swap,
    Turn,
)
from alliance.rota import derive
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused

DAY = timedelta(days=1)


def hold(groups: Iterable[Group]) -> list[Group]:
    """One hand at a time on a group's rota, until the end of the transaction."""
    return holding.hold(group.pk for group in groups)


def has_begun(turn: Turn, today: date) -> bool:
    """History, which no act rewrites. On its first day a turn may still change hands until the
    portal has begun it."""
    return turn.starts_on < today or (turn.starts_on == today and turn.begun_at is not None)


def facts_of(turn: Turn) -> dict:
    """What events say of a turn: who has it, as the row does and in words."""
    return {"unit": turn.holder, "seat": turn.seat_id}


def keep(turns: Iterable[Turn], *, reason: str, by, at) -> None:
    """Keep who was given which turn."""
    Assignment.objects.bulk_create(
        Assignment(turn=turn, seat=turn.seat, origin=turn.origin, reason=reason, by=by, at=at)
        for turn in turns
    )


# ── What lies ahead, derived anew ───────────────────────────────────────────────────────────


@transaction.atomic
def refit(
    group: Group, touched: Iterable[Turn] = (), *, by=None, at: datetime | None = None, reason=""
) -> list[Turn]:
    """Derive anew what lies ahead, after seats or declines have changed; returns what changed.

    A present turn whose seat has ended is cut off there, and the rest of it goes to who is next.
    Swaps that no longer fit lapse. What hangs on `touched`, turns that the caller changed itself,
    follows too.
    """
    at = at or timezone.now()
    today = timezone.localdate(at)
    hold([group])
    group.refresh_from_db()
    (board,) = Board.of([group])
    cut = _cut_off(board, today, by=by, at=at)
    ahead = [turn for turn in board.turns if not has_begun(turn, today)]
    past = [turn for turn in board.turns if has_begun(turn, today)]
    changed = _rederive(board, past, ahead)
    for turn in ahead:
        turn.regulation = board.versions.on(turn.starts_on)
    Turn.objects.bulk_update(ahead, ["seat", "due_seat", "origin", "regulation", "sequence"])
    keep(changed, reason=reason, by=by, at=at)
    events.record_many(
        "turn.reassigned", [(turn, facts_of(turn)) for turn in changed], by=by, at=at
    )
    _lapse(group, today, by=by, at=at)
    follow(group, [*touched, *cut, *changed], at)
    return changed


def follow(group: Group, changed: Iterable[Turn], at) -> None:
    """What hangs on turns that changed hands or length follows them; the present one begins at
    once."""
    for turn in changed:
        duties.reassigned(turn, at=at)
    duties.begin_due(at=at, group=group)


def _rederive(board: Board, past: list[Turn], ahead: list[Turn]) -> list[Turn]:
    """Give the turns ahead to who is due now; answers those that changed hands."""
    given = derive(
        board.queue(past), [board.slot(turn) for turn in ahead], board.halves(past), board.rules
    )
    changed = []
    for turn, each in zip(ahead, given, strict=True):
        before = turn.seat_id
        kept = board.slot(turn).fixed and turn.seat_id == each.seat
        if not kept:
            turn.origin = Origin.ORDER if each.seat == each.due else Origin.SWAP
        turn.seat, turn.due_seat_id = board.seats.get(each.seat), each.due
        if turn.seat_id != before:
            turn.sequence += 1
            changed.append(turn)
    return changed


def _cut_off(board: Board, today: date, *, by, at) -> list[Turn]:
    """The unit on turn has left: its turn ends with its seat, the rest is a turn of its own.
    Answers the turns that were cut short."""
    cut = []
    for turn in list(board.turns):
        seat = turn.seat
        gone = seat and seat.ends_on and seat.ends_on < turn.ends_on
        if gone and has_begun(turn, today) and turn.ends_on >= today:
            last = max(seat.ends_on, today - DAY, turn.starts_on)
            if last < turn.ends_on:
                board.turns.append(_split(turn, last + DAY, by=by, at=at))
                cut.append(turn)
    board.turns.sort(key=lambda turn: turn.starts_on)
    return cut


def _split(turn: Turn, from_on: date, *, by, at) -> Turn:
    """Cut a turn short; answers the rest of it, which is nobody's yet."""
    ends_on, turn.ends_on = turn.ends_on, from_on - DAY
    turn.sequence += 1
    turn.save(update_fields=["ends_on", "sequence"])
    events.record("turn.cut_short", subject=turn, by=by, at=at, ends_on=turn.ends_on)
    duties.cut(turn, at=at)
    return Turn.objects.create(
        group=turn.group, starts_on=from_on, ends_on=ends_on, regulation=turn.regulation
    )


# ── One turn ────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def decline(turn: Turn, *, reason: str, by, at: datetime | None = None) -> Turn:
    """The unit cannot take a turn that lies ahead (婉拒轮值): it goes to the next in the order,
    or stays open for the office if nobody is left; the unit keeps its place.

    Raises StepRefused once the turn has begun, or if the unit took it over by a swap.
    """
    at = at or timezone.now()
    turn = _held(turn)
    seat = turn.seat
    rights.require(by is None or rights.office(by) or (seat and speaks(by, seat)))
    _check_ahead(turn, timezone.localdate(at))
    if seat is None:
        raise StepRefused(_("这次轮值还没有确定单位。"))
    if turn.seat_id != turn.due_seat_id:
        raise StepRefused(_("这次轮值是对调得来的，不能婉拒。确有困难，请与党务办公室联系。"))
    Decline.objects.create(turn=turn, seat=seat, reason=reason, by=by, at=at)
    events.record("turn.declined", subject=turn, by=by, at=at, unit=str(seat))
    refit(turn.group, by=by, at=at, reason=_("%(unit)s婉拒") % {"unit": seat})
    turn.refresh_from_db()
    return turn


@transaction.atomic
def assign(  # noqa: PLR0913
    turn: Turn,
    *,
    seat: Seat,
    origin: str,
    reason: str,
    by,
    from_on: date | None = None,
    at: datetime | None = None,
) -> Turn:
    """The office gives a turn to another unit of the group, with a reason: somebody stands in
    (代为轮值), or the office decides otherwise (办公室指定); so open turns are filled too.

    In a present turn it holds from the day `from_on` (today unless told): what was served stays,
    the rest becomes a turn of its own, which is returned. Who is passed over has not served.
    """
    rights.require(by is None or rights.office(by))
    at = at or timezone.now()
    today = timezone.localdate(at)
    turn = _held(turn)
    check_assignment(turn, seat, from_on, today)
    touched = [turn]
    if has_begun(turn, today) and (from_on or today) > turn.starts_on:
        turn = _split(turn, from_on or today, by=by, at=at)
        touched.append(turn)
    turn.seat = turn.due_seat = seat
    turn.origin, turn.sequence = origin, turn.sequence + 1
    turn.save(update_fields=["seat", "due_seat", "origin", "sequence"])
    keep([turn], reason=reason, by=by, at=at)
    name = "turn.substituted" if origin == Origin.SUBSTITUTE else "turn.overridden"
    events.record(name, subject=turn, by=by, at=at, **facts_of(turn))
    refit(turn.group, touched, by=by, at=at)
    turn.refresh_from_db()
    return turn


def check_assignment(turn: Turn, seat: Seat, from_on: date | None, today: date) -> None:
    """Raises StepRefused if the unit cannot take the turn from that day on."""
    if turn.ends_on < today:
        raise StepRefused(_("这次轮值已经结束，不能再调整。"))
    begun = has_begun(turn, today)
    if from_on and not begun and from_on != turn.starts_on:
        raise StepRefused(_("这次轮值还没有开始，只能整期调整，请不要填写日期。"))
    first = (from_on or today) if begun else turn.starts_on
    if begun and not max(today, turn.starts_on) <= first <= turn.ends_on:
        raise StepRefused(
            _("开始日期应在 %(first)s 到 %(last)s 之间。")
            % {"first": max(today, turn.starts_on), "last": turn.ends_on}
        )
    if seat.group_id != turn.group_id or not sits(seat, first, turn.ends_on):
        raise StepRefused(
            _("“%(unit)s”在这段时间不是%(group)s的成员单位。") % {"unit": seat, "group": turn.group}
        )
    if seat.pk == turn.seat_id:
        raise StepRefused(_("这次轮值已经是“%(unit)s”。") % {"unit": seat})


def sits(seat: Seat, starts_on: date, ends_on: date) -> bool:
    return seat.starts_on <= starts_on and (seat.ends_on is None or seat.ends_on >= ends_on)


def speaks(user, seat: Seat) -> bool:
    return rights.speaks_for(user, seat.unit_id)


def _held(turn: Turn) -> Turn:
    """The turn as it stands now, with its group held."""
    hold([Group(pk=turn.group_id)])
    return Turn.objects.select_related("group", "seat__unit", "due_seat__unit").get(pk=turn.pk)


def _check_ahead(turn: Turn, today: date) -> None:
    if has_begun(turn, today):
        raise StepRefused(_("这次轮值已经开始，请联系党务办公室安排其他单位代为轮值。"))


# ── Taking turns with each other ────────────────────────────────────────────────────────────


def _lapse(group: Group, today: date, *, by, at) -> None:
    """Open swaps of turns that have begun, or are not what they were."""
    rows = Swap.objects.open().filter(group=group).select_related("first", "second")
    for swap in rows:
        if not fits(swap, today):
            swap.step_to(Swap.Status.LAPSED, settled_at=at)
            events.record("swap.lapsed", subject=swap, by=by, at=at)


def fits(swap: Swap, today: date) -> bool:
    """Whether the two turns still lie ahead and are still the two units' own."""
    pairs = ((swap.first, swap.first_seat_id), (swap.second, swap.second_seat_id))
    return all(
        not has_begun(turn, today) and turn.seat_id == turn.due_seat_id == seat
        for turn, seat in pairs
    )


@transaction.atomic
def lapse_swaps(*, at: datetime | None = None) -> None:
    """Swaps that nobody finished before the first of the two turns began."""
    at = at or timezone.now()
    today = timezone.localdate(at)
    rows = Swap.objects.open().filter(first__starts_on__lte=today)
    for group in hold(Group.objects.filter(swaps__in=rows).distinct()):
        _lapse(group, today, by=None, at=at)
