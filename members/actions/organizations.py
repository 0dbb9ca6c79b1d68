from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Organization, Placement
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused


@transaction.atomic
def found(
    parent: Organization | None,
    *,
    starts_on: date,
    by,
    at: datetime | None = None,
    **facts,
) -> Organization:
    """A party organization is founded (成立党组织) and takes its place in the tree.

    `facts` are its name, kind and perhaps a short name. Without a superior it stands at the top.
    Raises StepRefused if the superior organization does not exist on that day.
    """
    check_superior(parent, starts_on)
    values = {"starts_on": starts_on, **facts}
    if parent is None:
        organization = Organization.objects.add_root(values)
    else:  # read anew: the tree counts the children of a node in its row
        superior = Organization.objects.get(pk=parent.pk)
        organization = Organization.objects.add_child(superior, values)
    Placement.objects.create(organization=organization, parent=parent, starts_on=starts_on)
    events.record(
        "organization.founded",
        subject=organization,
        by=by,
        at=at,
        kind=organization.kind,
        parent=str(parent or ""),
    )
    return organization


@transaction.atomic
def move(
    organization: Organization,
    parent: Organization | None,
    *,
    on: date,
    by,
    at: datetime | None = None,
) -> None:
    """An organization comes under another one (调整隶属关系) from a day on.

    Raises StepRefused for a day in the future or before the last change, and for a superior
    that stands below the organization.
    """
    organization = Organization.objects.get(pk=organization.pk)
    check_move(organization, parent, on)
    now = organization.placements.filter(ends_on=None).first()
    before = str(now.parent or "") if now else ""
    if now and now.starts_on == on:
        now.parent = parent
        now.save()
    else:
        if now:
            now.ends_on = on - timedelta(days=1)
            now.save()
        Placement.objects.create(organization=organization, parent=parent, starts_on=on)
    _move_in_tree(organization, parent)
    events.record(
        "organization.moved",
        subject=organization,
        by=by,
        at=at,
        parent=[before, str(parent or "")],
        on=on,
    )


def check_superior(parent: Organization | None, on: date) -> None:
    """Raises StepRefused unless the superior exists on that day."""
    if parent and not parent.is_current(on):
        raise StepRefused(
            _("%(name)s在 %(day)s 还没有成立或已经撤销，不能作为上级党组织。")
            % {"name": parent, "day": on}
        )


def check_move(organization: Organization, parent: Organization | None, on: date) -> None:
    """Raises StepRefused for a day or a superior that `move` would refuse."""
    if on > timezone.localdate():
        raise StepRefused(_("调整日期不能晚于今天。请在调整生效的当天办理。"))
    check_superior(parent, on)
    if parent and parent.path.startswith(organization.path):
        raise StepRefused(_("上级党组织不能是它自己或它的下级。请另选一个。"))
    now = organization.placements.filter(ends_on=None).first()
    if now and now.starts_on > on:
        raise StepRefused(
            _("目前的隶属关系从 %(day)s 开始，新的日期不能更早。") % {"day": now.starts_on}
        )


def _move_in_tree(organization, parent):
    if parent is not None:
        superior = Organization.objects.get(pk=parent.pk)
        Organization.objects.move(organization, superior, "last-child")
    elif not organization.is_root():
        last = Organization.objects.get_root_nodes().last()
        Organization.objects.move(organization, last, "last-sibling")
