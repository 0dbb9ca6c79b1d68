"""Who hears of a project: those who carry it, who give to it, and the enterprises it serves. What
is said names the project alone, never a need or whose it is."""

from datetime import timedelta

from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.speakers import speakers
from nanchuan.kernel import roles
from nanchuan.kernel.events import on
from nanchuan.kernel.templatetags.ui import day
from nanchuan.notices.kinds import Kind
from nanchuan.notices.rules import CANCEL, SEND, NoticeRule, Plan, Silence, morning, notice_rule
from nanchuan.notices.ruling import ahead
from services.models import CoFiler, Effect, Milestone, Project, ProjectNeed
from services.models.projects import LIVE
from services.reminders.base import NeedRule, alongside, at_once, people_of

Status = Project.Status
LATE_LASTS = timedelta(days=30)  # after which saying so once more helps nobody
STANDING = Q(left_at=None) | Q(left_at__gte=F("project__ended_at"))  # or when it ended


def carriers(project) -> list[int]:
    """The lead, and the units that assist or did when it ended."""
    links = project.unit_links.filter(STANDING)
    return [project.lead_id, *links.values_list("unit", flat=True)]


def givers(project) -> list[int]:
    ended = Q(withdrawn_at=None) | Q(withdrawn_at__gte=F("project__ended_at"))
    return list(project.commitments.filter(ended).values_list("unit", flat=True))


def enterprises(project) -> list[int]:
    """Who asked for what it serves, or served when it ended, and who asked along."""
    links = project.need_links.filter(STANDING)
    along = CoFiler.objects.admitted().filter(need__in=links.values("need"))
    return [*links.values_list("need__unit", flat=True), *along.values_list("unit", flat=True)]


class ProjectRule(NoticeRule):
    """Except to who did what is told; silent once the project has moved on (`while_`)."""

    kind = Kind.RESOURCE
    while_: tuple[str, ...] = ()

    def units(self, project, reminder) -> list[int]:
        return [*carriers(project), *givers(project), *enterprises(project)]

    def audience(self, project, reminder):
        people = speakers(self.units(project, reminder))
        by = reminder.event and reminder.event.by_id
        return people.exclude(pk=by) if by else people

    def verdict(self, project, reminder):
        return SEND if not self.while_ or project.status in self.while_ else CANCEL

    def title(self, project, reminder):
        return f"{self.label}：{project}"

    def body(self, project, reminder):
        return _("牵头单位：%(unit)s。") % {"unit": project.lead}

    def related(self):
        return ("lead",)


@notice_rule
class UnitJoined(ProjectRule):
    name = "project.unit_joined"
    label = gettext_lazy("贵单位加入项目，协助办理")
    while_ = LIVE

    def units(self, project, reminder):
        unit = reminder.params["unit"]
        assists = project.unit_links.filter(unit=unit, left_at=None).exists()
        return [unit] if assists else []


@notice_rule
class UnitLeft(ProjectRule):
    name = "project.unit_left"
    label = gettext_lazy("贵单位不再协作这个项目")
    is_farewell = True

    def units(self, project, reminder):
        return [reminder.params["unit"]]


@notice_rule
class NeedJoined(ProjectRule):
    name = "project.need_joined"
    label = gettext_lazy("项目增加了一条需求")
    while_ = LIVE

    def units(self, project, reminder):
        return carriers(project)


@notice_rule
class NeedLeft(NeedJoined):
    name = "project.need_left"
    label = gettext_lazy("有需求退出项目")


@notice_rule
class NeedWithdrawn(NeedJoined):
    name = "project.need_withdrawn"
    label = gettext_lazy("项目服务的一条需求已撤回，为它准备的资源已退回")


@notice_rule
class Withdrawn(NeedJoined):
    name = "project.withdrawn"
    label = gettext_lazy("有单位撤回了投入")

    def units(self, project, reminder):
        return [project.lead_id]


@notice_rule
class Stopped(ProjectRule):
    name = "project.stopped"
    label = gettext_lazy("项目已中止")
    while_ = (Status.STOPPED, Status.ARCHIVED)

    def body(self, project, reminder):
        return _("原因：%(reason)s") % {"reason": project.reason}


@notice_rule
class Closed(ProjectRule):
    name = "project.closed"
    label = gettext_lazy("项目已完成")
    while_ = (Status.DONE, Status.ARCHIVED)


@notice_rule
class Reopened(ProjectRule):
    name = "project.reopened"
    label = gettext_lazy("项目重新启动")
    while_ = LIVE

    def units(self, project, reminder):
        return carriers(project)


