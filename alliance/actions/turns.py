"""How the rota comes about: derived from what really happened, never from a pointer."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.models import Assignment, Group, Seat, Turn
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused


@dataclass(frozen=True)
class Proposal:
    """A turn that could be saved, and since when its unit has waited."""

    seat: Seat
    starts_on: date
    ends_on: date
    served_on: date | None  # None: never yet

    @property
    def reason(self) -> str:
        if self.served_on is None:
            return _("尚未轮值，按章程次序第 %(order)d 位") % {"order": self.seat.order}
        return _("上次轮值至 %(day)s") % {"day": self.served_on}


def quarter_start(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def quarter_end(day: date) -> date:
    after = quarter_start(quarter_start(day) + timedelta(days=100))
    return after - timedelta(days=1)


def propose(group: Group, *, turns: int = 4, on: date | None = None) -> list[Proposal]:
    """The next `turns` quarters after the last planned one, least recently served first.

    A unit that has not served counts from the day it joined; equals follow the charter's order.
    A seat that ends before a quarter begins takes no turn in it.
    """
    on = on or timezone.localdate()
    seats = list(Seat.objects.rotating().filter(group=group).select_related("unit"))
    planned = list(group.turns.all())
    served = {seat.pk: None for seat in seats}
    for turn in planned:
        if turn.seat_id in served:
            served[turn.seat_id] = max(served[turn.seat_id] or turn.ends_on, turn.ends_on)
    starts_on = max(
        [turn.ends_on + timedelta(days=1) for turn in planned], default=quarter_start(on)
    )
    proposals = []
    for _number in range(turns):
        ready = [seat for seat in seats if seat.is_current(starts_on)]
        if not ready:
            break
        seat = min(ready, key=lambda one: (served[one.pk] or one.starts_on, one.order, one.pk))
        ends_on = quarter_end(starts_on)
        proposals.append(Proposal(seat, starts_on, ends_on, served[seat.pk]))
        served[seat.pk], starts_on = ends_on, ends_on + timedelta(days=1)
    return proposals


@transaction.atomic
def plan(
    group: Group, *, by, turns: int = 4, on: date | None = None, at: datetime | None = None
) -> list[Turn]:
    """Save the proposal (排定轮值).

    Raises StepRefused if no seat of the group rotates, or if somebody else planned meanwhile.
    """
    Group.objects.select_for_update().get(pk=group.pk)  # one planner at a time
    proposals = propose(group, turns=turns, on=on)
    if not proposals:
        raise StepRefused(
            _("“%(group)s”没有可轮值的企业席位，请先登记成员席位。") % {"group": group}
        )
    try:
        with transaction.atomic():
            made = [
                Turn.objects.create(
                    group=group, seat=item.seat, starts_on=item.starts_on, ends_on=item.ends_on
                )
                for item in proposals
            ]
    except IntegrityError as error:
        raise StepRefused(_("这些季度刚被别人排定，请刷新后再看。")) from error
    for turn in made:
        events.record("turn.planned", subject=turn, by=by, at=at)
    return made


@transaction.atomic
def refit(group: Group, *, by=None, at: datetime | None = None) -> None:
    """Derive anew who has the turns ahead, as the seats are now (重排今后的轮值).

    Turns that were served stay as they are. The present turn is split when its seat has ended:
    the days that remain go to the next unit.
    """
    Group.objects.select_for_update(no_key=True).get(pk=group.pk)
    today = timezone.localdate(at)
    _split_ended(group, today)
    seats = list(Seat.objects.rotating().filter(group=group))
    served = {}
    for turn in group.turns.filter(starts_on__lte=today).exclude(seat=None):
        served[turn.seat_id] = max(served.get(turn.seat_id, turn.ends_on), turn.ends_on)
    ahead = group.turns.filter(
        Q(starts_on__gt=today) | Q(starts_on=today, begun_at=None, seat=None)
    )
    for turn in ahead.order_by("starts_on"):
        ready = [each for each in seats if each.starts_on <= turn.starts_on and _stays(each, turn)]
        seat = min(
            ready,
            key=lambda one: (served.get(one.pk) or one.starts_on, one.order, one.pk),
            default=None,
        )
        if seat:
            served[seat.pk] = turn.ends_on
        if turn.seat_id != (seat and seat.pk):
            group.turns.filter(pk=turn.pk).update(
                seat=seat, due_seat=seat, sequence=F("sequence") + 1
            )
            Assignment.objects.create(
                turn=turn, seat=seat, origin="order", by=by, at=at or timezone.now()
            )


def _stays(seat: Seat, turn: Turn) -> bool:
    return seat.ends_on is None or seat.ends_on >= turn.ends_on


def _split_ended(group: Group, today: date) -> None:
    turn = group.turns.current(today).select_related("seat").first()
    if turn is None or turn.seat is None or _stays(turn.seat, turn):
        return
    last = turn.seat.ends_on
    if last < turn.starts_on:
        group.turns.filter(pk=turn.pk).update(seat=None, due_seat=None)
        return
    group.turns.filter(pk=turn.pk).update(ends_on=last, sequence=F("sequence") + 1)
    group.turns.create(starts_on=last + timedelta(days=1), ends_on=turn.ends_on)
