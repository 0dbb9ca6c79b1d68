"""The office reviews what was filed (审核)."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from nanchuan.accounts.models import User
from nanchuan.kernel import events
from services.actions.remarks import remark
from services.actions.rights import check
from services.models import Need, Remark

Status = Need.Status


@transaction.atomic
def publish(need: Need, *, by: User | None, at: datetime | None = None) -> None:
    """Passed review (审核发布): collected from this moment."""
    at = at or timezone.now()
    check(need, "publish", by)
    need.step_to(Status.PUBLISHED, reviewed_at=at)
    events.record("need.published", subject=need, by=by, at=at)


@transaction.atomic
def send_back(need: Need, *, reason: str, by: User | None, at: datetime | None = None) -> None:
    """The office asks for more (退回补充)."""
    check(need, "return", by)
    need.step_to(Status.RETURNED)
    remark(need, Remark.Step.RETURNED, reason, by, at)
    events.record("need.returned", subject=need, by=by, at=at)


@transaction.atomic
def decline(need: Need, *, reason: str, by: User | None, at: datetime | None = None) -> None:
    """The office does not take it on (未受理)."""
    check(need, "decline", by)
    need.step_to(Status.DECLINED)
    remark(need, Remark.Step.DECLINED, reason, by, at)
    events.record("need.declined", subject=need, by=by, at=at)
