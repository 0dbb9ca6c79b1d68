"""Who hears of a meeting, when and in which words."""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timeuntil
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import Invitation, Meeting
from members.speakers import speakers
from nanchuan.kernel.events import on
from nanchuan.kernel.templatetags.ui import moment
from nanchuan.notices.rules import CANCEL, SEND, NoticeRule, Plan, Silence, notice_rule


class MeetingRule(NoticeRule):
    """Said to whoever speaks today for an invited unit."""

    def audience(self, meeting, reminder):
        return speakers(meeting.invitations.standing().values("seat__unit"))

    def verdict(self, meeting, reminder):
        return SEND if meeting.status == Meeting.Status.CONVENED else CANCEL

    def body(self, meeting, reminder):
        return _("时间：%(time)s（北京时间）。地点：%(place)s。召集单位：%(unit)s。") % {
            "time": f"{moment(meeting.starts_at)}",
            "place": meeting.place,
            "unit": meeting.convened_by,
        }

    @staticmethod
    def related():
        return ("convened_by",)


@notice_rule
class MeetingNotice(MeetingRule):
    name = "meeting.notice"
    label = gettext_lazy("会议通知")

    def title(self, meeting, reminder):
        return _("会议通知：%(meeting)s") % {"meeting": meeting}

    def body(self, meeting, reminder):
        return super().body(meeting, reminder) + _("请打开后回复参加、请人代会或请假。")

    def url(self, meeting, reminder):
        return reverse("alliance:meeting-reply", args=[meeting.pk])


@notice_rule
class MeetingReminder(MeetingRule):
    name = "meeting.reminder"
    label = gettext_lazy("会前提醒")

    def audience(self, meeting, reminder):
        """Whoever is on leave hears what changes and that it is off, but is not reminded to
        come."""
        coming = meeting.invitations.standing().exclude(reply=Invitation.Reply.LEAVE)
        return speakers(coming.values("seat__unit"))

    def verdict(self, meeting, reminder):
        """Only for the time it was planned for: a moved meeting has other reminders."""
        if reminder.params["starts_at"] != meeting.starts_at.isoformat():
            return CANCEL
        return super().verdict(meeting, reminder)

    def title(self, meeting, reminder):
        """With the time that is left when it is read, or will be when it is sent."""
        now = max(timezone.now(), reminder.due_at)
        if meeting.starts_at <= now:
            return _("会议提醒：%(meeting)s") % {"meeting": meeting}
        return _("会议提醒：%(meeting)s，%(left)s后开始") % {
            "meeting": meeting,
            "left": timeuntil(meeting.starts_at, now=now, depth=1),
        }


@notice_rule
class MeetingMoved(MeetingRule):
    name = "meeting.moved"
    label = gettext_lazy("改期通知")

    def title(self, meeting, reminder):
        return _("会议改期：%(meeting)s") % {"meeting": meeting}

    def body(self, meeting, reminder):
        before = datetime.fromisoformat(reminder.params["from"])
        return _("原定 %(before)s。") % {"before": moment(before)} + super().body(meeting, reminder)


@notice_rule
class MeetingRelocated(MeetingRule):
    name = "meeting.relocated"
    label = gettext_lazy("地点变更通知")

    def title(self, meeting, reminder):
        return _("会议地点变更：%(meeting)s") % {"meeting": meeting}


@notice_rule
class MeetingCancelled(MeetingRule):
    name = "meeting.cancelled"
    label = gettext_lazy("取消通知")

    def verdict(self, meeting, reminder):
        return SEND

    def title(self, meeting, reminder):
        return _("会议取消：%(meeting)s") % {"meeting": meeting}

    def body(self, meeting, reminder):
        return _("原定 %(time)s 的会议已取消。原因：%(reason)s。") % {
            "time": moment(meeting.starts_at),
            "reason": meeting.cancel_reason.rstrip("。"),
        }


@on("meeting.convened")
def tell_the_invited(event):
    yield _at_once("meeting.notice", event, moment="convened")
    yield from _offsets(event.subject)


@on("meeting.moved")
def tell_the_new_time(event):
    yield from _planned_anew(event.subject)
    yield Silence("meeting.moved", event.subject)
    yield _at_once("meeting.moved", event, params={"from": event.facts["from"]})


@on("meeting.changed")
def tell_the_new_place(event):
    if "place" in event.facts["changed"]:
        yield Silence("meeting.relocated", event.subject)
        yield _at_once("meeting.relocated", event)


@on("meeting.changed")
def remind_as_the_new_kind_is(event):
    if "kind" in event.facts["changed"]:
        yield from _planned_anew(event.subject)


@on("meeting.offsets_changed")
def remind_at_the_new_offsets(event):
    yield from _planned_anew(event.subject)


@on("meeting.cancelled")
def say_so_once(event):
    meeting = event.subject
    for rule in ("meeting.notice", "meeting.moved", "meeting.relocated", "meeting.reminder"):
        yield Silence(rule, meeting)
    yield Plan("meeting.cancelled", meeting, moment="cancelled", due_at=event.happened_at)


def _at_once(rule, event, moment="", **facts):
    """Of use until the meeting begins, however long a mail server is down."""
    return Plan(
        rule,
        event.subject,
        moment=moment or f"event-{event.pk}",
        due_at=event.happened_at,
        expires_at=event.subject.starts_at,
        **facts,
    )


def _planned_anew(meeting):
    plans = list(_offsets(meeting))
    yield Silence("meeting.reminder", meeting, keep={plan.moment for plan in plans})
    yield from plans


def _offsets(meeting):
    """The kind's reminders for the present time of the meeting, longest first."""
    for minutes in sorted(meeting.kind.reminder_offsets, reverse=True):
        yield Plan(
            "meeting.reminder",
            meeting,
            moment=f"{minutes}@{meeting.starts_at:%Y%m%dT%H%M}",
            due_at=meeting.starts_at - timedelta(minutes=minutes),
            expires_at=meeting.starts_at,
            params={"starts_at": meeting.starts_at.isoformat()},
        )
