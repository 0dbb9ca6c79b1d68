"""Who hears of a solution, and of the answer to it."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.speakers import park_office
from nanchuan.kernel.events import on
from nanchuan.notices.rules import CANCEL, SEND, Silence, Verdict, notice_rule
from nanchuan.notices.ruling import ahead, due_at_now
from services.actions.solving import silent_until
from services.models import Solution
from services.reminders.base import (
    Status,
    ToFiler,
    ToResponsibleAndOffice,
    alongside,
    at_once,
    people_of,
)
from services.reminders.dispatches import TakenAway


@notice_rule
class Offered(ToFiler):
    name = "need.offered"
    label = gettext_lazy("解决方案请您确认")
    verb = gettext_lazy("确认")
    is_obligatory = True
    while_ = (Status.OFFERED,)


@notice_rule
class SilentSoon(ToFiler):
    """Before silence is taken as a confirmation."""

    name = "need.silent_soon"
    offsets = ("-1w",)
    label = gettext_lazy("解决方案即将自动确认，请尽快答复")
    verb = gettext_lazy("确认")
    is_obligatory = True
    while_ = (Status.OFFERED,)

    def anchor_for(self, need, params):
        solution = _offer(need, params["solution"])
        return solution and silent_until(need, solution)

    def verdict(self, need, reminder):
        due_at = due_at_now(reminder, need)
        if due_at is None or super().verdict(need, reminder) is CANCEL:
            return CANCEL
        return SEND if due_at <= reminder.due_at else Verdict.later(due_at)

    def still_asks(self, told, reader):
        return [need.status in self.while_ for need, _reminder in told]

    def body(self, need, reminder):
        return _("到期不答复的，视为企业已确认，不作评价。")


@notice_rule
class Confirmed(ToResponsibleAndOffice):
    name = "need.confirmed"
    label = gettext_lazy("企业已确认解决")

    def audience(self, need, reminder):
        return super().audience(need, reminder) | alongside(need)


@notice_rule
class ConfirmedSilently(ToResponsibleAndOffice):
    name = "need.confirmed_silently"
    label = gettext_lazy("企业到期未答复，已自动确认")

    def audience(self, need, reminder):
        return people_of(need.accepted_by, need.unit) | alongside(need) | park_office()

    def body(self, need, reminder):
        return _("另行统计，没有评价。如果问题没有解决，提出单位仍可重新办理。")


@notice_rule
class Refused(ToResponsibleAndOffice):
    name = "need.refused"
    label = gettext_lazy("企业退回了解决方案")


@notice_rule
class Reopened(ToResponsibleAndOffice):
    name = "need.reopened"
    label = gettext_lazy("需求重新办理")


@notice_rule
class Withdrawn(ToResponsibleAndOffice):
    name = "need.withdrawn"
    label = gettext_lazy("需求已撤回")

    def audience(self, need, reminder):
        return super().audience(need, reminder) | alongside(need)

    def title_for(self, need, reminder, reader):
        return self.title(need, reminder)


@notice_rule
class CalledOff(TakenAway):
    """To whoever was told to do it or to assist, and does not see it any more."""

    name = "need.called_off"
    label = gettext_lazy("需求已撤回，不用再办理")

    def audience(self, need, reminder):
        facts = reminder.event.facts if reminder and reminder.event else {}
        return people_of(facts.get("told"), *facts.get("helped", ()))


@on("need.offered")
def ask_the_filer(event):
    yield at_once(event)
    solution = _offer(event.subject)
    if solution:
        yield from ahead(
            "need.silent_soon",
            event.subject,
            moment=f"offer-{solution.pk}",
            params={"solution": solution.pk},
        )


@on("need.confirmed", "need.confirmed_silently", "need.refused", "need.withdrawn")
def tell_who_did_it(event):
    yield at_once(event)
    yield Silence("need.silent_soon", event.subject)


@on("need.withdrawn")
def tell_who_was_asked(event):
    yield at_once(event, "need.called_off")


@on("need.reopened")
def tell_that_it_is_open_again(event):
    yield at_once(event)


def _offer(need, pk=None) -> Solution | None:
    rows = need.solutions.filter(refused_at=None, reopened_at=None, confirmed_at=None)
    return (rows.filter(pk=pk) if pk else rows).first()
