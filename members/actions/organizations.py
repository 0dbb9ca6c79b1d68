from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.actions import ledger
from members.actions.ledger import check_day, check_kind, check_name, check_superior
from members.models import Organization, OrganizationChange, OrganizationName, Placement
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused

ACT = OrganizationChange.Act


@transaction.atomic
def found(  # noqa: PLR0913
    parent: Organization | None,
    *,
    starts_on: date,
    name: str,
    kind: str,
    by,
    short_name: str = "",
    document: str = "",
    at: datetime | None = None,
) -> Organization:
    """A party organization is founded (成立党组织) and takes its place in the tree.

    Without a superior it stands at the top. Raises StepRefused for a day in the future, a name
    that is taken, and a superior that does not exist that day or may not have such a kind.
    """
    ledger.lock_tree()
    check_found(parent, starts_on=starts_on, name=name, kind=kind)
    values = {"starts_on": starts_on, "name": name, "kind": kind, "short_name": short_name}
    if parent is None:
        organization = Organization.objects.add_root(values)
    else:  # read anew: the tree counts the children of a node in its row
        superior = Organization.objects.get(pk=parent.pk)
        organization = Organization.objects.add_child(superior, values)
    named = {"name": name, "short_name": short_name, "starts_on": starts_on}
    Placement.objects.create(organization=organization, parent=parent, starts_on=starts_on)
    OrganizationName.objects.create(organization=organization, **named)
    ledger.enter(organization, ACT.FOUNDED, starts_on, after=name, other=parent, document=document)
    events.record(
        "organization.founded",
        subject=organization,
        by=by,
        at=at,
        kind=kind,
        parent=str(parent or ""),
    )
    return organization


def check_found(parent: Organization | None, *, starts_on: date, name: str, kind: str) -> None:
    """Raises StepRefused for what `found` would refuse."""
    if starts_on > timezone.localdate():
        raise StepRefused(_("成立日期不能晚于今天。请在成立的当天录入。"))
    check_superior(parent, starts_on)
    check_kind(kind, parent)
    check_name(name)


@transaction.atomic
def rename(  # noqa: PLR0913
    organization: Organization,
    *,
    name: str,
    on: date,
    by,
    short_name: str = "",
    document: str = "",
    at: datetime | None = None,
) -> Organization:
    """An organization is called something else from a day on (更名)."""
    organization = ledger.locked(organization)
    before = [organization.name, organization.short_name]
    check_rename(organization, name=name, short_name=short_name, on=on)
    ledger.succeed(organization.names, on, name=name, short_name=short_name)
    organization.name, organization.short_name = name, short_name
    organization.save(update_fields=["name", "short_name"])
    brief = int(before[0] == name)  # only the short name is another
    old, new = before[brief], (name, short_name)[brief]
    ledger.enter(organization, ACT.RENAMED, on, before=old, after=new, document=document)
    events.record(
        "organization.renamed", subject=organization, by=by, at=at, names=[old, new], on=on
    )
    return organization


def check_rename(organization: Organization, *, name: str, short_name: str, on: date) -> None:
    """Raises StepRefused for what `rename` would refuse."""
    check_day(organization, on)
    if (name, short_name) == (organization.name, organization.short_name):
        raise StepRefused(_("名称和简称都没有变化。请填写新的名称。"))
    check_name(name, organization)


@transaction.atomic
def move(  # noqa: PLR0913
    organization: Organization,
    parent: Organization | None,
    *,
    on: date,
    by,
    document: str = "",
    at: datetime | None = None,
) -> Organization:
    """An organization with all below it comes under another one from a day on (调整隶属关系).

    Raises StepRefused for a day in the future or before the last change, for a superior that
    stood below the organization on any day since, and for one that may not have such a kind.
    """
    organization = ledger.locked(organization)
    check_move(organization, parent, on)
    now = organization.placements.filter(ends_on=None).select_related("parent").first()
    before = now.parent if now else None
    ledger.succeed(organization.placements, on, parent=parent)
    _move_in_tree(organization, parent)
    ledger.enter(
        organization,
        ACT.MOVED,
        on,
        before=before.name if before else "",
        after=parent.name if parent else "",
        other=parent,
        document=document,
    )
    events.record(
        "organization.moved",
        subject=organization,
        by=by,
        at=at,
        parent=[str(before or ""), str(parent or "")],
        on=on,
    )
    return organization


def check_move(organization: Organization, parent: Organization | None, on: date) -> None:
    """Raises StepRefused for what `move` would refuse."""
    check_day(organization, on)
    check_superior(parent, on)
    now = organization.placements.filter(ends_on=None).first()
    if now and now.parent_id == (parent.pk if parent else None):
        raise StepRefused(_("它已经隶属于这个上级党组织。请另选一个。"))
    if parent and is_circle(organization, parent, on):
        raise StepRefused(_("上级党组织不能是它自己或它的下级。请另选一个。"))
    check_kind(organization.kind, parent)


def is_circle(organization: Organization, parent: Organization, on: date) -> bool:
    """Whether a superior stood at or below an organization on a day or on any day since."""
    rows = Placement.objects.overlapping(on, None)
    placed: dict[int, list] = {}
    for row in rows:
        placed.setdefault(row.organization_id, []).append(row)
    days = {on} | {row.starts_on for row in rows if row.starts_on > on}
    return any(_leads_to(organization.pk, parent.pk, placed, day) for day in days)


def _leads_to(goal, start, placed, day) -> bool:
    """Whether the line of superiors from one organization passes another on a day."""
    passed = set()
    while start is not None and start not in passed:
        if start == goal:
            return True
        passed.add(start)
        rows = [row for row in placed.get(start, ()) if row.is_current(day)]
        start = rows[0].parent_id if rows else None
    return False


def _move_in_tree(organization, parent):
    if parent is not None:
        superior = Organization.objects.get(pk=parent.pk)
        Organization.objects.move(organization, superior, "last-child")
    elif not organization.is_root():
        last = Organization.objects.get_root_nodes().last()
        Organization.objects.move(organization, last, "last-sibling")
