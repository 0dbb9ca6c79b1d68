"""What minutes lock: once they are handed in, nobody writes what they say of the meeting."""

from django.utils.translation import gettext as _

from alliance.models import Meeting
from nanchuan.kernel.states import StepRefused


def check_unlocked(meeting: Meeting) -> None:
    """Raises StepRefused unless the latest version of its minutes, if any, is a draft. The caller
    holds the meeting's row."""
    latest = meeting.minutes.order_by("-version").first()
    if latest and latest.is_locked:
        raise StepRefused(
            _(
                "会议纪要%(status)s，内容已经锁定。需要修改的，请先由党务办公室退回纪要；"
                "已经印发的，请先发起更正。"
            )
            % {"status": latest.get_status_display()}
        )
