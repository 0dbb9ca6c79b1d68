"""Who hears of minutes: whoever has to write, review or mend them, and all who were invited."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alliance import minuting, timeline
from alliance.models import Meeting, Minutes, Seat
from alliance.reminders.invitations import except_who_did_it
from members.speakers import park_office, speakers
from nanchuan.kernel import calendar, roles
from nanchuan.kernel.events import on
from nanchuan.kernel.templatetags.ui import day
from nanchuan.notices.kinds import Kind
from nanchuan.notices.models import Reminder
from nanchuan.notices.rules import (
    CANCEL,
    SEND,
    NoticeRule,
    Plan,
    Silence,
    morning,
    notice_rule,
)

Status = Minutes.Status
DAY = timedelta(days=1)
MOST_LINES = 5  # of what a unit owes, in one notice


# ── Nagged until they are published ─────────────────────────────────────────────────────────


class NagRule(NoticeRule):
    """About a meeting whose minutes are not published."""

    kind = Kind.MEETING

    def audience(self, meeting, reminder):
        return speakers([meeting.convened_by_id])

    def verdict(self, meeting, reminder):
        [still] = self.still_asks([(meeting, reminder)], None)
        return SEND if still else CANCEL

    def still_asks(self, told, reader):
        published = Minutes.objects.published().filter(meeting__in=[each.pk for each, _row in told])
        done = set(published.values_list("meeting", flat=True))
        held = Meeting.Status.HELD
        return [each.status == held and each.pk not in done for each, _row in told]

    def title(self, meeting, reminder):
        return f"{self.label}：{meeting}"

    def body(self, meeting, reminder):
        return _("召集单位：%(unit)s。应于 %(day)s 前印发。") % {
            "unit": meeting.convened_by,
            "day": day(meeting.minutes_due_on),
        }

    def related(self):
        return ("convened_by",)


@notice_rule
class Due(NagRule):
    name = "minutes.due"
    label = gettext_lazy("请印发会议纪要")
    verb = gettext_lazy("写会议纪要")


@notice_rule
class Last(NagRule):
    """To the office too."""

    name = "minutes.last"
    label = gettext_lazy("最后一次催办：会议纪要还没有印发")

    def audience(self, meeting, reminder):
        return super().audience(meeting, reminder) | park_office()


# ── From hand to hand ───────────────────────────────────────────────────────────────────────


class MinutesRule(NoticeRule):
    kind = Kind.MEETING

    def title(self, minutes, reminder):
        return f"{self.label}：{minutes.meeting}"

    def body(self, minutes, reminder):
        return _("召集单位：%(unit)s。") % {"unit": minutes.meeting.convened_by}

    def related(self):
        return ("meeting__convened_by",)


@notice_rule
class Submitted(MinutesRule):
    name = "minutes.submitted"
    label = gettext_lazy("请审核会议纪要")
    verb = gettext_lazy("审核")

    def audience(self, minutes, reminder):
        return park_office()

    def verdict(self, minutes, reminder):
        return SEND if minutes.status == Status.SUBMITTED else CANCEL


@notice_rule
class Withdrawn(MinutesRule):
    """To whoever was asked to review them."""

    name = "minutes.withdrawn"
    label = gettext_lazy("会议纪要已撤回送审，暂不用审核")

    def audience(self, minutes, reminder):
        return except_who_did_it(park_office(), reminder)

    def verdict(self, minutes, reminder):
        return SEND if minutes.status == Status.DRAFT else CANCEL


@notice_rule
class Discarded(MinutesRule):
    """To those who may have written it; its subject is the version that stands."""

    name = "minutes.discarded"
    label = gettext_lazy("会议纪要的更正已放弃")

    def audience(self, minutes, reminder):
        return except_who_did_it(speakers([minutes.meeting.convened_by_id]), reminder)

    def body(self, minutes, reminder):
        return _("第 %(gone)d 版不再办理，第 %(version)d 版仍然有效。") % {
            "gone": minutes.version + 1,
            "version": minutes.version,
        }


class BackRule(MinutesRule):
    def audience(self, minutes, reminder):
        return speakers([minutes.meeting.convened_by_id])

    def verdict(self, minutes, reminder):
        return SEND if minutes.status == Status.DRAFT else CANCEL

    def body(self, minutes, reminder):
        """Handed in again, there is no reason any more."""
        return (
            _("原因：%(reason)s。") % {"reason": minutes.returned.rstrip("。")}
            if minutes.returned
            else ""
        )


@notice_rule
class Returned(BackRule):
    name = "minutes.returned"
    label = gettext_lazy("会议纪要被退回，请修改后再送审")
    verb = gettext_lazy("修改")


@notice_rule
class Recalled(BackRule):
    name = "minutes.recalled"
    label = gettext_lazy("会议纪要的审定已撤回，请修改后再送审")


# ── To all who were invited ─────────────────────────────────────────────────────────────────


class PublishedRule(MinutesRule):
    """Each reader is told what the own units have to do."""

    def audience(self, minutes, reminder):
        """Who was invited; of those that owe something otherwise, who may open the minutes: the
        others hear of what they owe itself."""
        invited = minutes.meeting.invitations.standing().values_list("seat__unit", flat=True)
        owed = [
            unit
            for row in minuting.all_resolutions(minutes.content)
            for item in row["items"]
            for unit in minuting.carriers(item)
            if not item.get("is_dropped")
        ]
        near = Seat.objects.current().filter(Q(group=None) | Q(group__in=_groups(minutes.meeting)))
        near = near.filter(unit__in=owed).values_list("unit", flat=True)
        return speakers({*invited, *near, minutes.meeting.convened_by_id})

    def verdict(self, minutes, reminder):
        """A version that another has taken the place of is not told any more."""
        later = minutes.meeting.minutes.published().filter(version__gt=minutes.version)
        return CANCEL if later.exists() else SEND

    def body(self, minutes, reminder):
        return _("文号：%(number)s。") % {"number": minutes.number}

    def body_for(self, minutes, reminder, reader):
        return self.body(minutes, reminder) + owed_words(minutes.content, reader)


def _groups(meeting) -> list[int]:
    return [meeting.group_id, *meeting.partners.values_list("pk", flat=True)]


@notice_rule
class Published(PublishedRule):
    name = "minutes.published"
    label = gettext_lazy("会议纪要")


@notice_rule
class Corrected(PublishedRule):
    name = "minutes.corrected"
    label = gettext_lazy("会议纪要更正")

    def body(self, minutes, reminder):
        reason = _("更正原因：%(reason)s。") % {"reason": minutes.correction.rstrip("。")}
        return super().body(minutes, reminder) + reason


def owed_words(document: dict, reader) -> str:
    """What the units of a reader have to do, in a sentence each."""
    found = minuting.owed(document, roles.places(reader, roles.UNIT))
    if not found:
        return _("没有需要您单位办理的事项。")
    words = [_owed(item) for item in found[:MOST_LINES]]
    if (more := len(found) - MOST_LINES) > 0:
        words.append(ngettext("另有 %(n)d 项", "另有 %(n)d 项", more) % {"n": more})
    return _("您单位要办的事：%(items)s。") % {"items": _("；").join(words)}


def _owed(item) -> str:
    words = (
        _("%(text)s（%(due_on)s 前）") if item["is_own"] else _("协办：%(text)s（%(due_on)s 前）")
    )
    return words % {"text": item["text"].rstrip("。"), "due_on": item["due_on"]}


# ── When ────────────────────────────────────────────────────────────────────────────────────


@on("meeting.held")
def nag(event):
    """On the mornings of the two days; if the first has gone by when the meeting is registered,
    on the next working day."""
    meeting, happened_on = event.subject, timezone.localdate(event.happened_at)
    on_day = timezone.localdate(meeting.starts_at)
    last_on = calendar.working_days_after(
        on_day, timeline.rules(meeting).value("minutes_last_days")
    )
    soonest = calendar.next_working_day(happened_on + DAY)
    first_on = max(meeting.minutes_due_on, soonest)
    last_on = max(last_on, soonest)
    if first_on < last_on:
        yield Plan("minutes.due", meeting, moment="due", due_at=morning(first_on))
    yield Plan("minutes.last", meeting, moment="last", due_at=morning(last_on))


@on("minutes.submitted", "minutes.returned", "minutes.recalled", "minutes.discarded")
def tell_the_next(event):
    moment = f"event-{event.pk}"
    yield Plan(event.name, event.subject, moment=moment, due_at=event.happened_at)


@on("minutes.withdrawn")
def tell_the_office(event):
    """Unless it has not heard yet that there is something to review."""
    unheard = Reminder.objects.about(event.subject).filter(
        rule="minutes.submitted", state=Reminder.State.PLANNED
    )
    if unheard.exists():
        yield Silence("minutes.submitted", event.subject)
    else:
        yield from tell_the_next(event)


@on("minutes.published")
def tell_the_invited(event):
    minutes = event.subject
    for rule in ("minutes.due", "minutes.last"):
        yield Silence(rule, minutes.meeting)
    for earlier in minutes.meeting.minutes.filter(version__lt=minutes.version):
        yield Silence("minutes.published", earlier)
        yield Silence("minutes.corrected", earlier)
    rule = "minutes.published" if minutes.version == 1 else "minutes.corrected"
    yield Plan(rule, minutes, moment="published", due_at=event.happened_at)