@notice_rule
class EffectAsked(ProjectRule):
    """To the enterprises that have not said what it brought."""

    name = "project.effect_asked"
    label = gettext_lazy("项目已完成，请填写成效")
    verb = gettext_lazy("填写成效")
    while_ = (Status.DONE,)

    def units(self, project, reminder):
        said = set(project.effects.values_list("unit", flat=True))
        return [unit for unit in enterprises(project) if unit not in said]

    def still_asks(self, told, reader):
        """A unit of the reader asked for what it served, and has not said what it brought."""
        own = roles.places(reader, roles.UNIT)
        of_these = {"project__in": [project.pk for project, _reminder in told]}
        links = ProjectNeed.objects.filter(STANDING, **of_these)
        along = Q(need__cofilers__unit__in=own, need__cofilers__admitted_at__isnull=False)
        filed = links.filter(need__unit__in=own).values_list("project", "need__unit")
        joined = links.filter(along).values_list("project", "need__cofilers__unit")
        said = set(Effect.objects.filter(**of_these).values_list("project", "unit"))
        waiting = {project for project, _unit in {*filed, *joined} - said}
        holds = super().still_asks(told, reader)
        return [
            asks and project.pk in waiting
            for asks, (project, _reminder) in zip(holds, told, strict=True)
        ]

    def body(self, project, reminder):
        return _("请在项目页面写一句项目帮助企业解决了什么。")


@notice_rule
class LeftProject(NeedRule):
    """To who asked for it."""

    name = "need.left_project"
    label = gettext_lazy("需求退出了项目，继续办理")
    while_ = ("accepted", "in_progress", "offered")

    def audience(self, need, reminder):
        return people_of(need.unit) | alongside(need)


# ── Milestones ──────────────────────────────────────────────────────────────────────────────


class OfTheDueDay(NoticeRule):
    """Only for the day it was planned for, and while it is open in a project under way."""

    kind = Kind.RESOURCE

    def anchor(self, milestone):
        return milestone.due_on

    def audience(self, milestone, reminder):
        return speakers([milestone.unit_id or milestone.project.lead_id])

    def verdict(self, milestone, reminder):
        same_day = reminder.params["due_on"] == milestone.due_on.isoformat()
        waits = milestone.is_open and milestone.project.is_live
        return SEND if waits and same_day else CANCEL

    def title(self, milestone, reminder):
        return f"{self.label}：{milestone}"

    def body(self, milestone, reminder):
        return _("所属项目：%(project)s。节点期限：%(due)s。") % {
            "project": milestone.project,
            "due": day(milestone.due_on),
        }

    def related(self):
        return ("project",)


@notice_rule
class MilestoneDue(OfTheDueDay):
    name = "project.milestone_due"
    offsets = ("-3w",)
    label = gettext_lazy("项目节点临近期限")


@notice_rule
class MilestoneLate(OfTheDueDay):
    """The lead hears of it too."""

    name = "project.milestone_late"
    label = gettext_lazy("项目节点已逾期")

    def audience(self, milestone, reminder):
        return speakers([milestone.unit_id, milestone.project.lead_id])


# ── What happened ───────────────────────────────────────────────────────────────────────────


@on("project.unit_joined", "project.unit_left")
def tell_the_unit(event):
    yield Plan(
        event.name,
        event.subject,
        moment=f"event-{event.pk}",
        due_at=event.happened_at,
        params={"unit": event.facts["unit"]},
    )


@on("project.need_joined", "project.need_left", "project.need_withdrawn", "project.withdrawn")
def tell_who_carries_it(event):
    yield at_once(event)


@on("project.stopped", "project.closed", "project.reopened", "need.left_project")
def tell_everybody_concerned(event):
    yield at_once(event)


@on("project.closed")
def ask_for_the_effect(event):
    yield at_once(event, "project.effect_asked")


@on("project.reopened")
def mind_the_milestones_again(event):
    for milestone in event.subject.milestones.open():
        yield from _of_the_due_day(milestone)


@on("project.milestone_planned", "project.milestone_changed")
def mind_the_milestone(event):
    milestone = Milestone.objects.filter(pk=event.facts["milestone"]).first()
    if milestone is not None and milestone.is_open:
        yield from _of_the_due_day(milestone)


@on("project.milestone_done", "project.milestone_dropped")
def mind_it_no_more(event):
    if milestone := Milestone.objects.filter(pk=event.facts["milestone"]).first():
        for rule in ("project.milestone_due", "project.milestone_late"):
            yield Silence(rule, milestone)


def _of_the_due_day(milestone):
    """Some working days before it, and on the morning after it."""
    due_on = milestone.due_on
    late = morning(due_on + timedelta(days=1))
    facts = {"moment": f"due@{due_on}", "params": {"due_on": due_on.isoformat()}}
    soon = list(ahead("project.milestone_due", milestone, expires_at=late, **facts))
    yield Silence("project.milestone_due", milestone, keep={plan.moment for plan in soon})
    yield from soon
    yield Silence("project.milestone_late", milestone, keep={facts["moment"]})
    yield Plan(
        "project.milestone_late", milestone, due_at=late, expires_at=late + LATE_LASTS, **facts
    )
