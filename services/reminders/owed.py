"""Who hears that a ruling on an objection or the help of a unit is due or late. Silent once it was
ruled or given, or is due at another moment."""

from datetime import datetime

from django.utils.translation import gettext_lazy

from members.speakers import park_leaders, park_office
from nanchuan.kernel.events import on
from nanchuan.kernel.templatetags.ui import moment
from nanchuan.notices.rules import CANCEL, SEND, Plan, notice_rule
from services.actions import prompting
from services.models import Told
from services.reminders.base import NeedRule, ToOffice, people_of


class OwedRule(NeedRule):
    """`event` is the one that tells of it; `words` say which unit and which moment."""

    event: str
    words = ""

    def verdict(self, need, reminder):
        row = prompting.OWED[self.event]().filter(pk=reminder.params["row"]).first()
        still = row and row.due_at.isoformat() == reminder.params["due_at"]
        return SEND if still else CANCEL

    def body(self, need, reminder):
        due_at = datetime.fromisoformat(reminder.params["due_at"])
        facts = {"unit": reminder.params["unit_name"], "due": moment(due_at)}
        return str(self.words) % facts


class RulingRule(OwedRule):
    event = "need.ruling_chased"
    words = gettext_lazy("提出异议的单位：%(unit)s。裁定期限：%(due)s。")


@notice_rule
class RulingDue(RulingRule, ToOffice):
    name = "need.ruling_due"
    label = gettext_lazy("派单异议的裁定期限已到，请裁定")


@notice_rule
class RulingLate(RulingRule):
    name = "need.ruling_late"
    label = gettext_lazy("派单异议逾期未裁定")

    def audience(self, need, reminder):
        return park_leaders()


class HelpRule(OwedRule):
    event = "need.help_chased"
    words = gettext_lazy("协办单位：%(unit)s。协办期限：%(due)s。")


@notice_rule
class HelpDue(HelpRule):
    name = "need.help_due"
    label = gettext_lazy("协办期限已到，请报告协办情况")

    def audience(self, need, reminder):
        return people_of(reminder.params["unit"])


@notice_rule
class HelpLate(HelpRule):
    """The unit that it is to help, and the office."""

    name = "need.help_late"
    label = gettext_lazy("协办单位逾期未完成")

    def audience(self, need, reminder):
        return people_of(need.accepted_by_id) | park_office()


RULES = {
    RulingRule.event: {Told.DUE: RulingDue.name, Told.LATE: RulingLate.name},
    HelpRule.event: {Told.DUE: HelpDue.name, Told.LATE: HelpLate.name},
}


@on(*RULES)
def tell_what_is_owed(event):
    params = {name: event.facts[name] for name in ("row", "due_at", "unit", "unit_name")}
    yield Plan(
        RULES[event.name][event.facts["level"]],
        event.subject,
        moment=f"owed-{params['row']}@{params['due_at']}",
        due_at=event.happened_at,
        params=params,
    )
