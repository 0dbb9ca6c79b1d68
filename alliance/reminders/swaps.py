"""Who hears of a swap: the unit asked, the office once both agree, both units at the end."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import Swap
from members.speakers import park_office, speakers
from nanchuan.kernel.events import on
from nanchuan.notices.kinds import Kind
from nanchuan.notices.rules import CANCEL, SEND, NoticeRule, Plan, Silence, notice_rule

Status = Swap.Status
WHILE_IT_WAITS = ("swap.asked", "swap.agreed")


class SwapRule(NoticeRule):
    kind = Kind.ROTA

    def title(self, swap, reminder):
        return f"{self.label}：{swap}"

    def body(self, swap, reminder):
        return _("%(first)s（%(one)s）与 %(second)s（%(other)s）。原因：%(reason)s。") % {
            "first": swap.first_seat,
            "one": swap.first.period_words,
            "second": swap.second_seat,
            "other": swap.second.period_words,
            "reason": swap.reason.rstrip("。"),
        }

    def related(self):
        return ("first", "second", "first_seat__unit", "second_seat__unit")


@notice_rule
class Asked(SwapRule):
    name = "swap.asked"
    label = gettext_lazy("请答复轮值对调")
    verb = gettext_lazy("答复")

    def audience(self, swap, reminder):
        sides = (
            (swap.first_seat, swap.first_agreed_at),
            (swap.second_seat, swap.second_agreed_at),
        )
        return speakers([seat.unit_id for seat, agreed_at in sides if agreed_at is None])

    def verdict(self, swap, reminder):
        return SEND if swap.status == Status.PROPOSED else CANCEL


@notice_rule
class Agreed(SwapRule):
    name = "swap.agreed"
    label = gettext_lazy("请确认轮值对调")
    verb = gettext_lazy("确认")

    def audience(self, swap, reminder):
        return park_office()

    def verdict(self, swap, reminder):
        return SEND if swap.status == Status.AGREED else CANCEL


@notice_rule
class Settled(SwapRule):
    """To both units, except who did it."""

    name = "swap.settled"
    label = gettext_lazy("轮值对调有结果")

    def audience(self, swap, reminder):
        people = speakers([swap.first_seat.unit_id, swap.second_seat.unit_id])
        by = reminder.event and reminder.event.by_id
        return people.exclude(pk=by) if by else people

    def title(self, swap, reminder):
        return _("%(swap)s：%(status)s") % {
            "status": swap.get_status_display(),
            "swap": swap,
        }

    def body(self, swap, reminder):
        body, answer = super().body(swap, reminder), swap.answer.rstrip("。")
        return body + _("答复：%(answer)s。") % {"answer": answer} if answer else body


@on("swap.proposed")
def ask_the_units(event):
    yield Plan("swap.asked", event.subject, moment="asked", due_at=event.happened_at)


@on("swap.agreed")
def ask_the_office(event):
    if event.subject.status == Status.AGREED:
        yield Silence("swap.asked", event.subject)
        yield Plan("swap.agreed", event.subject, moment="agreed", due_at=event.happened_at)


@on("swap.confirmed", "swap.refused", "swap.withdrawn", "swap.lapsed")
def tell_the_units(event):
    for rule in WHILE_IT_WAITS:
        yield Silence(rule, event.subject)
    yield Plan("swap.settled", event.subject, moment="settled", due_at=event.happened_at)
