"""Who hears of a need, and in which words. Whom, is asked when the notice goes out."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.speakers import park_office, speakers
from nanchuan.kernel.events import on
from nanchuan.notices.rules import CANCEL, SEND, NoticeRule, Plan, notice_rule
from services.actions import cases
from services.models import Need

Status = Need.Status


def people_of(*units):
    """Whoever speaks for one of these units; None stands for no unit."""
    return speakers([unit for unit in units if unit])


class NeedRule(NoticeRule):
    """About a need; silent once the need has moved on from where it was said (`while_`)."""

    while_: tuple[str, ...] = ()

    def verdict(self, need, reminder):
        return SEND if not self.while_ or need.status in self.while_ else CANCEL

    def title(self, need, reminder):
        return f"{self.label}：{need.public_name}"

    def title_for(self, need, reminder, reader):
        return f"{self.label}：{need.face_for(reader).name}"

    def body_for(self, need, reminder, reader):
        """The words of `body` are for who reads the whole of a need."""
        if not need.face_for(reader).is_whole:
            return self.public_body(need)
        return self.body(need, reminder)

    def public_body(self, need):
        return _("类别：%(category)s。") % {"category": need.get_category_display()}

    def body(self, need, reminder):
        return _("提出单位：%(unit)s。类别：%(category)s。") % {
            "unit": need.unit,
            "category": need.get_category_display(),
        }

    def related(self):
        return ("unit", "accepted_by")


class ToOffice(NeedRule):
    def audience(self, need, reminder):
        return park_office()


class ToFiler(NeedRule):
    def audience(self, need, reminder):
        return people_of(need.unit)


class ToResponsible(NeedRule):
    def audience(self, need, reminder):
        return people_of(need.accepted_by)


class ToResponsibleAndOffice(NeedRule):
    def audience(self, need, reminder):
        return people_of(need.accepted_by) | park_office()


@notice_rule
class Filed(ToOffice):
    name = "need.filed"
    label = gettext_lazy("有需求待审核")
    while_ = (Status.SUBMITTED,)


@notice_rule
class Published(NeedRule):
    """Only to units that may see it: the same question as the page asks."""

    name = "need.published"
    label = gettext_lazy("有需求可以接单")
    while_ = (Status.PUBLISHED,)

    def audience(self, need, reminder):
        return speakers(need.audience_units())


@notice_rule
class Passed(ToFiler):
    name = "need.passed"
    label = gettext_lazy("需求已通过审核")


@notice_rule
class Returned(ToFiler):
    name = "need.returned"
    label = gettext_lazy("需求需要补充")
    while_ = (Status.RETURNED,)


@notice_rule
class Declined(ToFiler):
    name = "need.declined"
    label = gettext_lazy("需求未受理")


@notice_rule
class Accepted(ToFiler):
    name = "need.accepted"
    label = gettext_lazy("需求已有单位接单")

    def body(self, need, reminder):
        return _("责任单位：%(unit)s。") % {"unit": need.accepted_by}


@notice_rule
class Dispatched(ToResponsible):
    name = "need.dispatched"
    label = gettext_lazy("园区派单给贵单位")
    while_ = (Status.ACCEPTED,)


@notice_rule
class Offered(ToFiler):
    name = "need.offered"
    label = gettext_lazy("解决方案请您确认")
    while_ = (Status.OFFERED,)


@notice_rule
class Confirmed(ToResponsibleAndOffice):
    name = "need.confirmed"
    label = gettext_lazy("企业已确认解决")


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


def _plan(rule, event):
    return Plan(rule, event.subject, moment=f"event-{event.pk}", due_at=event.happened_at)


@on("need.filed", "need.resubmitted")
def tell_the_office(event):
    yield _plan("need.filed", event)


# ── Who asks for the same, and for whom the office filed ────────────────────────────────────


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

    def verdict(self, need, reminder):
        waits = need.cofilers.filter(unit=reminder.params["unit"], admitted_at=None)
        return SEND if waits.exists() else CANCEL

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


@on("need.filed")
def tell_for_whom_it_was_filed(event):
    if event.facts.get("on_behalf"):
        yield _plan("need.filed_for", event)


@on(
    "need.cofiled",
    "need.cofiling_asked",
    "need.cofiling_refused",
    "need.cofiling_left",
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


@on("need.published")
def tell_who_may_take_it(event):
    yield _plan("need.published", event)
    yield _plan("need.passed", event)


@on("need.accepted")
def tell_the_filer_who_took_it(event):
    yield _plan("need.accepted", event)
    if event.facts["dispatched"]:
        yield _plan("need.dispatched", event)


@on(
    "need.returned",
    "need.declined",
    "need.offered",
    "need.confirmed",
    "need.refused",
    "need.reopened",
    "need.withdrawn",
)
def tell_who_waits(event):
    yield _plan(event.name, event)


# ── Before a joint meeting ──────────────────────────────────────────────────────────────────


@on("meeting.topics_called", "meeting.convened")
def take_what_waits_for_a_meeting(event):
    cases.take_waiting(event.subject)
