"""Kinds of meeting that the alliance holds; reminders 7 days, 1 day and 2 hours before.

A joint meeting begins with what became of the last resolutions, which the portal writes; these
lines of its agenda follow."""

from alliance.models import KindItem, MeetingKind
from nanchuan.kernel.seeds import seed

JOINT = "联席会议"  # whose first item is what became of the last resolutions
AGENDA = ["通报需求、资源、项目三张清单进展", "研究各成员单位提交的议题", "明确下一步工作安排"]
MEETING_KINDS = [JOINT, "圆桌论坛会", "协商促进会", "座谈交流"]


def plant(app_config) -> None:
    seed(
        app_config,
        MeetingKind,
        [
            {"name": name, "order": order, "follows_up": name == JOINT}
            for order, name in enumerate(MEETING_KINDS, 1)
        ],
    )
    seed(app_config, KindItem, _joint_agenda)


def _joint_agenda() -> list[dict]:
    joint = MeetingKind.objects.filter(follows_up=True).first()
    lines = AGENDA if joint else []
    return [{"kind": joint, "order": order, "title": title} for order, title in enumerate(lines, 1)]
