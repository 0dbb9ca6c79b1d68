"""Who hears of an appraisal: what is to be done, three working days before it ends, and that grades
are released. No grade and no name is in any of it."""

from datetime import date, timedelta
from itertools import chain

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import Appraisal, Appraisee, Organization
from members.speakers import leaders, park_office
from nanchuan.accounts.models import User
from nanchuan.kernel.events import on
from nanchuan.kernel.templatetags.ui import day
from nanchuan.notices.kinds import Kind
from nanchuan.notices.rules import CANCEL, SEND, NoticeRule, Plan, Silence, morning, notice_rule
from nanchuan.notices.ruling import ahead

Status = Appraisal.Status


def people_of(rows):
    """The accounts of some of the list."""
    return User.objects.filter(member__in=rows.order_by().values("member"), is_active=True)


def who_grades(appraisal):
    return leaders(Organization.objects.filter(pk=appraisal.organization_id))


def who_confirms(appraisal):
    """The nearest organization above that somebody leads; the park office where there is none."""
    path, step = appraisal.organization.path, Organization.steplen
    for length in range(len(path) - step, 0, -step):
        people = leaders(Organization.objects.filter(path=path[:length]))
        if people.exists():
            return people
    return park_office()


class AppraisalRule(NoticeRule):
    kind = Kind.LIFE
    status: str

    def anchor(self, appraisal):
        return appraisal.until

    def verdict(self, appraisal, reminder):
        """Only at its step, and for the day it was planned for."""
        until = reminder.params.get("until")
        holds = until is None or (appraisal.until and until == appraisal.until.isoformat())
        return SEND if appraisal.status == self.status and holds else CANCEL

    def title(self, appraisal, reminder):
        return f"{self.label}：{appraisal}"  # data

    def body(self, appraisal, reminder):
        return _("请在 %(until)s 以前完成。") % {"until": day(appraisal.until) or "—"}

    def related(self):
        return ("organization",)


STEPS: dict[str, tuple[str, str]] = {}  # status: the rules when it begins, and before it ends


def step_rule(ending):
    """Registers a rule twice: when its step begins and, in these words, before it ends."""

    def register(rule):
        names = {"name": f"{rule.name}_due", "label": ending, "offsets": ("-3w",)}
        names["__module__"] = rule.__module__
        last = type(f"{rule.__name__}Due", (rule,), names)
        STEPS[rule.status] = rule.name, last.name
        notice_rule(last)
        return notice_rule(rule)

    return register


class OfEachMember(AppraisalRule):
    """To those of the list who have not done it yet."""

    is_personal = True

    def missing(self, rows):
        """Of the list those who have not."""
        raise NotImplementedError

    def audience(self, appraisal, reminder):
        return people_of(self.missing(appraisal.appraisees.all()))

    def still_asks(self, told, reader):
        own = Appraisee.objects.filter(
            appraisal__in=[appraisal.pk for appraisal, _reminder in told], member__user=reader
        )
        mine = set(self.missing(own).values_list("appraisal", flat=True))
        holds = super().still_asks(told, reader)
        return [
            asks and appraisal.pk in mine
            for asks, (appraisal, _reminder) in zip(holds, told, strict=True)
        ]


@step_rule(gettext_lazy("自评即将截止"))
class Self(OfEachMember):
    name, status = "appraisal.self", Status.SELF
    label = gettext_lazy("请填写自评")
    verb = gettext_lazy("填写自评")

    def missing(self, rows):
        return rows.taking_part().filter(handed_in_on=None)


@step_rule(gettext_lazy("互评即将截止"))
class Peers(OfEachMember):
    name, status = "appraisal.peers", Status.PEERS
    label = gettext_lazy("请参加互评")
    verb = gettext_lazy("参加互评")

    def missing(self, rows):
        """Of who voted the one bit is known, and no more is needed."""
        return rows.graded().filter(has_voted=False)

    def verdict(self, appraisal, reminder):
        if appraisal.way == Appraisal.Way.PAPER:
            return CANCEL
        return super().verdict(appraisal, reminder)


@step_rule(gettext_lazy("组织评定即将截止"))
class Grading(AppraisalRule):
    name, status = "appraisal.grading", Status.ORGANIZATION
    label = gettext_lazy("请进行组织评定")
    verb = gettext_lazy("评定")

    def audience(self, appraisal, reminder):
        return who_grades(appraisal)


@notice_rule
class ToConfirm(AppraisalRule):
    name, status = "appraisal.to_confirm", Status.CONFIRMING
    label = gettext_lazy("民主评议待确认")
    verb = gettext_lazy("确认")

    def audience(self, appraisal, reminder):
        return who_confirms(appraisal)

    def body(self, appraisal, reminder):
        return _("各等次的人数已报来，请确认或退回。")


@notice_rule
class ToRelease(AppraisalRule):
    name, status = "appraisal.to_release", Status.CONFIRMED
    label = gettext_lazy("民主评议已确认，请公布")
    verb = gettext_lazy("公布")

    def audience(self, appraisal, reminder):
        return who_grades(appraisal)

    def body(self, appraisal, reminder):
        return _("公布以后，每位党员看到自己的等次和评语。")


@notice_rule
class Released(AppraisalRule):
    """To each member, without the grade: it is read on the page alone."""

    name = "appraisal.released"
    label = gettext_lazy("民主评议结果已公布")
    is_personal = True

    def audience(self, appraisal, reminder):
        return people_of(appraisal.appraisees.taking_part())

    def verdict(self, appraisal, reminder):
        return SEND if appraisal.is_out else CANCEL

    def body(self, appraisal, reminder):
        return _("请打开页面查看自己的结果。")


TOLD = {
    "appraisal.submitted": "appraisal.to_confirm",
    "appraisal.confirmed": "appraisal.to_release",
    "appraisal.released": "appraisal.released",
}
WHILE_IT_RUNS = (
    *chain.from_iterable(STEPS.values()),
    "appraisal.to_confirm",
    "appraisal.to_release",
)


@on(
    "appraisal.opened",
    "appraisal.changed",
    "appraisal.peers_began",
    "appraisal.peers_ended",
    "appraisal.returned",
)
def plan_the_step(event):
    """At once, and once more before the step ends; after a change of days only the latter."""
    appraisal = event.subject
    yield from _silences(appraisal, STEPS.get(appraisal.status, ()))
    if appraisal.status not in STEPS:
        return
    first, last = STEPS[appraisal.status]
    params = {"until": appraisal.until.isoformat()}
    if event.name != "appraisal.changed":
        yield Plan(first, appraisal, moment=f"event-{event.pk}", due_at=event.happened_at)
    yield from ahead(
        last,
        appraisal,
        moment=f"{appraisal.status}@{appraisal.until:%Y%m%d}",
        expires_at=_day_after(appraisal.until),
        params=params,
    )


@on(*TOLD, "appraisal.cancelled")
def tell_whose_turn_it_is(event):
    appraisal = event.subject
    yield from _silences(appraisal)
    if rule := TOLD.get(event.name):
        yield Plan(rule, appraisal, moment=f"event-{event.pk}", due_at=event.happened_at)


def _silences(appraisal, keep=()):
    return [Silence(rule, appraisal) for rule in WHILE_IT_RUNS if rule not in keep]


def _day_after(until: date):
    return morning(min(until, date.max - timedelta(days=1)) + timedelta(days=1))
