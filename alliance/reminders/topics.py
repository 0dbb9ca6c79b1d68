"""Who hears of topics: the units that are asked, those that proposed nothing, who proposed."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.actions import topics
from alliance.actions.inviting import asked_to
from alliance.models import Topic
from members.speakers import speakers
from nanchuan.kernel.events import on
from nanchuan.kernel.templatetags.ui import day, moment
from nanchuan.notices.kinds import Kind
from nanchuan.notices.rules import (
    CANCEL,
    SEND,
    NoticeRule,
    Plan,
    Silence,
    Verdict,
    notice_rule,
)
from nanchuan.notices.ruling import ahead, due_at_now

Status = Topic.Status


class CallRule(NoticeRule):
    """Of a meeting that is asked for topics."""

    kind = Kind.MEETING

    def verdict(self, meeting, reminder):
        return SEND if topics.is_collecting(meeting) else CANCEL

    def body(self, meeting, reminder):
        return _("拟定 %(time)s 召开，议题请在 %(due)s 前提出。召集单位：%(unit)s。") % {
            "time": moment(meeting.starts_at),
            "due": day(topics.due_on(meeting)),
            "unit": meeting.convened_by,
        }

    def url(self, meeting, reminder):
        return reverse("alliance:meeting-propose", args=[meeting.pk])

    def related(self):
        return ("convened_by", "group", "kind", "regulation")


@notice_rule
class TopicsCalled(CallRule):
    name = "topics.called"
    label = gettext_lazy("征集议题")
    verb = gettext_lazy("提出议题")

    def audience(self, meeting, reminder):
        """Every unit that is asked, except who asks."""
        people = speakers(list(topics.asked_units(meeting)))
        by = reminder.event and reminder.event.by_id
        return people.exclude(pk=by) if by else people

    def title(self, meeting, reminder):
        return _("请提出议题：%(meeting)s") % {"meeting": meeting}


@notice_rule
class TopicsReminder(CallRule):
    """To units that proposed nothing yet."""

    name = "topics.reminder"
    offsets = ("-2w",)
    label = gettext_lazy("议题截止前提醒")
    verb = gettext_lazy("提出议题")

    def audience(self, meeting, reminder):
        proposed = set(meeting.topics.values_list("unit", flat=True))
        return speakers(list(topics.asked_units(meeting) - proposed))

    def still_asks(self, told, reader):
        return [topics.is_collecting(meeting) for meeting, _reminder in told]

    def anchor(self, meeting):
        return topics.due_on(meeting)

    def verdict(self, meeting, reminder):
        """The last day follows the meeting."""
        if super().verdict(meeting, reminder) is CANCEL:
            return CANCEL
        due_on, today = topics.due_on(meeting), timezone.localdate()
        if today > due_on:
            return CANCEL
        due_at = due_at_now(reminder, meeting)
        return Verdict.later(due_at) if due_at > timezone.now() else SEND

    def why(self, meeting, reminder):
        return _("征集快截止，还没有提出议题")

    def title(self, meeting, reminder):
        return _("议题即将截止：%(meeting)s") % {"meeting": meeting}


@notice_rule
class CalledOff(NoticeRule):
    """Units that were asked for topics of a draft hear that it is off."""

    name = "topics.called_off"
    label = gettext_lazy("不再征集议题")
    kind = Kind.MEETING

    def audience(self, meeting, reminder):
        units = set(asked_to(meeting))
        return speakers(list(units))

    def title(self, meeting, reminder):
        return _("会议取消，不再征集议题：%(meeting)s") % {"meeting": meeting}

    def body(self, meeting, reminder):
        return _("原因：%(reason)s。") % {"reason": meeting.cancel_reason.rstrip("。")}

    def related(self):
        return ("group", "kind")


@notice_rule
class TopicAnswered(NoticeRule):
    """To the unit that proposed it, except who answered."""

    name = "topic.answered"
    label = gettext_lazy("议题答复")
    kind = Kind.MEETING

    def audience(self, topic, reminder):
        people = speakers([topic.unit_id])
        by = reminder.event and reminder.event.by_id
        return people.exclude(pk=by) if by else people

    def verdict(self, topic, reminder):
        """The answer that it was planned for still stands."""
        return SEND if topic.status == reminder.params["status"] else CANCEL

    def title(self, topic, reminder):
        return _("议题“%(topic)s”%(status)s") % {
            "topic": topic,
            "status": Status(reminder.params["status"]).label,
        }

    def body(self, topic, reminder):
        told = _("会议：%(meeting)s。") % {"meeting": topic.meeting}
        if topic.reason:
            told += _("原因：%(reason)s。") % {"reason": topic.reason.rstrip("。")}
        return told

    def related(self):
        return ("meeting",)


@on("meeting.topics_called")
def ask_the_units_for_topics(event):
    meeting = event.subject
    yield Plan(
        "topics.called",
        meeting,
        moment="called",
        due_at=event.happened_at,
        expires_at=meeting.starts_at,
    )
    yield from _last_calls(meeting)


@on("meeting.moved", "meeting.changed", "meeting.redrafted")
def remind_before_the_new_last_day(event):
    if event.subject.topics_called_at and topics.is_collecting(event.subject, event.happened_at):
        plans = list(_last_calls(event.subject))
        yield Silence("topics.reminder", event.subject, keep={plan.moment for plan in plans})
        yield from plans


@on("meeting.discarded", "meeting.cancelled")
def ask_no_more(event):
    meeting = event.subject
    for rule in ("topics.called", "topics.reminder"):
        yield Silence(rule, meeting)
    if event.name == "meeting.discarded" and meeting.topics_called_at:
        yield Plan("topics.called_off", meeting, moment="off", due_at=event.happened_at)


@on("topic.adopted", "topic.deferred", "topic.declined")
def tell_who_proposed_it(event):
    status = {"topic.adopted": "adopted", "topic.deferred": "deferred"}.get(event.name, "declined")
    yield Plan(
        "topic.answered",
        event.subject,
        moment=f"event-{event.pk}",
        due_at=event.happened_at,
        params={"status": status},
    )


@on("topic.put_back")
def say_no_more_of_the_old_answer(event):
    yield Silence("topic.answered", event.subject)


def _last_calls(meeting):
    """One moment whatever the day: said once, it stays said."""
    yield from ahead("topics.reminder", meeting, moment="last-call", expires_at=meeting.starts_at)
