"""Who hears how far a need is, and what is asked while it is worked on."""

from datetime import date

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.speakers import park_office
from nanchuan.kernel.events import on
from nanchuan.notices.rules import CANCEL, SEND, Plan, Silence, morning, notice_rule
from nanchuan.notices.ruling import ahead
from services import conditions
from services.models import Extension, NeedNote, Pause
from services.reminders.base import (
    NeedRule,
    ToAskers,
    ToFiler,
    ToOffice,
    ToResponsible,
    ToResponsibleAndOffice,
    at_once,
    people_of,
)

STATEMENTS_AHEAD = 12  # months for which a statement is asked beforehand


def everybody_at_work(need):
    """The responsible unit and those that assist it."""
    helping = [row.unit_id for row in conditions.helping(need)]
    return people_of(need.accepted_by_id, need.dispatched_to_id, *helping)


@notice_rule
class Contacted(ToFiler):
    name = "need.contacted"
    label = gettext_lazy("责任单位登记了与贵单位的联系")
    channels = ("inbox",)


@notice_rule
class Noted(ToAskers):
    name = "need.noted"
    label = gettext_lazy("需求有新的进展")
    channels = ("inbox",)


@notice_rule
class Stated(ToAskers):
    name = "need.stated"
    label = gettext_lazy("长期办理的需求有本月进展")

    def audience(self, need, reminder):
        return super().audience(need, reminder) | park_office()


@notice_rule
class Replied(NeedRule):
    """To who works on it; before that, and of a merged one, to the office."""

    name = "need.replied"
    label = gettext_lazy("企业补充了情况")

    def audience(self, need, reminder):
        found = everybody_at_work(need)
        is_taken = need.accepted_by_id or need.dispatched_to_id
        return found if is_taken else found | park_office()


@notice_rule
class ExtensionAsked(ToOffice):
    name = "need.extension_asked"
    label = gettext_lazy("责任单位申请延期，请答复")
    verb = gettext_lazy("答复")

    def verdict(self, need, reminder):
        return SEND if conditions.asked(need) else CANCEL

    def still_asks(self, told, reader):
        asked = Extension.objects.filter(need__in=[need.pk for need, _row in told], decided_at=None)
        found = set(asked.values_list("need", flat=True))
        return [need.pk in found for need, _row in told]


@notice_rule
class ExtensionGranted(ToResponsible):
    name = "need.extension_granted"
    label = gettext_lazy("同意延期")

    def audience(self, need, reminder):
        return people_of(need.accepted_by, need.unit)


@notice_rule
class ExtensionRefused(ToResponsible):
    name = "need.extension_refused"
    label = gettext_lazy("不同意延期，请按原定期限办理")


@notice_rule
class Held(ToAskers):
    name = "need.held"
    label = gettext_lazy("需求暂停计时")

    def audience(self, need, reminder):
        return everybody_at_work(need) | super().audience(need, reminder)

    def body(self, need, reminder):
        return _("原因请看需求页面。贵单位等待的时间照常计算。")


@notice_rule
class Resumed(Held):
    name = "need.resumed"
    label = gettext_lazy("需求恢复计时")

    def body(self, need, reminder):
        return ""


@notice_rule
class HoldOver(ToResponsibleAndOffice):
    """The day has come that was expected."""

    name = "need.hold_over"
    label = gettext_lazy("预计恢复办理的日期到了")

    def verdict(self, need, reminder):
        pause = conditions.paused(need, Pause.Why.HOLD)
        if pause is None or pause.expected_on.isoformat() != reminder.params["expected_on"]:
            return CANCEL
        return SEND


@notice_rule
class LongTerm(Held):
    name = "need.long_term"
    label = gettext_lazy("需求转为长期办理")

    def body(self, need, reminder):
        return _("责任单位每月提交一次月报。")


@notice_rule
class LongTermEnded(Resumed):
    name = "need.long_term_ended"
    label = gettext_lazy("长期办理结束，恢复计时")


@notice_rule
class StatementDue(ToResponsible):
    """Once for each month that has no statement yet."""

    name = "need.statement_due"
    offsets = ("-3w",)
    label = gettext_lazy("长期办理的需求，请提交本月月报")
    verb = gettext_lazy("写月报")

    def anchor_for(self, need, params):
        """The day after the month."""
        return _next_month(date.fromisoformat(params["month"]))

    def verdict(self, need, reminder):
        [still] = self.still_asks([(need, reminder)], None)
        return SEND if still else CANCEL

    def still_asks(self, told, reader):
        """Nothing was stated since the month began."""
        statements = NeedNote.objects.filter(
            kind=NeedNote.Kind.STATEMENT, need__in=[need.pk for need, _row in told]
        )
        last = dict(statements.order_by().values_list("need").annotate(Max("written_at")))
        return [
            bool(need.long_term_since)
            and not (need.pk in last and last[need.pk] >= _first_moment(row))
            for need, row in told
        ]


@on("need.contacted", "need.noted", "need.stated", "need.replied")
def tell_of_the_work(event):
    yield at_once(event)


@on("need.extension_asked", "need.extension_granted", "need.extension_refused")
def tell_of_the_extension(event):
    yield at_once(event)


@on("need.held")
def tell_that_it_stands_still(event):
    yield at_once(event)
    expected_on = event.facts["expected_on"]
    yield Plan(
        "need.hold_over",
        event.subject,
        moment=f"expected@{expected_on}",
        due_at=morning(date.fromisoformat(expected_on)),
        params={"expected_on": expected_on},
    )


@on("need.resumed")
def tell_that_it_goes_on(event):
    yield at_once(event)
    yield Silence("need.hold_over", event.subject)


@on("need.long_term")
def ask_for_statements(event):
    yield at_once(event)
    yield from statements(event)


@on("need.stated")
def ask_for_the_next_statements(event):
    yield from statements(event)


@on("need.long_term_ended", "need.offered", "need.withdrawn", "need.reassigned")
def ask_for_no_more_statements(event):
    yield Silence("need.statement_due", event.subject)
    if event.name == "need.long_term_ended":
        yield at_once(event)


def statements(event):
    """Owed by the end of each month that begins from now on."""
    first = timezone.localdate(event.happened_at).replace(day=1)
    for _month in range(STATEMENTS_AHEAD):
        first = _next_month(first)
        yield from ahead(
            "need.statement_due",
            event.subject,
            moment=f"statement@{first}",
            params={"month": first.isoformat()},
        )


def _first_moment(reminder):
    return morning(date.fromisoformat(reminder.params["month"]))


def _next_month(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)
