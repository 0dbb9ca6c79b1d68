"""Seats in the alliance: a unit joins, leaves, takes its place in the charter, leads its group.

Whoever changes the seats of a group holds the group, so all of this comes one after the other;
what it means for the rota ahead, `turns.refit` derives.
"""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.actions import rights, signatures, turns
from alliance.models import Group, Lead, Seat, Turn
from members.models import Unit
from nanchuan.kernel import events
from nanchuan.kernel.periods import PeriodQuerySet, day_before, months_after
from nanchuan.kernel.states import StepRefused

MONTHS = 12  # how far back and ahead a change is entered


@transaction.atomic
def join(  # noqa: PLR0913
    unit: Unit,
    group: Group | None,
    *,
    starts_on: date,
    order: int | None = None,
    by,
    at: datetime | None = None,
) -> Seat:
    """A unit takes a seat in a group, or without one in the whole alliance (加入).

    Without an order it comes last. Raises StepRefused if it has a seat there that day or later,
    and for a day on which the group is not in being or that is too far away.
    """
    require_office(by)
    group = hold(group, unit)
    check_join(unit, group, starts_on, timezone.localdate(at))
    seat = Seat.objects.create(
        unit=unit,
        group=group,
        order=order or next_order(group),
        starts_on=starts_on,
        ends_on=group.ends_on if group else None,
    )
    events.record("seat.joined", subject=seat, by=by, at=at, place=seat.place, on=starts_on)
    signatures.ask_to_sign(unit, by=by, at=at)
    refit(group, by=by, at=at)
    return seat


@transaction.atomic
def leave(seat: Seat, *, on: date, reason: str, by, at: datetime | None = None) -> None:
    """A unit has no seat any more from a day on (退出): the day before is its last.

    It leads no longer, and its turns ahead go to others. Raises StepRefused for a day on which
    it was still on turn, and if somebody else entered that it leaves.
    """
    require_office(by)
    group = hold(seat.group, seat.unit)
    seat.refresh_from_db(fields=["starts_on", "ends_on"])
    check_leave(seat, on, timezone.localdate(at))
    end(seat, on=on, reason=reason, by=by, at=at)
    refit(group, by=by, at=at)


@transaction.atomic
def reorder(
    group: Group | None, orders: dict[int, int], *, by, at: datetime | None = None
) -> list[Seat]:
    """The charter's order of the seats of a group is another (调整章程次序).

    `orders` are numbers by seat; returns the seats that moved. The turns ahead follow.
    """
    require_office(by)
    group = hold(group)
    moved = []
    for seat in Seat.objects.filter(group=group, pk__in=orders).select_related("unit"):
        if (order := orders[seat.pk]) != seat.order:
            moved.append((seat, {"order": [seat.order, order]}))
            seat.order = order
            seat.save(update_fields=["order"])
    events.record_many("seat.reordered", moved, by=by, at=at)
    if moved:
        refit(group, by=by, at=at)
    return [seat for seat, _facts in moved]


@transaction.atomic
def name_lead(seat: Seat, *, on: date, by, at: datetime | None = None) -> Lead:
    """A seat's unit leads its group from a day on (头雁); the one before it leads until then.

    Raises StepRefused if the unit does not sit there that day, or if another one is named for
    that day or later.
    """
    require_office(by)
    group = hold(seat.group)
    seat.refresh_from_db(fields=["starts_on", "ends_on"])
    before = check_lead(seat, on, timezone.localdate(at))
    if before:
        Lead.objects.filter(pk=before.pk).update(ends_on=day_before(on))
    lead = Lead.objects.create(group=group, seat=seat, starts_on=on, ends_on=seat.ends_on)
    events.record(
        "lead.named", subject=lead, by=by, at=at, on=on, before=str(before.seat) if before else ""
    )
    return lead


def check_join(unit: Unit, group: Group | None, starts_on: date, today: date) -> None:
    """Raises StepRefused for what `join` would refuse."""
    check_day(starts_on, today)
    if group and not group.is_current(starts_on):
        raise StepRefused(
            _("“%(group)s”在 %(day)s 还没有成立或已经解散。请核对日期。")
            % {"group": group, "day": starts_on}
        )
    rivals = Seat.objects.filter(unit=unit, group=group)
    seat = rivals.overlapping(starts_on, None).order_by("starts_on").first()
    if seat is None:
        return
    words = {"unit": unit, "place": seat.place, "day": seat.starts_on, "last": seat.ends_on}
    if seat.ends_on:
        raise StepRefused(
            _("“%(unit)s”在%(place)s已有席位（%(day)s 至 %(last)s），再次加入须在这以后。") % words
        )
    raise StepRefused(_("“%(unit)s”自 %(day)s 起在%(place)s已有席位，不用再登记。") % words)


