"""A rate of dues gets a new version from a month on; the older ones stay as they are."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from members.actions import dues_billing as billing
from members.actions import ledger, versions
from members.models import DuesBill, DuesRate
from members.models.dues import first_of
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused


def latest(rate: DuesRate) -> DuesRate:
    return DuesRate.objects.filter(kind=rate.kind).order_by("starts_on").last()


def check_revision(last: DuesRate, *, starts_on: date, **facts) -> None:
    """Raises StepRefused for what `revise` would refuse."""
    if starts_on != first_of(starts_on):
        raise StepRefused(_("新的标准从某月一日起执行。"))
    versions.check_ahead(starts_on)
    if starts_on <= last.starts_on:
        raise StepRefused(
            _("最近的一版从 %(day)s 开始，新的一版须在其后。") % {"day": last.starts_on}
        )
    if all(getattr(last, name) == value for name, value in facts.items()):
        raise StepRefused(_("和现在的一版没有不同。请修改标准或依据。"))


def touched(last: DuesRate, starts_on: date):
    """Bills that are not paid and would be worked out anew."""
    return DuesBill.objects.owed().filter(base__kind=last.kind, month__gte=starts_on)


@transaction.atomic
def revise(rate: DuesRate, *, starts_on: date, by, at: datetime | None = None, **facts) -> DuesRate:
    """From a month on a kind pays by other steps (修订标准). What is paid stays.

    Raises StepRefused for a month in which a version as new or newer holds.
    """
    rows = DuesRate.objects.filter(kind=rate.kind).select_for_update().order_by("starts_on")
    last = list(rows)[-1]
    check_revision(last, starts_on=starts_on, **facts)
    if last.ends_on is None:
        ledger.close(last, starts_on)
    made = DuesRate(kind=rate.kind, starts_on=starts_on, **facts)
    try:
        made.full_clean()
    except ValidationError as error:
        raise StepRefused(" ".join(error.messages)) from None
    made.save()
    renewed = billing.renew(touched(last, starts_on), at=at)
    changes = {"kind": made.kind, "starts_on": starts_on.isoformat(), "renewed": renewed}
    events.record("dues.rate_revised", subject=made, by=by, at=at, **changes)
    return made
