"""Two units of a group exchange turns that lie ahead (对调): both agree, the office confirms."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.actions import rights, turns
from alliance.models import Assignment, Origin, Regulation, Swap, Turn
from alliance.models.settings import SwapRule
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused

Status = Swap.Status


def may_propose(user, *seats) -> bool:
    """The office; by the usual rule of the rota system also the two units themselves."""
    if rights.office(user):
        return True
    rule = Regulation.objects.settings()["swap_rule"]
    return rule == SwapRule.UNITS and any(turns.speaks(user, seat) for seat in seats)


@transaction.atomic
def propose(one: Turn, other: Turn, *, reason: str, by, at: datetime | None = None) -> Swap:
    """Ask for a swap of two turns of a group. Whoever asks for a unit has agreed for it.

    Raises StepRefused if a turn has begun, is open, was swapped already or waits for another
    swap, or if a unit would not sit through the other's turn.
    """
    turns.hold([one.group])
    at = at or timezone.now()
    rows = Turn.objects.select_related("group", "seat__unit").filter(pk__in=[one.pk, other.pk])
    found = list(rows.order_by("starts_on"))
    check_pair(found, timezone.localdate(at))
    first, second = found
    rights.require(by is None or may_propose(by, first.seat, second.seat))
    swap = Swap.objects.create(
        group=first.group,
        first=first,
        second=second,
        first_seat=first.seat,
        second_seat=second.seat,
        reason=reason,
        asked_by=by,
        asked_at=at,
        first_agreed_at=at if by and turns.speaks(by, first.seat) else None,
        second_agreed_at=at if by and turns.speaks(by, second.seat) else None,
    )
    events.record("swap.proposed", subject=swap, by=by, at=at)
    if swap.first_agreed_at and swap.second_agreed_at:
        swap.step_to(Status.AGREED)
        events.record("swap.agreed", subject=swap, by=by, at=at)
    return swap


def check_pair(found: list[Turn], today) -> None:
    """Raises StepRefused if two turns cannot be swapped."""
    if len(found) != 2 or found[0].group_id != found[1].group_id:  # noqa: PLR2004
        raise StepRefused(_("只能对调同一小组的两次轮值。"))
    for turn in found:
        _check_own(turn, today)
    first, second = found
    if first.seat_id == second.seat_id:
        raise StepRefused(_("两次轮值是同一家单位，不需要对调。"))
    for turn, seat in ((first, second.seat), (second, first.seat)):
        if not turns.sits(seat, turn.starts_on, turn.ends_on):
            raise StepRefused(
                _("“%(unit)s”在 %(turn)s 不是成员单位，不能对调。")
                % {"unit": seat, "turn": turn.period_words}
            )
    either = Q(first__in=found) | Q(second__in=found)
    if Swap.objects.open().filter(either).exists():
        raise StepRefused(_("其中一次轮值正在办理另一件对调，请等它办结。"))


def _check_own(turn: Turn, today) -> None:
    """A turn can be given away that lies ahead and is its unit's own place."""
    if turns.has_begun(turn, today):
        raise StepRefused(_("已经开始的轮值不能对调。"))
    if turn.seat_id is None:
        raise StepRefused(_("还没有确定单位的轮值不能对调。"))
    if turn.seat_id != turn.due_seat_id:
        raise StepRefused(_("已经对调过的轮值不能再次对调。"))


@transaction.atomic
def agree(swap: Swap, *, by, at: datetime | None = None) -> None:
    """A unit that was asked agrees; once both have, the office is asked to confirm."""
    at = at or timezone.now()
    swap = _held(swap)
    mine = [
        name
        for name, seat in (("first", swap.first_seat), ("second", swap.second_seat))
        if turns.speaks(by, seat) and getattr(swap, f"{name}_agreed_at") is None
    ]
    rights.require(bool(mine) or _is_party(by, swap))
    _check_open(swap, Status.PROPOSED)
    if not mine:
        raise StepRefused(_("您的单位已经同意，正在等待对方答复。"))
    _check_fits(swap, at)
    for name in mine:
        setattr(swap, f"{name}_agreed_at", at)
    swap.save(update_fields=["first_agreed_at", "second_agreed_at"])
    if swap.first_agreed_at and swap.second_agreed_at:
        swap.step_to(Status.AGREED)
    events.record("swap.agreed", subject=swap, by=by, at=at)


