"""A record is looked at by somebody above (核实), sent back with a reason, or taken back."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.actions import participations
from members.models import Activity
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused

LONGEST = Activity._meta.get_field("reason").max_length


@transaction.atomic
def verify(activity: Activity, *, by, at: datetime | None = None) -> None:
    """What stands in the record is so (核实通过).

    The `revision` of the activity is the one that the person saw. Raises StepRefused if it was
    put right or moved in between: nobody verifies what he has not seen. Who may, asks
    `Activity.objects.verifiable_by`.
    """
    _step(activity, Activity.Status.VERIFIED, verified_by=by, verified_at=at or timezone.now())
    events.record("activity.verified", subject=activity, by=by, at=at)


@transaction.atomic
def send_back(activity: Activity, reason: str, *, by, at: datetime | None = None) -> None:
    """Something is missing or wrong (退回): whoever wrote it puts it right and submits it again."""
    reason = _said(reason, _("请写明退回的原因，记录人会看到。"))
    facts = {"reason": reason, "verified_by": None, "verified_at": None}
    _step(activity, Activity.Status.RETURNED, **facts)
    events.record("activity.returned", subject=activity, by=by, at=at, reason=reason)


@transaction.atomic
def withdraw(activity: Activity, reason: str, *, by, at: datetime | None = None) -> None:
    """It did not take place, or was logged twice (撤回); it counts for nobody any more."""
    reason = _said(reason, _("请写明撤回的原因。"))
    _step(activity, Activity.Status.WITHDRAWN, reason=reason)
    events.record("activity.withdrawn", subject=activity, by=by, at=at, reason=reason)


def _said(reason, question) -> str:
    reason = reason.strip()
    if not reason:
        raise StepRefused(question)
    if len(reason) > LONGEST:
        raise StepRefused(_("原因最多 %(most)d 个字。") % {"most": LONGEST})
    return reason


def _step(activity, status, **facts):
    if not activity.may_become(status):
        activity.step_to(status)  # refuses in words
    activity.claim()
    activity.step_to(status, **facts)
    participations.follow(activity)
