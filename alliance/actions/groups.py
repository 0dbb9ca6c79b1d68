"""Groups of the alliance: founded, changed, dissolved, and whom to call there."""

from collections.abc import Iterable
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.actions import meetings, seats
from alliance.models import (
    Assignment,
    Decline,
    Group,
    GroupContact,
    Handover,
    Meeting,
    Swap,
    Turn,
)
from nanchuan.kernel import events
from nanchuan.kernel.periods import day_before
from nanchuan.kernel.states import StepRefused


@transaction.atomic
def found(  # noqa: PLR0913
    *, name: str, chain: str, starts_on: date, order: int = 100, by, at: datetime | None = None
) -> Group:
    """A group along an industry chain is founded (成立小组). Its units join by acts of their own.

    Raises StepRefused if the name is taken or the day is more than a year ahead.
    """
    seats.require_office(by)
    check_founding(starts_on, timezone.localdate(at))
    group = Group(name=name, chain=chain, order=order, starts_on=starts_on)
    _check(group)
    group.save()
    events.record("group.founded", subject=group, by=by, at=at, chain=chain, on=starts_on)
    return group


@transaction.atomic
def change(
    group: Group,
    *,
    by,
    at: datetime | None = None,
    contacts: Iterable[GroupContact] = (),
    dropped: Iterable[GroupContact] = (),
    **facts,
) -> list[str]:
    """What a group is called, its chain, its place in lists and its contacts are others
    (更改小组资料); returns what changed.

    `contacts` are those to write, new or old; `dropped` are taken away.
    """
    seats.require_office(by)
    group, contacts, dropped = seats.hold(group), list(contacts), list(dropped)
    changed = sorted(name for name, value in facts.items() if getattr(group, name) != value)
    for name in changed:
        setattr(group, name, facts[name])
    _check(group)
    group.save()
    for contact in contacts:
        contact.group = group
        contact.save()
    for contact in dropped:
        contact.delete()
    if contacts or dropped:
        changed.append("contacts")
    if changed:
        events.record("group.changed", subject=group, by=by, at=at, fields=changed)
    return changed


@transaction.atomic
def dissolve(
    group: Group, *, on: date, all_leave: bool = False, by, at: datetime | None = None
) -> None:
    """A group is no more from a day on (解散小组): the day before is its last.

    Raises StepRefused while units sit in it, unless they all leave that day, and for a day on
    which somebody of it was already on turn.
    """
    seats.require_office(by)
    held = seats.hold(group)
    check_dissolve(held, on, timezone.localdate(at), all_leave=all_leave)
    last = day_before(on)
    for seat in list(remaining(held, on)):
        seats.end(seat, on=on, reason=_("随小组解散"), by=by, at=at)
    spanning = list(held.turns.filter(starts_on__lt=on, ends_on__gte=on))
    dropped = _end_turns(held, on)
    Group.objects.filter(pk=held.pk).update(ends_on=last)
    group.ends_on = last
    seats.refit(group, spanning, by=by, at=at)
    held.series.filter(ended_at=None).update(ended_at=at or timezone.now())
    later = Q(status=Meeting.Status.DRAFT, starts_at__date__gte=on)
    for draft in held.meetings.filter(later):  # of which nobody had heard
        meetings.cancel(draft, reason=_("小组解散"), by=by, at=at)
    events.record("group.dissolved", subject=group, by=by, at=at, on=on, turns=dropped)


def check_founding(starts_on: date, today: date) -> None:
    """Long ago is no reason to refuse; the far future is."""
    if starts_on > today:
        seats.check_day(starts_on, today)


def check_dissolve(group: Group, on: date, today: date, *, all_leave: bool) -> None:
    """Raises StepRefused for what `dissolve` would refuse."""
    if group.ends_on:
        raise StepRefused(
            _("“%(group)s”已登记到 %(day)s 为止。") % {"group": group, "day": group.ends_on}
        )
    seats.check_day(on, today)
    if on <= group.starts_on:
        raise StepRefused(
            _("“%(group)s”从 %(day)s 开始，解散须晚于这一天。")
            % {"group": group, "day": group.starts_on}
        )
    seats.check_not_served(group.turns.filter(seat__isnull=False), on, today)
    left = list(remaining(group, on))
    if late := [seat for seat in left if seat.starts_on >= on]:
        raise StepRefused(
            _("“%(unit)s”登记自 %(day)s 起加入，解散须晚于这一天。")
            % {"unit": late[0], "day": max(seat.starts_on for seat in late)}
        )
    if left and not all_leave:
        raise StepRefused(
            _("还有 %(number)d 家单位在小组中。请先登记它们退出，或者选择全部随小组退出。")
            % {"number": len(left)}
        )


def remaining(group: Group, on: date):
    """Seats that would outlive the group."""
    return group.seats.overlapping(on, None).select_related("unit", "group")


def turns_after(group: Group, on: date):
    """Turns that begin on a day or later."""
    return group.turns.filter(starts_on__gte=on)


def _end_turns(group: Group, on: date) -> int:
    """Turns after the end go with all that was said about them, and were nobody's; one that
    spans it ends with the group. Returns how many went."""
    gone = turns_after(group, on).values("pk")
    Swap.objects.filter(first__in=gone).delete()
    Swap.objects.filter(second__in=gone).delete()
    for rows in (Assignment, Decline):
        rows.objects.filter(turn__in=gone).delete()
    Handover.objects.filter(arriving__in=gone).update(arriving=None)
    number = turns_after(group, on).delete()[1].get(Turn._meta.label, 0)
    spanning = group.turns.filter(starts_on__lt=on, ends_on__gte=on)
    spanning.update(ends_on=day_before(on), sequence=F("sequence") + 1)
    return number


def _check(group):
    try:
        group.full_clean()
    except ValidationError as error:
        raise StepRefused(" ".join(error.messages)) from None
