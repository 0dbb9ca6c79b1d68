"""Who hears of an action item: whoever carries it at once, before it is due and when it is late;
then the office, then the leaders, each once for a due day; the office of what waits for it."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance import timeline
from alliance.models import ActionItem, ItemExtension
from members.speakers import park_leaders, park_office, speakers
from nanchuan.kernel import calendar
from nanchuan.kernel.events import on
from nanchuan.kernel.templatetags.ui import day
from nanchuan.notices.kinds import Kind
from nanchuan.notices.models import Reminder
from nanchuan.notices.rules import CANCEL, SEND, NoticeRule, Plan, Silence, morning, notice_rule

LATE_LASTS = timedelta(days=30)  # after which saying so once more helps nobody
OF_THE_DUE_DAY = ("item.due_soon", "item.late", "item.late_office", "item.late_leader")
Status, Answer = ActionItem.Status, ItemExtension.Status


def responsible(item):
    """Whoever speaks today for the responsible unit."""
    return speakers([item.unit_id])


def carriers(item):
    """The same, and for the units that assist."""
    return speakers([item.unit_id, *item.assisting.values_list("pk", flat=True)])


class ItemRule(NoticeRule):
    kind = Kind.ITEM

    def audience(self, item, reminder):
        """Those who carry it, except who did what is told."""
        people = carriers(item)
        by = reminder.event and reminder.event.by_id
        return people.exclude(pk=by) if by else people

    def verdict(self, item, reminder):
        return SEND if item.is_live else CANCEL

    def title(self, item, reminder):
        return f"{self.label}：{item}"

    def body(self, item, reminder):
        return _("责任单位：%(unit)s。完成期限：%(due)s。") % {
            "unit": item.unit,
            "due": day(item.due_on),
        }

    def related(self):
        return ("unit", "resolution__meeting")


@notice_rule
class Assigned(ItemRule):
    name = "item.assigned"
    label = gettext_lazy("新的督办事项")
    verb = gettext_lazy("填写进展")
    is_obligatory = True

    def verdict(self, item, reminder):
        return SEND if item.is_live and item.is_open else CANCEL


class OfTheDueDay(ItemRule):
    """Only for the due day it was planned for, and while the item is in progress."""

    def audience(self, item, reminder):
        return responsible(item)

    def verdict(self, item, reminder):
        waits = item.is_live and item.status == Status.IN_PROGRESS
        same_day = reminder.params["due_on"] == item.due_on.isoformat()
        return SEND if waits and same_day else CANCEL


@notice_rule
class DueSoon(OfTheDueDay):
    name = "item.due_soon"
    label = gettext_lazy("督办事项临近完成期限")


@notice_rule
class Late(OfTheDueDay):
    name = "item.late"
    label = gettext_lazy("督办事项已逾期")
    verb = gettext_lazy("填写进展")
    is_obligatory = True


@notice_rule
class LateOffice(OfTheDueDay):
    name = "item.late_office"
    label = gettext_lazy("督办事项逾期未办结，请催办")
    is_obligatory = True

    def audience(self, item, reminder):
        return park_office()


@notice_rule
class LateLeader(OfTheDueDay):
    name = "item.late_leader"
    label = gettext_lazy("督办事项长期逾期，报园区领导")
    is_obligatory = True

    def audience(self, item, reminder):
        return park_leaders()


@notice_rule
class Reported(ItemRule):
    name = "item.reported"
    label = gettext_lazy("督办事项待确认")
    verb = gettext_lazy("确认")

    def audience(self, item, reminder):
        return park_office()

    def verdict(self, item, reminder):
        return SEND if item.is_live and item.status == Status.REPORTED else CANCEL


@notice_rule
class Returned(ItemRule):
    name = "item.returned"
    label = gettext_lazy("督办事项被退回继续办理")
    verb = gettext_lazy("填写进展")

    def still_asks(self, told, reader):
        return [item.is_live and item.status == Status.IN_PROGRESS for item, _reminder in told]

    def body(self, item, reminder):
        return super().body(item, reminder) + _("退回原因请看事项页面。")


@notice_rule
class Confirmed(ItemRule):
    name = "item.confirmed"
    label = gettext_lazy("督办事项已确认办结")


@notice_rule
class Dropped(ItemRule):
    name = "item.dropped"
    label = gettext_lazy("督办事项不再办理")

    def body(self, item, reminder):
        if not item.reason:  # taken up again since
            return super().body(item, reminder)
        return _("原因：%(reason)s") % {"reason": item.reason}


@notice_rule
class Reopened(ItemRule):
    name = "item.reopened"
    label = gettext_lazy("督办事项重新办理")

    def body(self, item, reminder):
        return super().body(item, reminder) + _("原因请看事项页面。")


@notice_rule
class Reassigned(ItemRule):
    """To those who carry it now, and to those who do not any more."""

    name = "item.reassigned"
    label = gettext_lazy("督办事项的责任单位或协办单位有调整")

    def audience(self, item, reminder):
        had = reminder.event.facts.get("had", ()) if reminder.event else ()
        return super().audience(item, reminder) | speakers(list(had))

    def body(self, item, reminder):
        return super().body(item, reminder) + _("原因请看事项页面。")


@notice_rule
class Struck(ItemRule):
    """The resolution that it came from does not stand any more."""

    name = "item.struck"
    is_farewell = True
    label = gettext_lazy("督办事项已删去，不用再办理")

    def verdict(self, item, reminder):
        return CANCEL if item.is_live else SEND

    def url(self, item, reminder):
        """The item itself is not theirs to see any more."""
        return reverse("alliance:item-list")


class ExtensionRule(NoticeRule):
    kind = Kind.ITEM

    def audience(self, asked, reminder):
        people = carriers(asked.item)
        by = reminder.event and reminder.event.by_id
        return people.exclude(pk=by) if by else people

    def title(self, asked, reminder):
        return f"{self.label}：{asked.item}"

    def body(self, asked, reminder):
        days = {"before": day(asked.due_before), "due": day(asked.due_on)}
        return _("原定期限：%(before)s。申请延期到：%(due)s。") % days

    def related(self):
        return ("item",)


@notice_rule
class ExtensionAsked(ExtensionRule):
    name = "item.extension_asked"
    label = gettext_lazy("申请延期，请答复")
    verb = gettext_lazy("答复")

    def audience(self, asked, reminder):
        return park_office()

    def verdict(self, asked, reminder):
        return SEND if asked.status == Answer.ASKED else CANCEL


@notice_rule
class ExtensionGranted(ExtensionRule):
    name = "item.extension_granted"
    label = gettext_lazy("同意延期")


@notice_rule
class ExtensionRefused(ExtensionRule):
    name = "item.extension_refused"
    label = gettext_lazy("不同意延期，请按原定期限办理")

    def body(self, asked, reminder):
        return super().body(asked, reminder) + _("答复：%(answer)s") % {"answer": asked.answer}


@on("item.assigned")
def tell_who_carries_it(event):
    yield _at_once(event)
    yield from _planned_anew(event)


@on("item.reported")
def ask_the_office(event):
    yield from _silent(event.subject)
    yield _at_once(event)


@on("item.returned", "item.reopened", "item.reassigned")
def tell_that_it_goes_on(event):
    yield _at_once(event)
    yield from _planned_anew(event)


@on("item.confirmed", "item.dropped")
def tell_that_it_is_settled(event):
    yield from _silent(event.subject)
    yield _at_once(event)


@on("item.struck")
def tell_that_it_binds_nobody(event):
    """Whoever has not heard of it hears nothing of either."""
    item = event.subject
    unheard = Reminder.objects.about(item).filter(
        rule="item.assigned", state=Reminder.State.PLANNED, notices=None
    )
    is_unheard = unheard.exists()
    yield from _silent(item)
    yield Silence("item.assigned", item)
    if not is_unheard:
        yield _at_once(event)


@on("item.extension_asked", "item.extension_refused")
def tell_of_the_extension(event):
    yield _at_once(event, _asked(event))


@on("item.extension_granted")
def tell_the_new_due_day(event):
    yield _at_once(event, _asked(event))
    yield from _planned_anew(event)


@on("item.extension_withdrawn")
def ask_no_more(event):
    yield Silence("item.extension_asked", _asked(event))


def _asked(event) -> ItemExtension:
    return ItemExtension.objects.select_related("item").get(pk=event.facts["extension"])


def _at_once(event, subject=None):
    subject = subject or event.subject
    return Plan(event.name, subject, moment=f"event-{event.pk}", due_at=event.happened_at)


def _silent(item, keep=frozenset()):
    for rule in OF_THE_DUE_DAY:
        yield Silence(rule, item, keep=keep)


def _planned_anew(event):
    item = event.subject
    plans = list(planned(item, timezone.localdate(event.happened_at)))
    yield from _silent(item, keep={plan.moment for plan in plans})
    yield from plans


def planned(item, since):
    """Before the due day and the steps of being late, each once for a due day.

    What was given, or came back, after its due day is late from that day (`since`) on.
    """
    rules = timeline.rules(item.resolution.meeting)
    due_on = item.due_on
    from_day = max(due_on, since)
    office = rules.value("escalate_office_days")
    leader = max(rules.value("escalate_leader_days"), office)
    late = morning(from_day + timedelta(days=1))
    steps = [
        ("item.late", late),
        ("item.late_office", morning(calendar.working_days_after(from_day, office))),
        ("item.late_leader", morning(calendar.working_days_after(from_day, leader))),
    ]
    if before := rules.value("item_remind_days"):
        soon = morning(calendar.working_days_before(due_on, before))
        yield _for_day("item.due_soon", item, soon, late)
    for rule, due_at in steps:
        yield _for_day(rule, item, due_at, due_at + LATE_LASTS)


def _for_day(rule, item, due_at, expires_at):
    return Plan(
        rule,
        item,
        moment=f"due@{item.due_on}",
        due_at=due_at,
        expires_at=expires_at,
        params={"due_on": item.due_on.isoformat()},
    )
