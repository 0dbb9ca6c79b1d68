"""Who may take which step in the alliance. Actions ask here, so that a page, a task and a test
get the same answer."""

from datetime import date

from django.core.exceptions import PermissionDenied

from alliance.models import Seat
from members.models import Unit
from nanchuan.kernel import roles


class NotYours(PermissionDenied):
    """The step belongs to somebody else: pages answer 403."""


def office(user) -> bool:
    """The park office (党务办公室)."""
    return roles.has_role(user, roles.STAFF)


def speaks_for(user, unit_id: int | None) -> bool:
    """Whoever leads an organization of the unit, or is its liaison, today."""
    return unit_id is not None and unit_id in roles.places(user, roles.UNIT)


def require(allowed: bool) -> None:
    """Raises NotYours. Actions ask only for people: `by=None` is the portal itself."""
    if not allowed:
        raise NotYours


def seated_units(on: date | None = None):
    """Units with a seat in the alliance on a day."""
    return Unit.objects.filter(pk__in=Seat.objects.current(on).values("unit"))
