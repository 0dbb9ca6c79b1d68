"""What was suggested at a tea talk (交心茶座), and what became of it."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Activity, Suggestion
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused

MOST = 50  # of one activity


@transaction.atomic
def add(activity: Activity, text: str, *, by, at: datetime | None = None) -> Suggestion:
    """Somebody suggested something (登记意见建议); it is open until it is answered.

    Raises StepRefused unless it was at a tea talk whose record is handed in and not withdrawn.
    """
    if refusal := refusal_of(activity):
        raise StepRefused(refusal)
    if activity.suggestions.count() >= MOST:
        raise StepRefused(_("一次活动最多登记 %(most)d 条意见建议。") % {"most": MOST})
    made = Suggestion.objects.create(
        activity=activity,
        text=text,
        made_on=activity.held_on,
        added_by=by,
        added_at=at or timezone.now(),
    )
    events.record("suggestion.added", subject=activity, by=by, at=at)
    return made


def refusal_of(activity: Activity) -> str:
    """Why nothing can be noted at a record; an empty text if it can."""
    if activity.kind.code != Suggestion.KIND:
        return _("只有交心茶座的记录可以登记意见建议。")
    if activity.is_draft:
        return _("这份记录还是草稿。请先提交，再登记意见建议。")
    if activity.status not in Activity.HANDED_IN:
        return _("这条记录已经撤回，不能再登记意见建议。")
    return ""


@transaction.atomic
def answer(suggestion: Suggestion, outcome: str, *, by, at: datetime | None = None) -> Suggestion:
    """What became of it is known (答复)."""
    on = timezone.localdate(at)
    suggestion.step_to(Suggestion.Status.DONE, outcome=outcome, answered_on=on)
    events.record("suggestion.answered", subject=suggestion.activity, by=by, at=at)
    return suggestion


@transaction.atomic
def reopen(suggestion: Suggestion, *, by, at: datetime | None = None) -> None:
    """The answer does not hold any more; its words stay until the next one."""
    suggestion.step_to(Suggestion.Status.OPEN, answered_on=None)
    events.record("suggestion.reopened", subject=suggestion.activity, by=by, at=at)
