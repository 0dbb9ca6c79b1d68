"""How much of a resource is left: plain reckoning, without a question to the database.

A stock is used up by what is booked; of what goes by hours, only what is booked for the same
hours counts. Spans are half open: what ends at ten leaves ten o'clock free.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Held:
    """What a booking holds; without moments it holds it until it is given back."""

    quantity: int
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True)
class Stretch:
    """From when to when the same quantity is held."""

    starts_at: datetime
    ends_at: datetime
    held: int


def course(held: Iterable[Held], starts_at: datetime, ends_at: datetime) -> list[Stretch]:
    """What is held from one moment to another, in stretches that follow each other."""
    changes = {starts_at: 0}
    for each in held:
        begins, ends = max(each.starts_at, starts_at), min(each.ends_at, ends_at)
        if begins < ends:
            changes[begins] = changes.get(begins, 0) + each.quantity
            changes[ends] = changes.get(ends, 0) - each.quantity
    moments = sorted(moment for moment in changes if moment < ends_at)
    stretches, now = [], 0
    for begins, ends in zip(moments, [*moments[1:], ends_at], strict=True):
        now += changes[begins]
        goes_on = stretches and stretches[-1].held == now
        since = stretches.pop().starts_at if goes_on else begins
        stretches.append(Stretch(since, ends, now))
    return stretches


def most_at_once(held: Iterable[Held], starts_at: datetime, ends_at: datetime) -> int:
    """The most that is held at any one moment of a span."""
    return max((each.held for each in course(held, starts_at, ends_at)), default=0)


def least_at_once(held: Iterable[Held], starts_at: datetime, ends_at: datetime) -> int:
    return min((each.held for each in course(held, starts_at, ends_at)), default=0)


def left(
    capacity: int | None,
    held: Iterable[Held],
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> int | None:
    """What may still be booked, throughout a span if there is one; None: without end."""
    if capacity is None:
        return None
    if starts_at is None:
        return max(capacity - sum(each.quantity for each in held), 0)
    return max(capacity - most_at_once(held, starts_at, ends_at), 0)
