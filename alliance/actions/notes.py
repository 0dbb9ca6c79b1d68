"""When what happens in a meeting may be written down (记录): votes and resolutions.

Whoever writes takes the meeting's row first: so what is written stands before the meeting is
registered as held or its minutes are handed in, or it is refused.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from alliance.actions.attendance import require_convener
from alliance.actions.holding import hold_meeting as hold
from alliance.models import Meeting, Minutes
from nanchuan.kernel.states import StepRefused

Status = Meeting.Status


def take(meeting: Meeting, *, by, at: datetime) -> bool:
    """Hold a meeting to write something down; answers whether it is entered late (补录).

    Raises NotYours for whoever does not convene it, StepRefused before it began, once it is
    cancelled, and while its minutes are no draft.
    """
    require_convener(meeting, by)
    hold(meeting)
    check(meeting, at)
    return meeting.status == Status.HELD


def check(meeting: Meeting, at: datetime) -> None:
    if meeting.status not in (Status.CONVENED, Status.HELD):
        raise StepRefused(
            _("“%(meeting)s”%(status)s，不能记录表决和议定事项。")
            % {"meeting": meeting, "status": meeting.get_status_display()}
        )
    if meeting.status == Status.CONVENED and meeting.starts_at > at:
        raise StepRefused(_("会议尚未开始，开始后才能记录表决和议定事项。"))
    minutes = meeting.minutes.order_by("-version").first()
    if minutes and minutes.status != Minutes.Status.DRAFT:
        raise StepRefused(
            _("会议纪要%(status)s，表决和议定事项不能再改。需要更正的，请先更正纪要。")
            % {"status": minutes.get_status_display()}
        )


def is_open(meeting: Meeting, at: datetime) -> bool:
    """Whether something can be written down, for pages."""
    try:
        check(meeting, at)
    except StepRefused:
        return False
    return True
