"""Who hears of units that ask for the same, and of a need that the office filed for a unit."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nanchuan.kernel.events import on
from nanchuan.notices.rules import CANCEL, SEND, Plan, notice_rule
from services.models import CoFiler
from services.reminders.base import NeedRule, ToFiler, at_once, people_of


@notice_rule
class FiledFor(ToFiler):
    name = "need.filed_for"
    label = gettext_lazy("园区党务办公室替贵单位提出了需求")

    def body(self, need, reminder):
        return _("类别：%(category)s。请核对内容，有不准的可以在审核前修改，不需要的可以撤回。") % {
            "category": need.get_category_display()
        }


class OfCoFiler(NeedRule):
    """About one unit that asks for the same (`params`: `unit`, `unit_name`)."""

    def audience(self, need, reminder):
        return people_of(reminder.params["unit"])


@notice_rule
class CoFiled(OfCoFiler):
    name = "need.cofiled"
    label = gettext_lazy("贵单位已列为共同提出单位")

    def verdict(self, need, reminder):
        stands = need.cofilers.admitted().filter(unit=reminder.params["unit"])
        return SEND if stands.exists() else CANCEL

    def body(self, need, reminder):
        return _("提出单位：%(unit)s。可以看到全部内容和进展，不需要时可以退出。") % {
            "unit": need.unit
        }


@notice_rule
class CoFilingRefused(OfCoFiler):
    name = "need.cofiling_refused"
    label = gettext_lazy("提出单位没有同意一起提出")

    def body(self, need, reminder):
        return self.public_body(need)

    def public_body(self, need):
        return _("贵单位可以另行提出需求。")


@notice_rule
class CoFilingAsked(ToFiler):
    name = "need.cofiling_asked"
    label = gettext_lazy("有单位也需要，请决定是否一起提出")
    verb = gettext_lazy("决定")

    def verdict(self, need, reminder):
        [still] = self.still_asks([(need, reminder)], None)
        return SEND if still else CANCEL

    def still_asks(self, told, reader):
        waiting = CoFiler.objects.filter(need__in=[need.pk for need, _row in told])
        found = set(waiting.filter(admitted_at=None).values_list("need", "unit"))
        return [(need.pk, row.params["unit"]) in found for need, row in told]

    def body(self, need, reminder):
        return _("“%(unit)s”也需要。同意后对方会看到全部内容，和贵单位一起收到进展。") % {
            "unit": reminder.params["unit_name"]
        }


@notice_rule
class CoFilingLeft(ToFiler):
    name = "need.cofiling_left"
    label = gettext_lazy("有单位退出了共同提出")

    def body(self, need, reminder):
        return _("“%(unit)s”已退出。") % {"unit": reminder.params["unit_name"]}


@notice_rule
class CoFilingDropped(CoFilingLeft):
    name = "need.cofiling_dropped"
    label = gettext_lazy("有单位撤回了一起提出的申请")


@on("need.filed")
def tell_for_whom_it_was_filed(event):
    if event.facts.get("on_behalf"):
        yield at_once(event, "need.filed_for")


@on(
    "need.cofiled",
    "need.cofiling_asked",
    "need.cofiling_refused",
    "need.cofiling_left",
    "need.cofiling_dropped",
)
def tell_of_a_cofiler(event):
    params = {name: event.facts[name] for name in ("unit", "unit_name")}
    yield Plan(
        event.name,
        event.subject,
        moment=f"event-{event.pk}",
        due_at=event.happened_at,
        params=params,
    )
