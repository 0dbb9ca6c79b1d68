"""What the services show on the pages of organizations and units: needs."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import OrganizationUnit
from nanchuan.kernel.panels import Panel, panel
from nanchuan.kernel.roles import UNIT, WHOLE_PARK, has_role
from services.models import Need
from services.models.needs import end_of

MOST = 5


@panel("organization")
def needs_of_its_units(organization, user, on):
    units = OrganizationUnit.objects.current(on).filter(organization=organization)
    return _needs(units.values("unit"), user, on)


@panel("unit")
def needs(unit, user, on):
    return _needs([unit.pk], user, on)


def _needs(units, user, on) -> Panel | None:
    """The latest needs that units filed or are responsible for."""
    if not has_role(user, *WHOLE_PARK, UNIT):
        return None
    rows = Need.objects.visible_to(user).filter(filed_at__lt=end_of(on))
    rows = rows.filter(Q(unit__in=units) | Q(accepted_by__in=units)).order_by("-filed_at", "-pk")
    found = list(rows[:MOST])
    return Panel(_("点单需求"), "services/_needs_panel.html", found) if found else None
