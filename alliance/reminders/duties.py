"""Who hears of what a unit on turn owes, when and in which words."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.actions.handovers import value_of
from alliance.models import Duty, DutyKind
from members.speakers import park_office, speakers
from nanchuan.kernel.events import on
from nanchuan.kernel.templatetags.ui import day
from nanchuan.notices.kinds import Kind
from nanchuan.notices.rules import CANCEL, SEND, NoticeRule, Plan, Silence, morning, notice_rule
from nanchuan.notices.ruling import ahead

DAY = timedelta(days=1)
MOST_CHASES = 10


@notice_rule
class TurnDuties(NoticeRule):
    """To the unit on turn, when its turn begins: what is due when."""

    name = "turn.duties"
    label = gettext_lazy("轮值职责清单")
    kind = Kind.ROTA
    is_obligatory = True

    def audience(self, turn, reminder):
        return speakers([turn.seat.unit_id] if turn.seat else [])

    def verdict(self, turn, reminder):
        return SEND if turn.seat_id and not turn.is_over else CANCEL

    def title(self, turn, reminder):
        return _("%(turn)s开始，请按期完成轮值职责") % {"turn": turn}

    def body(self, turn, reminder):
        lines = [f"{duty.title}（{day(duty.due_on)}）" for duty in turn.duties.open()]
        return _("职责和期限：%(duties)s。联席会议已草拟，请完善后发出通知。") % {
            "duties": _("、").join(lines)
        }

    def related(self):
        return ("group", "seat__unit")


class DutyRule(NoticeRule):
    """About a duty that is still open, for the day it was planned for."""

    kind = Kind.ROTA

    def anchor(self, duty):
        return duty.due_on

    def audience(self, duty, reminder):
        return speakers([duty.turn.seat.unit_id] if duty.turn.seat else [])

    def verdict(self, duty, reminder):
        same_day = reminder.params["due_on"] == duty.due_on.isoformat()
        return SEND if same_day and duty.status == Duty.Status.OPEN else CANCEL

    def title(self, duty, reminder):
        return f"{self.label}：{duty.title}"

    def body(self, duty, reminder):
        return _("%(turn)s，轮值单位%(unit)s，期限 %(day)s。") % {
            "turn": duty.turn,
            "unit": duty.turn.holder,
            "day": day(duty.due_on),
        }

    def related(self):
        return ("turn__group", "turn__seat__unit")


@notice_rule
class DutySoon(DutyRule):
    name = "duty.soon"
    offsets = ("-3d",)
    label = gettext_lazy("轮值职责即将到期")


@notice_rule
class DutyLate(DutyRule):
    name = "duty.late"
    label = gettext_lazy("轮值职责已逾期")
    verb = gettext_lazy("办理")
    is_obligatory = True


@notice_rule
class DutyLateOffice(DutyRule):
    name = "duty.late_office"
    label = gettext_lazy("轮值单位有职责逾期")

    def audience(self, duty, reminder):
        return park_office()


@notice_rule
class DutyChase(DutyRule):
    name = "duty.chase"
    label = gettext_lazy("催办：轮值职责仍未完成")
    verb = gettext_lazy("办理")


RULES = (DutySoon, DutyLate, DutyLateOffice, DutyChase)


@on("turn.begun")
def tell_what_is_due(event):
    turn = event.subject
    ends_at = morning(turn.ends_on + DAY)
    at = event.happened_at
    yield Plan("turn.duties", turn, moment="begun", due_at=at, expires_at=ends_at)
    for duty in turn.duties.open().select_related("turn__regulation"):
        yield from _plans(duty)


@on("duty.reopened")
def remind_again(event):
    yield from _plans(event.subject)


@on("duty.done", "duty.dropped")
def be_silent(event):
    for rule in RULES:
        yield Silence(rule.name, event.subject)


def _plans(duty):
    """Before it is due, when it is late, then again and again. Handing over has its own."""
    if duty.kind == DutyKind.HANDOVER:
        return
    late, due_on = duty.due_on + DAY, duty.due_on.isoformat()
    facts = {"moment": due_on, "params": {"due_on": due_on}}
    yield from ahead("duty.soon", duty, expires_at=morning(late), **facts)
    yield _plan("duty.late", duty, late)
    yield _plan("duty.late_office", duty, late)
    step = value_of(duty.turn, "chase_days") * DAY
    for number in range(1, MOST_CHASES + 1):
        yield _plan("duty.chase", duty, late + number * step, f"-{number}")


def _plan(rule, duty, on_day, number="") -> Plan:
    due_on = duty.due_on.isoformat()
    return Plan(
        rule,
        duty,
        moment=f"{due_on}{number}",
        due_at=morning(on_day),
        params={"due_on": due_on},
    )
