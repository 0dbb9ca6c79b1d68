"""The one next step of a meeting for whoever looks at its page."""

from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.models import Meeting, Minutes
from nanchuan.kernel import roles

BEFORE = timedelta(hours=1)  # from then on people check in
Status = Meeting.Status


@dataclass(frozen=True)
class Step:
    """What the red button says and where it leads; `posts` is an act of its own."""

    label: str
    url: str
    posts: bool = False


def next_step(meeting: Meeting, user, context: dict) -> Step | None:
    """Of an announced meeting; a draft has the button that announces it. `context` is what the
    page shows."""
    unanswered = [row for row in context["mine"] if not row.reply]
    if unanswered:
        url = reverse("alliance:invitation-reply", args=[unanswered[0].pk])
        return Step(_("回复会议邀请"), url)
    if not meeting.is_editable:
        return None
    if meeting.status == Status.CONVENED:
        return _while_announced(meeting)
    return _of_minutes(meeting, user, context) if meeting.status == Status.HELD else None


def _while_announced(meeting) -> Step | None:
    now = timezone.now()
    if now >= meeting.ends_at:
        return Step(_("结束会议"), _page("hold", meeting))
    if now >= meeting.starts_at - BEFORE:
        return Step(_("打开主持屏"), _page("screen", meeting))
    return None


def _of_minutes(meeting, user, context) -> Step | None:
    if context["may_start_minutes"]:
        return Step(_("起草纪要"), _page("minutes", meeting), posts=True)
    waiting = [row for row in context["minutes_versions"] if not row.published_at]
    if not waiting:
        return None
    minutes, of_office = waiting[0], roles.has_role(user, roles.STAFF)
    labels = {Minutes.Status.DRAFT: _("写纪要")}
    if of_office:
        labels |= {Minutes.Status.SUBMITTED: _("审核纪要"), Minutes.Status.APPROVED: _("印发纪要")}
    label = labels.get(minutes.status)
    return Step(label, minutes.get_absolute_url()) if label else None


def _page(verb, meeting) -> str:
    return reverse(f"alliance:meeting-{verb}", args=[meeting.pk])
