"""What is left of resources, asked of the database: the one place that knows which bookings
count."""

from datetime import datetime

from django.db.models import Prefetch
from django.utils import timezone

from services import capacity
from services.capacity import Held
from services.models import Booking, Resource


def held(resource: Resource, *, but: Booking | None = None) -> list[Held]:
    """What its agreed and used bookings hold, all or of rows that a list loaded beforehand."""
    rows = getattr(resource, "known_bookings", None)
    if rows is None:
        rows = resource.bookings.holding()
    return [
        Held(row.quantity, row.starts_at, row.ends_at)
        for row in rows
        if but is None or row.pk != but.pk
    ]


def left(
    resource: Resource,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    *,
    but: Booking | None = None,
) -> int | None:
    """What may still be booked, of what goes by hours throughout a span; None: without end."""
    if resource.capacity is None:
        return None
    return capacity.left(resource.capacity, held(resource, but=but), starts_at, ends_at)


def most_held(resource: Resource, now: datetime | None = None) -> int:
    """The least capacity that keeps every promise: of what goes by hours, from now on."""
    rows = held(resource)
    if not resource.is_timed:
        return sum(row.quantity for row in rows)
    now = now or timezone.now()
    last = max((row.ends_at for row in rows), default=now)
    return capacity.most_at_once(rows, now, last) if last > now else 0


def with_bookings(rows, *, since: datetime, until: datetime):
    """Resources that know what of them is held: one question for all. Of what goes by hours, only
    within a span."""
    holding = Booking.objects.holding().exclude(ends_at__lte=since).exclude(starts_at__gte=until)
    return rows.prefetch_related(Prefetch("bookings", holding, to_attr="known_bookings"))