@transaction.atomic
def refuse(swap: Swap, *, reason: str, by, at: datetime | None = None) -> None:
    """A unit that was asked, or the office, says no, with a reason."""
    swap = _held(swap)
    rights.require(rights.office(by) or _is_asked(by, swap))
    _check_open(swap, *Swap.OPEN)
    swap.step_to(Status.REFUSED, answer=reason, settled_at=at or timezone.now())
    events.record("swap.refused", subject=swap, by=by, at=at)


@transaction.atomic
def withdraw(swap: Swap, *, by, at: datetime | None = None) -> None:
    """Whoever asked, or spoke for a unit that has agreed, takes it back before it is confirmed."""
    swap = _held(swap)
    rights.require(swap.asked_by_id == by.pk or _has_agreed(by, swap))
    _check_open(swap, *Swap.OPEN)
    swap.step_to(Status.WITHDRAWN, settled_at=at or timezone.now())
    events.record("swap.withdrawn", subject=swap, by=by, at=at)


@transaction.atomic
def confirm(swap: Swap, *, by, at: datetime | None = None) -> None:
    """The office confirms: the two units serve each other's turn; the order stays as it was."""
    at = at or timezone.now()
    rights.require(by is None or rights.office(by))
    swap = _held(swap)
    _check_open(swap, Status.AGREED)
    _check_fits(swap, at)
    swap.step_to(Status.CONFIRMED, settled_at=at)
    pairs = ((swap.first, swap.second_seat), (swap.second, swap.first_seat))
    for turn, seat in pairs:
        turn.seat, turn.origin, turn.sequence = seat, Origin.SWAP, turn.sequence + 1
        turn.save(update_fields=["seat", "origin", "sequence"])
        Assignment.objects.create(
            turn=turn, seat=seat, origin=Origin.SWAP, reason=swap.reason, by=by, at=at
        )
        events.record("turn.swapped", subject=turn, by=by, at=at, **turns.facts_of(turn))
    events.record("swap.confirmed", subject=swap, by=by, at=at)
    turns.follow(swap.group, [swap.first, swap.second], at)


def _held(swap: Swap) -> Swap:
    """The swap as it stands now, with its group held."""
    turns.hold([swap.group])
    rows = Swap.objects.select_related(
        "group", "first__group", "second__group", "first_seat__unit", "second_seat__unit"
    )
    return rows.get(pk=swap.pk)


def _check_open(swap: Swap, *statuses) -> None:
    if swap.status not in statuses:
        raise StepRefused(
            _("这件对调目前是“%(now)s”，不能再办理这一步。") % {"now": swap.get_status_display()}
        )


def _check_fits(swap: Swap, at) -> None:
    if not turns.fits(swap, timezone.localdate(at)):
        raise StepRefused(_("轮值安排已有变动，或其中一次轮值已经开始，这件对调不能再办理。"))


def _is_party(user, swap) -> bool:
    return turns.speaks(user, swap.first_seat) or turns.speaks(user, swap.second_seat)


def _is_asked(user, swap) -> bool:
    """Speaks for a unit that has not agreed yet."""
    asked = (swap.first_seat, swap.first_agreed_at), (swap.second_seat, swap.second_agreed_at)
    return any(agreed is None and turns.speaks(user, seat) for seat, agreed in asked)


def _has_agreed(user, swap) -> bool:
    asked = (swap.first_seat, swap.first_agreed_at), (swap.second_seat, swap.second_agreed_at)
    return any(agreed is not None and turns.speaks(user, seat) for seat, agreed in asked)


def steps_open_to(user, swap: Swap) -> set[str]:
    """What a person may do with a swap now: agree, refuse, withdraw, confirm."""
    if not swap.is_open:
        return set()
    asked = _is_asked(user, swap)
    steps = {
        "agree": swap.status == Status.PROPOSED and asked,
        "refuse": asked or rights.office(user),
        "withdraw": swap.asked_by_id == user.pk or _has_agreed(user, swap),
        "confirm": swap.status == Status.AGREED and rights.office(user),
    }
    return {step for step, may in steps.items() if may}
