"""Who hears of a measure, when and in which words."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import Measure, Milestone
from members.speakers import park_office, speakers
from nanchuan.kernel.events import on
from nanchuan.kernel.templatetags.ui import day
from nanchuan.notices.kinds import Kind
from nanchuan.notices.rules import CANCEL, SEND, NoticeRule, Plan, Silence, morning, notice_rule
from nanchuan.notices.ruling import ahead

LATE_LASTS = timedelta(days=30)  # after which saying so once more helps nobody
OF_THE_DUE_DAY = ("measure.due_soon", "measure.late")
Status = Measure.Status


def responsible(measure):
    """Whoever speaks today for the responsible unit."""
    return speakers([measure.unit_id])


def carriers(measure):
    """The same, and for the units that assist."""
    return speakers([measure.unit_id, *measure.assisting.values_list("pk", flat=True)])


class MeasureRule(NoticeRule):
    kind = Kind.ITEM

    def audience(self, measure, reminder):
        """Those who carry it, except who did what is told."""
        people = carriers(measure)
        by = reminder.event and reminder.event.by_id
        return people.exclude(pk=by) if by else people

    def title(self, measure, reminder):
        return f"{self.label}：{measure}"

    def body(self, measure, reminder):
        return _("责任单位：%(unit)s。完成期限：%(due)s。") % {
            "unit": measure.unit,
            "due": day(measure.due_on),
        }

    def related(self):
        return ("unit",)


@notice_rule
class Assigned(MeasureRule):
    name = "measure.assigned"
    label = gettext_lazy("新的举措")
    is_obligatory = True

    def verdict(self, measure, reminder):
        return SEND if measure.is_open else CANCEL


class OfTheDueDay(MeasureRule):
    """Only for the due day it was planned for, and while the measure is in progress."""

    def anchor(self, measure):
        return measure.due_on

    def audience(self, measure, reminder):
        return responsible(measure)

    def verdict(self, measure, reminder):
        in_progress = measure.status == Status.IN_PROGRESS
        same_day = reminder.params["due_on"] == measure.due_on.isoformat()
        return SEND if in_progress and same_day else CANCEL


@notice_rule
class DueSoon(OfTheDueDay):
    name = "measure.due_soon"
    offsets = (f"-{Measure.SOON_DAYS}d",)
    label = gettext_lazy("举措临近完成期限")


@notice_rule
class Late(OfTheDueDay):
    name = "measure.late"
    label = gettext_lazy("举措已逾期")
    verb = gettext_lazy("填写进展")

    def audience(self, measure, reminder):
        return responsible(measure) | park_office()


@notice_rule
class MilestoneDue(NoticeRule):
    name = "measure.milestone_due"
    offsets = ("-3d",)
    label = gettext_lazy("节点临近期限")
    kind = Kind.ITEM

    def anchor(self, milestone):
        return milestone.due_on

    def audience(self, milestone, reminder):
        return responsible(milestone.measure)

    def verdict(self, milestone, reminder):
        waits = milestone.done_on is None and milestone.measure.status == Status.IN_PROGRESS
        same_day = reminder.params["due_on"] == milestone.due_on.isoformat()
        return SEND if waits and same_day else CANCEL

    def title(self, milestone, reminder):
        return f"{self.label}：{milestone}"

    def body(self, milestone, reminder):
        return _("所属举措：%(measure)s。节点期限：%(due)s。") % {
            "measure": milestone.measure,
            "due": day(milestone.due_on),
        }

    def related(self):
        return ("measure",)


@notice_rule
class Reported(MeasureRule):
    name = "measure.reported"
    label = gettext_lazy("举措待确认")
    verb = gettext_lazy("确认")

    def audience(self, measure, reminder):
        return park_office()

    def verdict(self, measure, reminder):
        return SEND if measure.status == Status.REPORTED else CANCEL


@notice_rule
class Returned(MeasureRule):
    name = "measure.returned"
    label = gettext_lazy("举措被退回继续推进")

    def body(self, measure, reminder):
        return super().body(measure, reminder) + _("退回原因请看举措页面。")


@notice_rule
class Confirmed(MeasureRule):
    name = "measure.confirmed"
    label = gettext_lazy("举措已确认完成")


@notice_rule
class Dropped(MeasureRule):
    name = "measure.dropped"
    label = gettext_lazy("举措不再推进")

    def body(self, measure, reminder):
        if not measure.reason:  # taken up again since
            return super().body(measure, reminder)
        return _("原因：%(reason)s") % {"reason": measure.reason}


@notice_rule
class Reopened(MeasureRule):
    name = "measure.reopened"
    label = gettext_lazy("举措重新推进")

    def body(self, measure, reminder):
        return super().body(measure, reminder) + _("原因请看举措页面。")


@notice_rule
class Extended(MeasureRule):
    name = "measure.extended"
    label = gettext_lazy("举措完成期限有调整")


@on("measure.created")
def tell_who_carries_it(event):
    yield _at_once("measure.assigned", event)
    yield from _planned(event.subject)
    yield from _milestones(event.subject)


@on("measure.changed")
def tell_who_carries_it_now(event):
    changed = event.facts["changed"]
    if {"unit", "assisting"} & set(changed):
        yield _at_once("measure.assigned", event)
    if "milestones" in changed:
        yield from _milestones(event.subject)


@on("measure.extended")
def tell_the_new_due_day(event):
    yield Silence("measure.extended", event.subject)
    yield _at_once("measure.extended", event)
    yield from _planned_anew(event.subject)


@on("measure.reported")
def ask_the_office(event):
    yield from _silent(event.subject)
    yield _at_once("measure.reported", event)


@on("measure.returned", "measure.reopened")
def tell_that_it_goes_on(event):
    yield _at_once(event.name, event)
    yield from _planned_anew(event.subject)


@on("measure.confirmed", "measure.dropped")
def tell_that_it_is_settled(event):
    yield from _silent(event.subject)
    yield _at_once(event.name, event)


def _at_once(rule, event):
    return Plan(rule, event.subject, moment=f"event-{event.pk}", due_at=event.happened_at)


def _silent(measure, keep=frozenset()):
    for rule in OF_THE_DUE_DAY:
        yield Silence(rule, measure, keep=keep)


def _planned_anew(measure):
    plans = list(_planned(measure))
    yield from _silent(measure, keep={plan.moment for plan in plans})
    yield from plans


def _planned(measure):
    """Before the due day, and on the morning after it."""
    due_on = measure.due_on
    late = morning(due_on + timedelta(days=1))
    yield from ahead("measure.due_soon", measure, expires_at=late, **_of(due_on))
    yield Plan("measure.late", measure, due_at=late, expires_at=late + LATE_LASTS, **_of(due_on))


def _milestones(measure):
    for milestone in Milestone.objects.filter(measure=measure, done_on=None):
        after = morning(milestone.due_on + timedelta(days=1))
        facts = _of(milestone.due_on)
        plans = list(ahead("measure.milestone_due", milestone, expires_at=after, **facts))
        yield Silence("measure.milestone_due", milestone, keep={plan.moment for plan in plans})
        yield from plans


def _of(due_on):
    return {"moment": f"due@{due_on}", "params": {"due_on": due_on.isoformat()}}
