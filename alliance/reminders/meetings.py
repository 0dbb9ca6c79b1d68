"""Who hears of a meeting, when and in which words."""

from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timeuntil
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance import feeds
from alliance.models import Invitation, Meeting
from alliance.naming import named, span
from members.speakers import speakers
from nanchuan.kernel import ics, roles
from nanchuan.kernel.events import on
from nanchuan.kernel.templatetags.ui import moment
from nanchuan.notices.kinds import Kind
from nanchuan.notices.models import Reminder
from nanchuan.notices.rules import (
    CANCEL,
    SEND,
    Attachment,
    NoticeRule,
    Plan,
    Silence,
    notice_rule,
)

FIRST = "convened"  # the moment of the notice to all who are invited when it is sent


class MeetingRule(NoticeRule):
    """Said to whoever speaks today for an invited unit."""

    kind = Kind.MEETING

    def told(self, meeting, reminder):
        """The invitations that it is about."""
        return meeting.invitations.standing()

    def audience(self, meeting, reminder):
        return speakers(self.told(meeting, reminder).values("seat__unit"))

    def who(self, meeting, reminder):
        return named(self.told(meeting, reminder).values_list("unit_name", flat=True))

    def verdict(self, meeting, reminder):
        return SEND if meeting.status == Meeting.Status.CONVENED else CANCEL

    def body(self, meeting, reminder):
        return _("时间：%(time)s（北京时间）。地点：%(place)s。召集单位：%(unit)s。") % {
            "time": f"{moment(meeting.starts_at)}",
            "place": meeting.place,
            "unit": meeting.convened_by,
        }

    def thread(self, meeting):
        return f"meeting-{meeting.pk}"

    @staticmethod
    def related():
        return ("convened_by", "kind")


class CalendarRule(MeetingRule):
    """Said of what stands on the calendars of the invited, so the mail brings the meeting as a
    file, under the name and the number that it has in the feeds: opened again, it replaces what
    was put there before, and one that is called off says so in its status and in its title.

    The file is published (PUBLISH of RFC 5546), no invitation to answer (REQUEST): the answer is
    given in the portal, where it counts and where a substitute can be named; what a mail program
    answers would go to a mailbox that nobody reads, and its sender would think it done. A REQUEST
    has to name organizer and attendee by address, and Outlook closes it to everybody else; a
    CANCEL it refuses unless it comes from the organizer's own mailbox.

    A reminder brings no file: nothing has changed, and programs that do not compare names would
    put a second meeting beside the first.
    """

    tells_place = True

    def said(self, meeting, reminder) -> str:
        """What the file says of the meeting: no more than the mail."""
        return self.body(meeting, reminder)

    def attachments(self, meeting, reminder):
        place = meeting.place if self.tells_place else ""
        return [calendar_file(meeting, self.said(meeting, reminder), place)]


def calendar_file(meeting, text, place) -> Attachment:
    """A meeting as a file beside a mail that says this text and the place."""
    file = feeds.meeting_file(meeting, text=text, place=place)
    return Attachment(_("会议.ics"), file, ics.MAIL_TYPE)


def _was(meeting, before: str | None) -> str:
    """The time that was told before, if it is another one."""
    before = datetime.fromisoformat(before) if before else meeting.starts_at
    if before == meeting.starts_at:
        return ""
    return _("原定 %(before)s。") % {"before": moment(before)}


def unanswered(told, reader) -> list[bool]:
    """Of meetings to come, those to which a unit of the reader has not replied."""
    waiting = Invitation.objects.standing().filter(
        meeting__in=[meeting.pk for meeting, _reminder in told],
        meeting__status=Meeting.Status.CONVENED,
        meeting__starts_at__gt=timezone.now(),
        seat__unit__in=roles.places(reader, roles.UNIT),
        reply="",
    )
    found = set(waiting.values_list("meeting", flat=True))
    return [meeting.pk in found for meeting, _reminder in told]


