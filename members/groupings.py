"""Groups of units that an app above knows (联盟小组), so that lists here can be filtered by them.

That app registers a source in `ready()`; members never learn which app it is.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Model, QuerySet

from members.models import Organization, OrganizationUnit


@dataclass(frozen=True)
class Grouping:
    """`groups`: those of today that a reader sees; `units`: the numbers of the units in one."""

    groups: Callable[..., QuerySet]
    units: Callable[[Model], QuerySet]


_known: list[Grouping] = []


def register(grouping: Grouping) -> None:
    """There is one kind of group; a second registration takes the place of the first."""
    _known[:] = [grouping]


def groups_seen(request) -> QuerySet:
    """The groups that the reader of a page may filter by; none where no app knows any."""
    if request is None or not _known:
        return Organization.objects.none()
    return _known[0].groups(request.user)


def in_group(organizations: QuerySet, group: Model) -> QuerySet:
    """Those of the organizations whose unit is in a group today."""
    links = OrganizationUnit.objects.current().filter(unit__in=_known[0].units(group))
    return organizations.filter(pk__in=links.values("organization"))
