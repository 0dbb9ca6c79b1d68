"""How the rota comes about: derived from what really happened, never from a pointer."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.models import Group, Seat, Turn
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