@notice_rule
class MeetingNotice(CalendarRule):
    name = "meeting.notice"
    label = gettext_lazy("会议通知")
    verb = gettext_lazy("回复")
    is_obligatory = True

    def told(self, meeting, reminder):
        """All, or those who were invited later."""
        rows = super().told(meeting, reminder)
        if "invitations" not in reminder.params:
            return rows
        return rows.filter(pk__in=reminder.params["invitations"])

    def title(self, meeting, reminder):
        return _("会议通知：%(meeting)s") % {"meeting": meeting}

    def said(self, meeting, reminder):
        """With the time of before, if it moved while this waited."""
        before = reminder.params.get("from") if reminder else None
        return _was(meeting, before) + super().body(meeting, reminder)

    def body(self, meeting, reminder):
        return self.said(meeting, reminder) + _("请打开后回复参加、请人代会或请假。")

    def still_asks(self, told, reader):
        return unanswered(told, reader)

    def url(self, meeting, reminder):
        return reverse("alliance:meeting-reply", args=[meeting.pk])


@notice_rule
class MeetingReminder(MeetingRule):
    name = "meeting.reminder"
    label = gettext_lazy("会前提醒")
    is_urgent = True

    def told(self, meeting, reminder):
        """Whoever is on leave hears what changes and that it is off, but is not reminded to
        come."""
        return super().told(meeting, reminder).exclude(reply=Invitation.Reply.LEAVE)

    def verdict(self, meeting, reminder):
        """Only for the time it was planned for: a moved meeting has other reminders."""
        if reminder.params["starts_at"] != meeting.starts_at.isoformat():
            return CANCEL
        return super().verdict(meeting, reminder)

    def why(self, meeting, reminder):
        minutes, _at, _start = reminder.moment.partition("@")
        return _("会前 %(span)s") % {"span": span(int(minutes))}

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
class MeetingMoved(CalendarRule):
    name = "meeting.moved"
    label = gettext_lazy("改期通知")
    is_obligatory = True
    is_urgent = True

    def told(self, meeting, reminder):
        """Not those who never heard of the old time."""
        return super().told(meeting, reminder).exclude(pk__in=reminder.params.get("asked", ()))

    def verdict(self, meeting, reminder):
        """It may have moved back before anybody heard."""
        if datetime.fromisoformat(reminder.params["from"]) == meeting.starts_at:
            return CANCEL
        return super().verdict(meeting, reminder)

    def title(self, meeting, reminder):
        return _("会议改期：%(meeting)s") % {"meeting": meeting}

    def body(self, meeting, reminder):
        return _was(meeting, reminder.params["from"]) + super().body(meeting, reminder)


@notice_rule
class MeetingRelocated(CalendarRule):
    name = "meeting.relocated"
    label = gettext_lazy("地点变更通知")
    is_obligatory = True
    is_urgent = True

    def title(self, meeting, reminder):
        return _("会议地点变更：%(meeting)s") % {"meeting": meeting}


@notice_rule
class MeetingUninvited(MeetingRule):
    """The one thing that a unit hears which is not invited any more."""

    name = "meeting.uninvited"
    is_farewell = True
    label = gettext_lazy("撤回邀请通知")
    is_obligatory = True

    def told(self, meeting, reminder):
        """Those who are not asked again meanwhile."""
        return meeting.invitations.filter(
            pk__in=reminder.params["invitations"], withdrawn_at__isnull=False
        )

    def verdict(self, meeting, reminder):
        """Also of a meeting that is off by now: of that they hear nothing."""
        return SEND if self.told(meeting, reminder).exists() else CANCEL

    def title(self, meeting, reminder):
        return _("不再需要参加：%(meeting)s") % {"meeting": meeting}

    def body(self, meeting, reminder):
        time, reason = moment(meeting.starts_at), reminder.params.get("reason")
        if reason:
            return _("原定 %(time)s 的会议，您单位不用参加，也不再收到提醒。原因：%(reason)s。") % {
                "time": time,
                "reason": reason.rstrip("。"),
            }
        return _(
            "原定 %(time)s 的会议不再由您单位所在的小组共同召开，您单位不用参加，也不再收到提醒。"
        ) % {"time": time}

    def url(self, meeting, reminder):
        """The meeting itself may not be theirs to see any more."""
        return reverse("alliance:meeting-list")


