"""The dispatch notice (交办通知书) gets its number: once, when the office issues it."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.accounts.models import User
from nanchuan.kernel import events, serials
from nanchuan.kernel.states import StepRefused
from services.actions.rights import office, require
from services.models import Dispatch

SERIES = "交办"  # data


def may_be_issued(dispatch: Dispatch) -> bool:
    """What the office told a unit to do, and is not done yet."""
    is_told = dispatch.how != Dispatch.How.TAKEN
    return is_told and dispatch.ended_at is None and dispatch.need.is_open


@transaction.atomic
def issue(dispatch: Dispatch, *, by: User | None, at: datetime | None = None) -> str:
    """Number it (编号出具); of two clicks the second is answered with the number that stands.

    Raises StepRefused if the unit took the need by itself, or has no more to do with it.
    """
    at = at or timezone.now()
    require(by is None or office(by))
    row = (
        Dispatch.objects.select_for_update(of=("self",)).select_related("need").get(pk=dispatch.pk)
    )
    if row.notice_number:
        return row.notice_number
    if not may_be_issued(row):
        raise StepRefused(_("只有正在办理的派单才出具交办通知书。"))
    year = timezone.localdate(at).year
    row.notice_number = f"联盟办〔{year}〕交{serials.take(SERIES, year).last}号"  # data
    row.notice_at = at
    row.save(update_fields=["notice_number", "notice_at"])
    events.record("need.notice_issued", subject=row.need, by=by, at=at, number=row.notice_number)
    return row.notice_number
