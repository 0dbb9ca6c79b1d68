"""Kinds of meeting that the alliance holds; reminders 7 days, 1 day and 2 hours before."""

from alliance.models import MeetingKind
from nanchuan.kernel.seeds import seed

MEETING_KINDS = ["联席会议", "圆桌论坛会", "协商促进会", "座谈交流"]


def plant(app_config) -> None:
    seed(
        app_config,
        MeetingKind,
        [{"name": name, "order": order} for order, name in enumerate(MEETING_KINDS, 1)],
    )
