"""What the services show on the page of a party organization: needs of its units."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import OrganizationUnit
from nanchuan.kernel.panels import Panel, panel
from nanchuan.kernel.roles import UNIT, WHOLE_PARK, has_role
from services.models import Need
from services.models.needs import end_of

MOST = 5


@panel("organization")
def needs(organization, user, on):
    """The latest needs that its units filed or are responsible for."""
    if not has_role(user, *WHOLE_PARK, UNIT):
        return None
    units = OrganizationUnit.objects.current(on).filter(organization=organization).values("unit")
    rows = Need.objects.visible_to(user).filter(filed_at__lt=end_of(on))
    rows = rows.filter(Q(unit__in=units) | Q(accepted_by__in=units)).order_by("-filed_at", "-pk")
    found = list(rows[:MOST])
    return Panel(_("点单需求"), "services/_needs_panel.html", found) if found else None
