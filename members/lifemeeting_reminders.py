"""Who hears of a meeting of organizational life and of what is to be put right after it."""

from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import LifeMeeting, LifePart, Organization, Rectification
from members.speakers import leaders
from nanchuan.accounts.models import User
from nanchuan.kernel.events import on
from nanchuan.kernel.templatetags.ui import day
from nanchuan.notices.kinds import Kind
from nanchuan.notices.rules import CANCEL, SEND, NoticeRule, Plan, Silence, morning, notice_rule
from nanchuan.notices.ruling import ahead

DAY = timedelta(days=1)


def people_of(parts):
    return User.objects.filter(member__in=parts.order_by().values("member"), is_active=True)


class LifeMeetingRule(NoticeRule):
    """While the meeting is prepared, to who has not written yet."""

    kind = Kind.LIFE
    is_personal = True

    def anchor(self, meeting):
        return meeting.opinions_until

    def audience(self, meeting, reminder):
        return people_of(meeting.parts.filter(written_on=None))

    def verdict(self, meeting, reminder):
        planned_for = reminder.params.get("until", meeting.opinions_until.isoformat())
        holds = planned_for == meeting.opinions_until.isoformat()
        return SEND if meeting.status == LifeMeeting.Status.PREPARING and holds else CANCEL

    def still_asks(self, told, reader):
        pks = [meeting.pk for meeting, _reminder in told]
        own = LifePart.objects.filter(meeting__in=pks, member__user=reader, written_on=None)
        mine = set(own.values_list("meeting", flat=True))
        holds = super().still_asks(told, reader)
        return [
            asks and meeting.pk in mine
            for asks, (meeting, _reminder) in zip(holds, told, strict=True)
        ]

    def title(self, meeting, reminder):
        return f"{self.label}：{meeting.theme}"  # data

    def body(self, meeting, reminder):
        return _("请在 %(until)s 以前写好对照检查；对支部的意见可以匿名放入意见箱。") % {
            "until": day(meeting.opinions_until)
        }

    def related(self):
        return ("organization",)


@notice_rule
class Preparing(LifeMeetingRule):
    name = "lifemeeting.opened"
    label = gettext_lazy("筹备组织生活会")
    verb = gettext_lazy("写对照检查")


@notice_rule
class WritingDue(LifeMeetingRule):
    name = "lifemeeting.writing_due"
    offsets = ("-3w",)
    label = gettext_lazy("对照检查即将截止")
    verb = gettext_lazy("写对照检查")


@on("lifemeeting.opened", "lifemeeting.changed")
def plan_the_writing(event):
    meeting = event.subject
    if event.name == "lifemeeting.opened":
        yield Plan("lifemeeting.opened", meeting, moment="opened", due_at=event.happened_at)
    yield from ahead(
        "lifemeeting.writing_due",
        meeting,
        moment=f"until@{meeting.opinions_until:%Y%m%d}",
        expires_at=_day_after(meeting.opinions_until),
        params={"until": meeting.opinions_until.isoformat()},
    )


@on("lifemeeting.opinions_read", "lifemeeting.cancelled")
def stop_asking(event):
    yield Silence("lifemeeting.opened", event.subject)
    yield Silence("lifemeeting.writing_due", event.subject)


class RectificationRule(NoticeRule):
    """To whoever it is asked of, and who leads the organization."""

    kind = Kind.LIFE

    def anchor(self, item):
        return item.due_on

    def audience(self, item, reminder):
        own = User.objects.filter(member=item.owner_id, is_active=True)
        return own | leaders(Organization.objects.filter(pk=item.meeting.organization_id))

    def verdict(self, item, reminder):
        return SEND if item.status == Rectification.Status.OPEN else CANCEL

    def title(self, item, reminder):
        return f"{self.label}：{item.text}"  # data

    def body(self, item, reminder):
        return _("完成期限 %(due)s。完成以后请写明情况。") % {"due": day(item.due_on)}

    def related(self):
        return ("meeting__organization",)


@notice_rule
class Added(RectificationRule):
    name = "rectification.added"
    label = gettext_lazy("列入整改")


@notice_rule
class Due(RectificationRule):
    name = "rectification.due"
    offsets = ("-3w",)
    label = gettext_lazy("整改即将到期")
    verb = gettext_lazy("写明情况")


@notice_rule
class Overdue(RectificationRule):
    name = "rectification.overdue"
    label = gettext_lazy("整改已经逾期")
    verb = gettext_lazy("写明情况")


@on("rectification.added")
def plan_the_item(event):
    """At once, before it is due, and once on the day after."""
    item = event.subject
    yield Plan("rectification.added", item, moment="added", due_at=event.happened_at)
    yield from ahead("rectification.due", item, moment="due", expires_at=_day_after(item.due_on))
    if item.due_on < date.max:
        yield Plan("rectification.overdue", item, moment="over", due_at=_day_after(item.due_on))


@on("rectification.finished", "rectification.dropped")
def stop_chasing(event):
    for rule in ("rectification.added", "rectification.due", "rectification.overdue"):
        yield Silence(rule, event.subject)


def _day_after(until: date):
    return morning(min(until, date.max - DAY) + DAY)
