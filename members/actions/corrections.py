"""What was entered wrongly about an organization is put right (更正)."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.actions import ledger
from members.actions.ledger import check_kind, check_name
from members.models import Organization, OrganizationChange
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused


@transaction.atomic
def correct(organization: Organization, *, by, at: datetime | None = None, **facts) -> Organization:
    """What was entered wrongly is put right (更正): name, short name, kind, day of founding.

    A new name from a day on is `rename`. Raises StepRefused for what does not fit the rows
    that are there: a kind among superior and children, a founding after something began.
    """
    organization = ledger.locked(organization)
    old = {name: getattr(organization, name) for name in facts}
    changed = sorted(name for name, value in facts.items() if old[name] != value)
    if not changed:
        return organization
    check_correction(organization, **{name: facts[name] for name in changed})
    for name in changed:
        setattr(organization, name, facts[name])
    _clean(organization)
    organization.save(update_fields=changed)
    if "starts_on" in changed:
        _correct_days(organization)
    if {"name", "short_name"} & set(changed):
        _correct_names(organization, old.get("name", organization.name))
    events.record("organization.changed", subject=organization, by=by, at=at, fields=changed)
    return organization


def check_correction(organization: Organization, **facts) -> None:
    """Raises StepRefused for what `correct` would refuse."""
    if "name" in facts:
        check_name(facts["name"], organization)
    if "kind" in facts:
        parent = Organization.objects.get_parent(organization)
        check_kind(facts["kind"], parent)
        superior = Organization(kind=facts["kind"])
        placed = organization.placed_children.filter(ends_on=None).select_related("organization")
        for row in placed:
            check_kind(row.organization.kind, superior)
    if "starts_on" in facts:
        _check_founding(organization, facts["starts_on"])


def _check_founding(organization, day):
    if day > timezone.localdate():
        raise StepRefused(_("成立日期不能晚于今天。"))
    first = organization.placements.order_by("starts_on").select_related("parent").first()
    if first and first.parent and first.parent.starts_on > day:
        raise StepRefused(
            _("上级党组织“%(name)s”成立于 %(day)s，下级的成立日期不能更早。")
            % {"name": first.parent.name, "day": first.parent.starts_on}
        )
    if (begun := _first_day_of_anything(organization)) and begun < day:
        raise StepRefused(
            _("已有从 %(day)s 开始的党员、任职、单位或沿革登记，成立日期不能更晚。")
            % {"day": begun}
        )


def _first_day_of_anything(organization) -> date | None:
    own = organization.starts_on
    sources = ("memberships", "terms", "unit_links", "committee_terms", "placed_children")
    days = [getattr(organization, name).order_by("starts_on").first() for name in sources]
    days = [row.starts_on for row in days if row]
    for rows in (organization.placements, organization.names):
        days += rows.filter(starts_on__gt=own).values_list("starts_on", flat=True)
    return min(days, default=None)


def _correct_days(organization):
    """The first name, the first placement and the line of the founding follow the day."""
    for rows in (organization.placements, organization.names):
        if first := rows.order_by("starts_on").first():
            first.starts_on = organization.starts_on
            first.save()
    for line in organization.changes.filter(act=OrganizationChange.Act.FOUNDED):
        line.on = organization.starts_on
        line.save()


def _correct_names(organization, wrong):
    """The name of today and the lines that brought it follow the right spelling."""
    for row in organization.names.filter(ends_on=organization.ends_on):
        row.name, row.short_name = organization.name, organization.short_name
        row.save()
    for line in organization.changes.filter(after=wrong).exclude(after=organization.name):
        line.after = organization.name
        line.save()


def _clean(organization):
    try:
        organization.full_clean(exclude=["path", "depth", "numchild"])
    except ValidationError as error:
        raise StepRefused(" ".join(error.messages)) from None
