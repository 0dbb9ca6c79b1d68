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


@transaction.atomic
def issue(dispatch: Dispatch, *, by: User | None, at: datetime | None = None) -> str:
    """Number it (编号出具); of two clicks the second is answered with the number that stands.

    Raises StepRefused once the unit is no longer responsible.
    """
    at = at or timezone.now()
    require(by is None or office(by))
    row = (
        Dispatch.objects.select_for_update(of=("self",)).select_related("need").get(pk=dispatch.pk)
    )
    if row.notice_number:
        return row.notice_number
    if row.ended_at:
        raise StepRefused(_("这次派单已经结束，不再出具交办通知书。"))
    year = timezone.localdate(at).year
    row.notice_number = f"联盟办〔{year}〕交{serials.take(SERIES, year).last}号"  # data
    row.notice_at = at
    row.save(update_fields=["notice_number", "notice_at"])
    events.record("need.notice_issued", subject=row.need, by=by, at=at, number=row.notice_number)
    return row.notice_number
