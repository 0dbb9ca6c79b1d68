"""What the alliance shows on the pages of organizations and units: their seats."""

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from alliance.models import Seat, Turn
from members.models import OrganizationUnit
from nanchuan.kernel.panels import Panel, panel


@panel("organization")
def seats_of_its_units(organization, user, on):
    units = OrganizationUnit.objects.current(on).filter(organization=organization)
    return _seats(units.values("unit"), user, on)


@panel("unit")
def seats(unit, user, on):
    return _seats([unit.pk], user, on)


def _seats(units, user, on) -> Panel | None:
    """Seats on a day, each with its turn of that day or the next one after it."""
    turns = Turn.objects.coming(on).filter(seat=OuterRef("pk"))
    rows = Seat.objects.visible_to(user).current(on).with_lead(on).filter(unit__in=units)
    rows = rows.select_related("unit", "group").annotate(
        turn_from=Subquery(turns.values("starts_on")[:1]),
        turn_until=Subquery(turns.values("ends_on")[:1]),
    )
    found = list(rows.order_by("group__order", "order", "pk"))
    for seat in found:
        seat.is_on_turn = seat.turn_from is not None and seat.turn_from <= on
    return Panel(_("联盟席位"), "alliance/_seats_panel.html", found) if found else None
