"""Who hears of invitations: whoever convenes of leaves and substitutes, units that have not
answered, a unit that is invited later."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import Invitation, Meeting
from alliance.reminders.meetings import MeetingRule, calendar_file, first_notice, unanswered
from alliance.timeline import rules
from members.speakers import speakers
from nanchuan.kernel import calendar
from nanchuan.kernel.events import on
from nanchuan.kernel.templatetags.ui import moment
from nanchuan.notices.kinds import Kind
from nanchuan.notices.rules import (
    CANCEL,
    SEND,
    NoticeRule,
    Plan,
    Silence,
    Verdict,
    morning,
    notice_rule,
)

Reply = Invitation.Reply
AWAY = (Reply.LEAVE, Reply.SUBSTITUTE)


def except_who_did_it(people, reminder):
    by = reminder.event and reminder.event.by_id
    return people.exclude(pk=by) if by else people


class InvitationRule(NoticeRule):
    kind = Kind.MEETING

    def body(self, invitation, reminder):
        meeting = invitation.meeting
        return _("时间：%(time)s（北京时间）。地点：%(place)s。召集单位：%(unit)s。") % {
            "time": moment(meeting.starts_at),
            "place": meeting.place,
            "unit": meeting.convened_by,
        }

    def thread(self, invitation):
        return f"meeting-{invitation.meeting_id}"

    def related(self):
        return ("meeting__convened_by", "meeting__kind", "seat")


@notice_rule
class Replied(InvitationRule):
    """One for each leave or substitute, and for one that comes after all."""

    name = "invitation.replied"
    label = gettext_lazy("请假和代会")

    def audience(self, invitation, reminder):
        return except_who_did_it(speakers([invitation.meeting.convened_by_id]), reminder)

    def verdict(self, invitation, reminder):
        """Only while the reply is the one that it was planned for."""
        stands = invitation.reply == reminder.params["reply"] and invitation.withdrawn_at is None
        return SEND if stands and invitation.meeting.status == "convened" else CANCEL

    def title(self, invitation, reminder):
        return _("%(unit)s%(reply)s：%(meeting)s") % {
            "unit": invitation,
            "reply": Reply(reminder.params["reply"]).label,
            "meeting": invitation.meeting,
        }


@notice_rule
class Added(InvitationRule):
    """A unit that is invited after the notice went out."""

    name = "invitation.added"
    label = gettext_lazy("增加邀请通知")
    verb = gettext_lazy("回复")
    is_obligatory = True

    def audience(self, invitation, reminder):
        return speakers([invitation.seat.unit_id])

    def verdict(self, invitation, reminder):
        stands = invitation.withdrawn_at is None and invitation.meeting.status == "convened"
        return SEND if stands else CANCEL

    def still_asks(self, told, reader):
        stands = super().still_asks(told, reader)
        return [
            asks and not invitation.reply and not invitation.meeting.has_begun
            for asks, (invitation, _reminder) in zip(stands, told, strict=True)
        ]

    def title(self, invitation, reminder):
        return _("会议通知：%(meeting)s") % {"meeting": invitation.meeting}

    def url(self, invitation, reminder):
        return reverse("alliance:invitation-reply", args=[invitation.pk])

    def attachments(self, invitation, reminder):
        meeting = invitation.meeting
        return [calendar_file(meeting, self.body(invitation, reminder), meeting.place)]


@notice_rule
class ReplyWanted(MeetingRule):
    """Once, to units that have not answered."""

    name = "meeting.reply_wanted"
    label = gettext_lazy("请回复会议邀请")
    verb = gettext_lazy("回复")
    is_obligatory = True

    def audience(self, meeting, reminder):
        waiting = meeting.invitations.standing().filter(reply="")
        return speakers(waiting.values("seat__unit"))

    def verdict(self, meeting, reminder):
        """Its day follows the meeting."""
        if super().verdict(meeting, reminder) is CANCEL or meeting.has_begun:
            return CANCEL
        due_at = remind_at(meeting)
        return Verdict.later(due_at) if due_at > timezone.now() else SEND

    def still_asks(self, told, reader):
        return unanswered(told, reader)

    def why(self, meeting, reminder):
        days = rules(meeting).value("reply_days")
        return _("会前 %(days)s 个工作日还没有回复") % {"days": days}

    def title(self, meeting, reminder):
        return _("请回复是否参加：%(meeting)s") % {"meeting": meeting}

    def url(self, meeting, reminder):
        return reverse("alliance:meeting-reply", args=[meeting.pk])

    @staticmethod
    def related():
        return ("convened_by", "kind", "regulation")


def remind_at(meeting: Meeting):
    on = timezone.localdate(meeting.starts_at)
    return morning(calendar.working_days_before(on, rules(meeting).value("reply_days")))


@on("meeting.convened", "meeting.moved", "meeting.recounted")
def remind_those_without_an_answer(event):
    meeting = event.subject
    yield Plan(
        "meeting.reply_wanted",
        meeting,
        moment="reply",
        due_at=remind_at(meeting),
        expires_at=meeting.starts_at,
    )


@on("meeting.cancelled")
def ask_for_no_answer(event):
    yield Silence("meeting.reply_wanted", event.subject)


@on("invitation.replied")
def tell_who_convenes(event):
    reply, before = event.facts["reply"], event.facts["before"]
    yield Silence("invitation.replied", event.subject)
    if reply in AWAY or before in AWAY:
        yield Plan(
            "invitation.replied",
            event.subject,
            moment=f"event-{event.pk}",
            due_at=event.happened_at,
            expires_at=event.subject.meeting.starts_at,
            params={"reply": reply},
        )


@on("invitation.added")
def tell_the_unit_that_is_invited(event):
    """What says that it is not invited any more speaks only of those that are not."""
    if not first_notice(event.subject.meeting):
        yield _now("invitation.added", event)


def _now(rule, event):
    return Plan(
        rule,
        event.subject,
        moment=f"event-{event.pk}",
        due_at=event.happened_at,
        expires_at=event.subject.meeting.starts_at,
    )
