"""Which units an organization belongs to (所属单位); a joint branch has several."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.actions import ledger
from members.models import Organization, OrganizationUnit, Unit
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused


@transaction.atomic
def link(
    organization: Organization, unit: Unit, *, on: date, by, at: datetime | None = None
) -> OrganizationUnit:
    """An organization belongs to a unit from a day on (归属单位)."""
    organization = ledger.locked(organization)
    check_link_day(organization, on)
    if organization.unit_links.overlapping(on, None).filter(unit=unit).exists():
        raise StepRefused(_("该党组织在这一天或以后已属于“%(unit)s”。") % {"unit": unit.name})
    made = OrganizationUnit.objects.create(organization=organization, unit=unit, starts_on=on)
    events.record("organization.linked", subject=organization, by=by, at=at, unit=unit.name, on=on)
    return made


@transaction.atomic
def unlink(row: OrganizationUnit, *, on: date, by, at: datetime | None = None) -> OrganizationUnit:
    """An organization no longer belongs to a unit from a day on (解除归属)."""
    organization = ledger.locked(row.organization)
    row = OrganizationUnit.objects.select_related("unit").get(pk=row.pk)
    check_link_day(organization, on)
    if row.ends_on is not None:
        raise StepRefused(_("与“%(unit)s”的归属已经结束。") % {"unit": row.unit.name})
    if on <= row.starts_on:
        raise StepRefused(
            _("与“%(unit)s”的归属从 %(day)s 开始，解除日期须在其后。")
            % {"unit": row.unit.name, "day": row.starts_on}
        )
    ledger.close(row, on)
    events.record(
        "organization.unlinked", subject=organization, by=by, at=at, unit=row.unit.name, on=on
    )
    return row


def check_link_day(organization: Organization, on: date) -> None:
    if not organization.is_current(on) or organization.ends_on is not None:
        raise StepRefused(
            _("“%(name)s”在 %(day)s 还没有成立或已经撤销。请核对日期。")
            % {"name": organization.name, "day": on}
        )
    if on > timezone.localdate():
        raise StepRefused(_("日期不能晚于今天。请在生效的当天办理。"))
