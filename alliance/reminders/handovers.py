"""Who hears of a handover, when and in which words: always whoever must act next."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.actions.handovers import next_turn, value_of
from alliance.models import Handover, Turn
from alliance.reminders.duties import DAY, MOST_CHASES
from members.speakers import park_office, speakers
from nanchuan.kernel.events import on
from nanchuan.kernel.templatetags.ui import day
from nanchuan.notices.kinds import Kind
from nanchuan.notices.rules import (
    CANCEL,
    SEND,
    NoticeRule,
    Plan,
    Silence,
    morning,
    notice_rule,
)

Status = Handover.Status


def people_of(*turns):
    return speakers([turn.seat.unit_id for turn in turns if turn and turn.seat])


def who_must_act(handover):
    """Whose signature is next, as things stand when it is said."""
    if handover.status == Status.RECEIVED:
        return park_office()
    return people_of(handover.turn if handover.status == Status.OPEN else handover.arriving)


class HandoverRule(NoticeRule):
    kind = Kind.ROTA

    def audience(self, handover, reminder):
        return who_must_act(handover)

    def title(self, handover, reminder):
        return f"{self.label}：{handover}"

    def body(self, handover, reminder):
        return _("移交单位：%(leaving)s。接任单位：%(arriving)s。轮值到 %(day)s 结束。") % {
            "leaving": handover.turn.holder,
            "arriving": handover.arriving.holder if handover.arriving else _("待定"),
            "day": day(handover.turn.ends_on),
        }

    def related(self):
        return ("turn__group", "turn__seat__unit", "arriving__seat__unit")


class OpenRule(HandoverRule):
    """While the leaving unit has the sheet."""

    def verdict(self, handover, reminder):
        return SEND if handover.status == Status.OPEN else CANCEL


@notice_rule
class Opened(OpenRule):
    name = "handover.opened"
    label = gettext_lazy("请填写轮值交接单")
    verb = gettext_lazy("填写")
    is_obligatory = True


@notice_rule
class NobodyArrives(OpenRule):
    """The office is asked to fill the next turn."""

    name = "handover.nobody"
    label = gettext_lazy("请排定下一轮值单位")
    verb = gettext_lazy("排定")

    def audience(self, handover, reminder):
        return park_office()

    def verdict(self, handover, reminder):
        there = next_turn(handover.turn) is not None
        return CANCEL if there else super().verdict(handover, reminder)

    def still_asks(self, told, reader):
        after = {row.pk: (row.turn.group_id, row.turn.ends_on + DAY) for row, _reminder in told}
        taken = Turn.objects.filter(
            group__in=[group for group, _day in after.values()],
            starts_on__in=[first for _group, first in after.values()],
            seat__isnull=False,
        )
        found = set(taken.values_list("group", "starts_on"))
        open_ = Status.OPEN
        return [row.status == open_ and after[row.pk] not in found for row, _reminder in told]


@notice_rule
class Next(HandoverRule):
    """Somebody signed: the next one may."""

    name = "handover.next"
    label = gettext_lazy("轮值交接单等您签字")
    verb = gettext_lazy("签字")

    def verdict(self, handover, reminder):
        return SEND if handover.status == reminder.params["status"] else CANCEL


@notice_rule
class Refused(OpenRule):
    name = "handover.refused"
    label = gettext_lazy("轮值交接单被退回")

    def body(self, handover, reminder):
        row = handover.signatures.exclude(refusal="").last()
        reason = _("原因：%(reason)s。") % {"reason": row.refusal.rstrip("。")} if row else ""
        return reason + super().body(handover, reminder)


@notice_rule
class Reopened(OpenRule):
    name = "handover.reopened"
    label = gettext_lazy("接任单位有变，请重新核对交接单并签字")


@notice_rule
class Done(HandoverRule):
    name = "handover.done"
    label = gettext_lazy("轮值交接完成")

    def audience(self, handover, reminder):
        return people_of(handover.turn, handover.arriving)


@notice_rule
class Chase(HandoverRule):
    """To whoever must act next, and to the office."""

    name = "handover.chase"
    label = gettext_lazy("催办：轮值交接逾期")
    verb = gettext_lazy("办理")
    is_obligatory = True

    def audience(self, handover, reminder):
        return who_must_act(handover) | park_office()

    def verdict(self, handover, reminder):
        return SEND if handover.is_overdue else CANCEL

    def body(self, handover, reminder):
        return super().body(handover, reminder) + _("目前：%(status)s。") % {
            "status": handover.get_status_display()
        }


@on("handover.opened")
def tell_the_leaving_unit(event):
    handover = event.subject
    yield _at_once("handover.opened", event)
    yield _at_once("handover.nobody", event)
    yield from _chases(handover)


@on("handover.signed")
def tell_the_next(event):
    status = {"leaving": Status.SUBMITTED, "arriving": Status.RECEIVED}.get(event.facts["party"])
    if status:
        yield _at_once("handover.next", event, params={"status": status})


@on("handover.refused", "handover.reopened")
def tell_that_it_came_back(event):
    yield _at_once(event.name, event)
    yield from _chases(event.subject)


@on("handover.done", "handover.dropped")
def be_silent(event):
    handover = event.subject
    yield Silence("handover.chase", handover)
    if event.name == "handover.done":
        yield _at_once("handover.done", event)


def _at_once(rule, event, **facts) -> Plan:
    moment = f"event-{event.pk}"
    return Plan(rule, event.subject, moment=moment, due_at=event.happened_at, **facts)


def _chases(handover):
    """From the day after the turn on, as often as its rota system says."""
    first, step = handover.turn.ends_on + DAY, value_of(handover.turn, "chase_days") * DAY
    for number in range(MOST_CHASES):
        moment = f"{handover.turn.ends_on}-{number}"
        yield Plan("handover.chase", handover, moment, due_at=morning(first + number * step))
