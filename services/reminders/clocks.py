"""Who hears that a step of a need is due or late: whoever owes it, then one level after the other,
each once. Said plainly, to those who may see the need, and only while it is still so."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import OrganizationUnit
from members.speakers import leaders, park_leaders, park_office, speakers
from nanchuan.kernel.events import on
from nanchuan.kernel.templatetags.ui import moment
from nanchuan.notices.kinds import Kind
from nanchuan.notices.rules import CANCEL, SEND, NoticeRule, Plan, notice_rule
from services.models import Clock, Pause

Level = Clock.Level


class ClockRule(NoticeRule):
    """Silent once the step was done, given up, given to others or put on hold, or is due later."""

    kind = Kind.NEED

    def audience(self, need, reminder):
        return speakers([_clock(reminder).unit_id])

    def verdict(self, need, reminder):
        [still] = self.still_asks([(need, reminder)], None)
        return SEND if still else CANCEL

    def still_asks(self, told, reader):
        clocks = Clock.objects.in_bulk([row.params["clock"] for _need, row in told])
        paused = Pause.objects.filter(need__in=[need.pk for need, _row in told], ended_at=None)
        stand_still = set(paused.values_list("need", flat=True))
        return [
            need.pk not in stand_still
            and (clock := clocks.get(row.params["clock"])) is not None
            and clock.is_running
            and clock.due_at.isoformat() == row.params["due_at"]
            for need, row in told
        ]

    def title(self, need, reminder):
        return f"{self.label}：{need}"

    def body(self, need, reminder):
        return _("环节：%(step)s。到期时间：%(due)s。") % {
            "step": Clock.Kind(reminder.params["kind"]).label,
            "due": moment(datetime.fromisoformat(reminder.params["due_at"])),
        }


def _clock(reminder) -> Clock | None:
    return Clock.objects.select_related("unit").filter(pk=reminder.params["clock"]).first()


@notice_rule
class Nearing(ClockRule):
    name = "need.nearing"
    label = gettext_lazy("需求办理临近到期")


class Late(ClockRule):
    label = gettext_lazy("需求办理已到期")


@notice_rule
class LateUnit(Late):
    name = "need.late_unit"
    verb = gettext_lazy("填写进展")
    is_obligatory = True


@notice_rule
class LateSecretary(Late):
    """The secretaries of the organizations of the unit that owes it."""

    name = "need.late_secretary"
    is_obligatory = True

    def audience(self, need, reminder):
        links = OrganizationUnit.objects.current().filter(unit=_clock(reminder).unit_id)
        return leaders(links.values("organization"))


@notice_rule
class LateOffice(Late):
    name = "need.late_office"
    is_obligatory = True

    def audience(self, need, reminder):
        return park_office()


@notice_rule
class LateLeader(Late):
    name = "need.late_leader"
    is_obligatory = True

    def audience(self, need, reminder):
        return park_leaders()


RULES = {
    Level.UNIT: "need.late_unit",
    Level.SECRETARY: "need.late_secretary",
    Level.OFFICE: "need.late_office",
    Level.LEADER: "need.late_leader",
}


@on("need.nearing")
def tell_the_unit_ahead(event):
    yield _plan("need.nearing", event)


@on("need.chased")
def tell_the_level(event):
    yield _plan(RULES[event.facts["level"]], event)


def _plan(rule, event):
    params = {name: event.facts[name] for name in ("clock", "kind", "due_at")}
    moment_of = f"clock-{params['clock']}@{params['due_at']}"
    return Plan(rule, event.subject, moment=moment_of, due_at=event.happened_at, params=params)
