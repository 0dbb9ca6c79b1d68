"""What the robot of a group's chat may say of the alliance: titles of meetings, minutes and turns,
in which no person is named."""

from django.utils.translation import gettext_lazy as _

from alliance.models import Group
from nanchuan.notices.groups import fit_for_groups, group_audience


@group_audience(_("联盟小组"))
def groups():
    return Group.objects.current().order_by("name")


@fit_for_groups(
    "meeting.notice",
    "meeting.moved",
    "meeting.relocated",
    "meeting.cancelled",
    "meeting.reminder",
    "topics.called",
)
def meetings(meeting, reminder):
    """The group and those that meet with it."""
    return [meeting.group, *meeting.partners.all()]


@fit_for_groups("minutes.published", "minutes.corrected")
def minutes(row, reminder):
    return meetings(row.meeting, reminder)


@fit_for_groups("turn.begun")
def turns(turn, reminder):
    return [turn.group]
