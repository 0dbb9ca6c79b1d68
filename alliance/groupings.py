"""Lists of organizations are filtered by the groups of the alliance (联盟小组)."""

from alliance.models import Group, Seat
from members.groupings import Grouping, register


def _groups(user):
    return Group.objects.current().visible_to(user)


def _units(group):
    return Seat.objects.current().filter(group=group).values("unit")


register(Grouping(_groups, _units))
