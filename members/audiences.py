"""Who can be told besides of any matter: the office and the leaders; of a unit, its secretaries."""

from members.models import Organization, OrganizationUnit
from members.speakers import leaders, park_leaders, park_office
from nanchuan.notices.ruling import Audience, also_told


def secretaries_of(unit):
    """Who leads an organization of a unit."""
    return leaders(_organizations(unit))


def superiors_of(unit):
    """Who leads the organization right above one of a unit."""
    paths = _organizations(unit).values_list("path", flat=True)
    above = [path[: -Organization.steplen] for path in paths]
    return leaders(Organization.objects.filter(path__in=above))


def _organizations(unit):
    links = OrganizationUnit.objects.current().filter(unit=unit)
    return Organization.objects.filter(pk__in=links.values("organization"))


@also_told(Audience.OFFICE)
def the_office(subject):
    return park_office()


@also_told(Audience.LEADER)
def the_leaders(subject):
    return park_leaders()