def check_leave(seat: Seat, on: date, today: date) -> None:
    """Raises StepRefused for what `leave` would refuse."""
    if seat.ends_on:
        raise StepRefused(
            _("已登记“%(unit)s”在%(place)s的席位到 %(day)s 为止，不能重复登记。")
            % {"unit": seat.unit, "place": seat.place, "day": seat.ends_on}
        )
    check_day(on, today)
    if on <= seat.starts_on:
        raise StepRefused(
            _("这个席位从 %(day)s 开始，退出须晚于这一天。") % {"day": seat.starts_on}
        )
    check_not_served(seat.turns.all(), on, today)


def check_lead(seat: Seat, on: date, today: date) -> Lead | None:
    """Whom the new lead unit follows. Raises StepRefused for what `name_lead` would refuse."""
    check_day(on, today)
    if seat.group_id is None:
        raise StepRefused(_("头雁单位在产业链小组中确定，整个联盟的席位不设头雁。"))
    if not seat.is_current(on):
        raise StepRefused(
            _("“%(unit)s”在 %(day)s 没有“%(group)s”的席位，不能任头雁单位。")
            % {"unit": seat.unit, "day": on, "group": seat.group}
        )
    leads = Lead.objects.filter(group=seat.group_id).select_related("seat__unit")
    last = leads.overlapping(on, None).order_by("-starts_on").first()
    if last and last.seat_id == seat.pk:
        raise StepRefused(
            _("“%(unit)s”自 %(day)s 起就是头雁单位。") % {"unit": seat.unit, "day": last.starts_on}
        )
    if last and last.starts_on >= on:
        raise StepRefused(
            _("已登记自 %(day)s 起由“%(unit)s”任头雁单位，新的头雁单位须从这以后开始。")
            % {"day": last.starts_on, "unit": last.seat}
        )
    return last


def check_day(on: date, today: date) -> None:
    """Entered late or ahead, but by no more than a year."""
    if on < months_after(today, -MONTHS):
        raise StepRefused(_("最多补录一年以内的变动。请核对日期。"))
    if on > months_after(today, MONTHS):
        raise StepRefused(_("最多提前一年登记。请核对日期。"))


def check_not_served(served: PeriodQuerySet[Turn], on: date, today: date) -> None:
    """What was served stays as it was: nobody leaves before a day on which it was on turn."""
    past = served.filter(starts_on__lte=today).order_by("-starts_on").first()
    if past is None:
        return
    last = min(past.ends_on, max(past.starts_on, day_before(today)))
    if last >= on:
        raise StepRefused(
            _("“%(unit)s”已轮值到 %(day)s，已经过去的轮值不改。请填写这以后的日期。")
            % {"unit": past.holder, "day": last}
        )


def end(seat: Seat, *, on: date, reason: str, by, at: datetime | None) -> None:
    """The seat and what hangs on it end the day before; the caller has checked and derives the
    rota."""
    last = day_before(on)
    Seat.objects.filter(pk=seat.pk).update(ends_on=last, leave_reason=reason)
    seat.ends_on, seat.leave_reason = last, reason
    times = Lead.objects.filter(seat=seat)
    times.filter(starts_on__gt=last).delete()  # named for a day that it does not see
    times.overlapping(last, None).update(ends_on=last)
    events.record("seat.left", subject=seat, by=by, at=at, place=seat.place, on=on)


def next_order(group: Group | None, on: date | None = None) -> int:
    """The place after the last one."""
    seats = Seat.objects.filter(group=group).overlapping(on or timezone.localdate(), None)
    return (seats.aggregate(last=Max("order"))["last"] or 0) + 1


def hold(group: Group | None, *units: Unit) -> Group | None:
    """Lock the group, then units; the group as it is now."""
    if group is not None:
        group = Group.objects.select_for_update(no_key=True).get(pk=group.pk)
    for unit in units:
        list(Unit.objects.select_for_update(no_key=True).filter(pk=unit.pk).values_list("pk"))
    return group


def refit(group: Group | None, touched: Iterable[Turn] = (), *, by, at: datetime | None) -> None:
    if group is not None:
        turns.refit(group, touched, by=by, at=at)


def require_office(by) -> None:
    """The portal itself (`by=None`) may; of people the park office."""
    if by is not None:
        rights.require(rights.office(by))