@notice_rule
class MeetingCancelled(CalendarRule):
    name = "meeting.cancelled"
    label = gettext_lazy("取消通知")
    is_obligatory = True
    is_urgent = True
    tells_place = False

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
    yield _at_once("meeting.notice", event, moment=FIRST)
    yield from _offsets(event.subject)


@on("meeting.invited")
def tell_those_invited_later(event):
    """Who fell out and was asked again before anybody heard of it hears nothing of either; a
    first notice that still waits goes to all who are invited by then."""
    if first_notice(event.subject):
        return
    asked = set(event.facts["invitations"])
    for rule in ("meeting.uninvited", "meeting.notice"):
        asked -= _named_in(rule, event.subject)
    if asked:
        params = {"invitations": sorted(asked)}
        yield _at_once("meeting.notice", event, moment=f"invited-{event.pk}", params=params)


@on("meeting.uninvited")
def tell_those_who_fell_out(event):
    """Once, and nothing else that waits for them; who was never told to come hears nothing."""
    meeting, out = event.subject, event.facts["invitations"]
    heard = set() if first_notice(meeting) else {*out} - _unheard(meeting, out)
    for row in Invitation.objects.filter(pk__in=out):
        for rule in ("invitation.added", "invitation.replied"):
            yield Silence(rule, row)
    if heard:
        params = {"invitations": sorted(heard), "reason": event.facts["reason"]}
        yield _at_once("meeting.uninvited", event, params=params)


def _unheard(meeting, out) -> set[int]:
    """Those who were invited later, while the notice that says so waits."""
    kind = ContentType.objects.get_for_model(Invitation)
    added = Reminder.objects.filter(subject_type=kind, subject_id__in=out, rule="invitation.added")
    waiting = added.filter(state=Reminder.State.PLANNED)
    return _named_in("meeting.notice", meeting) | set(waiting.values_list("subject_id", flat=True))


def _named_in(rule, meeting) -> set[int]:
    """The invitations of which notices say something that nobody has heard of yet."""
    return {pk for row in _waiting(rule, meeting) for pk in row.params.get("invitations", ())}


@on("meeting.moved")
def tell_the_new_time(event):
    """Of several moves that nobody heard of yet, one notice tells the first old time and the
    last new one, with the place; back at the first there is nothing to tell."""
    meeting, before, asked = event.subject, event.facts["from"], event.facts.get("asked", [])
    yield from _planned_anew(meeting)
    if waiting := first_notice(meeting):  # it tells both times
        params = {"from": waiting.params.get("from", before)}
        yield _at_once("meeting.notice", event, moment=FIRST, params=params)
        return
    unheard = _waiting("meeting.moved", meeting)
    for waiting in unheard:
        before, asked = waiting.params["from"], [*waiting.params.get("asked", ()), *asked]
    yield Silence("meeting.moved", meeting)
    if not unheard or datetime.fromisoformat(before) != meeting.starts_at:
        yield Silence("meeting.relocated", meeting)
        yield _at_once("meeting.moved", event, params={"from": before, "asked": asked})
    elif "place_from" in event.facts:
        yield from _told_the_place(event)


@on("meeting.changed")
def tell_the_new_place(event):
    """A notice that waits tells it too."""
    meeting = event.subject
    untold = first_notice(meeting) or _waiting("meeting.moved", meeting)
    if "place" in event.facts["changed"] and not untold:
        yield from _told_the_place(event)


def _told_the_place(event):
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
        yield Silence(rule, meeting)  # who fell out hears that all the same
    yield Plan("meeting.cancelled", meeting, moment="cancelled", due_at=event.happened_at)


def _waiting(rule, meeting) -> list[Reminder]:
    """What nobody has heard of yet."""
    rows = Reminder.objects.about(meeting).filter(rule=rule, state=Reminder.State.PLANNED)
    return list(rows.order_by("pk"))


def first_notice(meeting) -> Reminder | None:
    """The notice to all, while nobody has heard of the meeting yet."""
    waiting = (row for row in _waiting("meeting.notice", meeting) if row.moment == FIRST)
    return next((row for row in waiting if not row.notices.exists()), None)


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
