"""Who a circular goes to: the choice of the office, resolved to organizations and units."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from alliance.models import Seat
from members.models import Organization, Term, Unit
from nanchuan.circulars.actions.circulars import check_draft
from nanchuan.circulars.models import Circular, Target
from nanchuan.kernel import events

Kind = Target.Kind


@dataclass
class Receivers:
    """Organizations in the order of the tree, then units by name; the posts that were meant."""

    organizations: list[Organization] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    posts: dict[int, set[int]] = field(default_factory=dict)  # organization → posts

    @property
    def number(self) -> int:
        return len(self.organizations) + len(self.units)

    @property
    def words(self) -> str:
        return _("共 %(number)d 个：党组织 %(organizations)d 个，单位 %(units)d 个") % {
            "number": self.number,
            "organizations": len(self.organizations),
            "units": len(self.units),
        }

    @property
    def names(self) -> list[str]:
        return [*map(str, self.organizations), *map(str, self.units)]


@transaction.atomic
def choose(circular: Circular, chosen: Iterable[Target], *, by, at: datetime | None = None) -> None:
    """Exactly these are the receivers of a draft (选择发送范围)."""
    check_draft(circular)
    circular.targets.all().delete()
    rows = list(chosen)
    for row in rows:
        row.circular = circular
    Target.objects.bulk_create(rows)
    events.record("circular.addressed", subject=circular, by=by, at=at, targets=len(rows))


def resolve(targets: Iterable[Target]) -> Receivers:
    """Who is meant today, each once; a party group is part of its branch."""
    by_kind: dict[str, list[Target]] = {}
    for target in targets:
        by_kind.setdefault(target.kind, []).append(target)
    posts = _posts([each.post_id for each in by_kind.get(Kind.POST, ())])
    return Receivers(_organizations(by_kind, posts), _units(by_kind), posts)


def _posts(meant) -> dict[int, set[int]]:
    """Where somebody holds the posts today."""
    found: dict[int, set[int]] = {}
    if meant:
        counted = Organization.objects.counted().order_by()
        rows = Term.objects.current().filter(post__in=meant, organization__in=counted)
        for organization, post in rows.order_by().values_list("organization", "post"):
            found.setdefault(organization, set()).add(post)
    return found


def _organizations(by_kind, posts) -> list[Organization]:
    if not set(by_kind) & {Kind.PARK, Kind.ORGANIZATION, Kind.SUBTREE, Kind.POST}:
        return []
    rows = list(Organization.objects.counted())
    if Kind.PARK in by_kind:
        return rows
    single = {each.organization_id for each in by_kind.get(Kind.ORGANIZATION, ())} | set(posts)
    tops = {each.organization_id for each in by_kind.get(Kind.SUBTREE, ())}
    paths = tuple(row.path for row in rows if row.pk in tops)
    return [row for row in rows if row.pk in single or (paths and row.path.startswith(paths))]


def _units(by_kind) -> list[Unit]:
    seats = Seat.objects.none()
    if Kind.ALLIANCE in by_kind:
        seats = Seat.objects.current()
    elif Kind.GROUP in by_kind:
        groups = [each.group_id for each in by_kind[Kind.GROUP]]
        seats = Seat.objects.current().filter(group__in=groups)
    found = {each.unit_id for each in by_kind.get(Kind.UNIT, ())}
    found |= set(seats.order_by().values_list("unit", flat=True))
    return list(Unit.objects.filter(pk__in=found).order_by("kind", "name")) if found else []
