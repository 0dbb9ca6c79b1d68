"""A project begins, is changed, stopped, closed, kept and taken up again."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.actions import conversions, items
from alliance.actions import measures as measure_acts
from alliance.models import ActionItem, Measure
from members.models import Unit
from nanchuan.accounts.models import User
from nanchuan.kernel import events
from nanchuan.kernel.serials import next_number
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.templatetags.ui import day
from services.actions import bookings, commitments, project_needs
from services.actions.holding import hold, hold_project, hold_served
from services.actions.project_rights import assisting, check, check_reach
from services.actions.rights import check as check_need
from services.actions.rights import office, require, speaks_for
from services.models import Booking, Need, Project, ProjectUnit, Resource
from services.models.bookings import UNSETTLED

Status = Project.Status
LONGEST_NAME = Project._meta.get_field("name").max_length


# ── It begins ───────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def start(
    need: Need,
    *,
    name: str,
    resources: Iterable[Resource],
    by: User | None,
    at: datetime | None = None,
) -> Project:
    """Join an accepted need to resources (对接): matched from this moment. What the need has of
    resources already is given to the project too.

    The responsible unit leads the project. Raises StepRefused without a resource, or with one
    that cannot be had on that day; what the unit gives itself need not be reviewed first.
    """
    hold(need)
    at = at or timezone.now()
    check_need(need, "match", by)
    resources = list({resource.pk: resource for resource in resources}.values())
    had = need.bookings.filter(status=Booking.Status.AGREED)
    if not resources and not had.exists():
        raise StepRefused(_("请至少选择一项资源。"))
    _check_free(resources, need.accepted_by_id, timezone.localdate(at))
    project = _begin(name, need.accepted_by, at, status=Status.ACTIVE)
    events.record("project.started", subject=project, by=by, at=at)
    project_needs.link(project, need, by=by, at=at)
    for resource in sorted(resources, key=lambda resource: resource.pk):
        commitments.give(project, resource, need=need, by=by, at=at)
    return project


@transaction.atomic
def begin(item: ActionItem, *, by: User | None, at: datetime | None = None) -> Project:
    """What a meeting resolved is carried on as a project (转为项目) of the responsible unit; of
    two clicks the second is answered with the project that stands already."""
    items.hold(item)
    at = at or timezone.now()
    require(by is None or office(by) or speaks_for(by, item.unit_id))
    if standing := item.projects.first():
        return standing
    conversions.check_open(item)
    project = _begin(item.text, item.unit, at, item=item)
    events.record("project.started", subject=project, by=by, at=at)
    return project


@transaction.atomic
def begin_measure(measure: Measure, *, by: User | None, at: datetime | None = None) -> Project:
    """A measure is carried out as a project of the responsible unit, assisted by the same units
    and due on the same day; of two clicks the second is answered with what stands already."""
    measure_acts.hold(measure)
    at = at or timezone.now()
    require(by is None or office(by) or speaks_for(by, measure.unit_id))
    if standing := measure.projects.exclude(status=Status.STOPPED).first():
        return standing
    if not measure.is_open:
        raise StepRefused(
            _("“%(name)s”目前是“%(now)s”，不能再转为项目。")
            % {"name": measure, "now": measure.get_status_display()}
        )
    due_on = max(measure.due_on, timezone.localdate(at))
    facts = {"goal": measure.content[:2000], "due_on": due_on, "measure": measure}
    project = _begin(measure.title, measure.unit, at, **facts)
    ProjectUnit.objects.bulk_create(
        ProjectUnit(project=project, unit=unit, joined_at=at)
        for unit in measure.assisting.exclude(pk=measure.unit_id)
    )
    events.record("project.started", subject=project, by=by, at=at)
    return project


@transaction.atomic
def launch(project: Project, *, by: User | None, at: datetime | None = None) -> None:
    """What was planned is under way (启动实施)."""
    hold_project(project)
    at = at or timezone.now()
    check(project, "launch", by, at)
    project.step_to(Status.ACTIVE)
    events.record("project.launched", subject=project, by=by, at=at)


@transaction.atomic
def change(  # noqa: PLR0913
    project: Project,
    *,
    name: str,
    goal: str = "",
    due_on: date | None = None,
    lead: Unit | None = None,
    by: User | None,
    at: datetime | None = None,
) -> None:
    """Name, goal and planned end; who leads it (`lead`), the office says."""
    hold_project(project)
    at = at or timezone.now()
    check(project, "change", by, at)
    check_reach(due_on, at)
    if due_on and due_on < project.starts_on:
        raise StepRefused(
            _("计划完成日期不能早于开始日期（%(day)s）。") % {"day": day(project.starts_on)}
        )
    facts = {"name": name, "goal": goal, "due_on": due_on}
    changed = [field for field, value in facts.items() if getattr(project, field) != value]
    for field in changed:
        setattr(project, field, facts[field])
    if lead is not None and lead.pk != project.lead_id:
        require(by is None or office(by))
        project_needs.hand_over(project, lead, at=at)
        changed.append("lead")
    if changed:
        project.save(update_fields=changed)
        events.record("project.changed", subject=project, by=by, at=at, changed=changed)


# ── It ends ─────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def stop(project: Project, *, reason: str, by: User | None, at: datetime | None = None) -> None:
    """It is given up (中止), for a reason: open needs are without a project again, and what was
    promised and not used is free for others."""
    links = hold_served(project)
    at = at or timezone.now()
    check(project, "stop", by, at)
    project.step_to(Status.STOPPED, ended_at=at, reason=reason)
    left = [link for link in links if link.need.is_open]
    for link in left:
        project_needs.unlink(link, why=reason, by=by, at=at)
    bookings.release(_unsettled(project), why=_("项目已中止。"), by=by, at=at)
    needs = [link.need_id for link in left]
    events.record("project.stopped", subject=project, by=by, at=at, needs=needs)


@transaction.atomic
def close(project: Project, *, by: User | None, at: datetime | None = None) -> None:
    """It is done (完成): every need that it serves is confirmed or has left, every milestone is
    done or dropped. What was asked for and not agreed is not needed any more."""
    links = hold_served(project)
    at = at or timezone.now()
    check(project, "close", by, at)
    if missing := _missing(project, links):
        raise StepRefused(missing)
    project.step_to(Status.DONE, ended_at=at)
    waiting = _unsettled(project).filter(status=Booking.Status.WAITING)
    bookings.release(waiting, why=_("项目已完成。"), by=by, at=at)
    events.record("project.closed", subject=project, by=by, at=at)


@transaction.atomic
def archive(project: Project, *, by: User | None, at: datetime | None = None) -> None:
    """It is kept and only read (归档), once it is known what became of all that was given."""
    hold_project(project)
    at = at or timezone.now()
    check(project, "archive", by, at)
    if number := _unsettled(project).count():
        raise StepRefused(
            _("还有 %(number)d 项约定的资源没有登记“已使用”或“未用退回”。") % {"number": number}
        )
    project.step_to(Status.ARCHIVED, archived_at=at)
    events.record("project.archived", subject=project, by=by, at=at)


@transaction.atomic
def reopen(project: Project, *, by: User | None, at: datetime | None = None) -> None:
    """The office takes it up again (重新启动). Needs that left when it was stopped may join
    anew."""
    hold_project(project)
    at = at or timezone.now()
    check(project, "reopen", by, at)
    project_needs.take_up(project, by=by, at=at)


def _begin(name, lead, at, **facts) -> Project:
    on = timezone.localdate(at)
    number = next_number(Project.PREFIX, on.year)
    return Project.objects.create(
        number=number, name=name[:LONGEST_NAME], lead=lead, starts_on=on, **facts
    )


def _unsettled(project):
    rows = Booking.objects.filter(project=project, status__in=UNSETTLED)
    return rows.select_related("resource")


def _missing(project, links) -> str:
    """What has to happen before it is done, in a sentence."""
    told = []
    if number := sum(link.need.is_open for link in links):
        told.append(_("%(number)d 条需求还没有由企业确认解决") % {"number": number})
    if titles := [str(row) for row in project.milestones.open()]:
        told.append(_("节点“%(titles)s”还没有完成或取消") % {"titles": "”“".join(titles)})
    return _("还不能完成项目：%(told)s。") % {"told": "，".join(told)} if told else ""


def _check_free(resources, lead, on):
    missing = [
        resource.title
        for resource in resources
        if not (resource.is_available(on) or _is_own(resource, lead, on))
    ]
    if missing:
        raise StepRefused(
            _("以下资源目前不可用，请另选：%(names)s。") % {"names": "、".join(missing)}
        )


def _is_own(resource, lead, on) -> bool:
    waits = resource.status == Resource.Status.SUBMITTED
    return waits and resource.unit_id == lead and resource.is_free_on(on)


# ── Units that assist ───────────────────────────────────────────────────────────────────────


@transaction.atomic
def add_unit(
    project: Project, *, unit: Unit, task: str = "", by: User | None, at: datetime | None = None
) -> ProjectUnit:
    """A unit assists from now on (协作), and with what."""
    hold_project(project)
    at = at or timezone.now()
    check(project, "assist", by, at)
    if unit.pk == project.lead_id:
        raise StepRefused(_("“%(unit)s”是牵头单位，不必再列为协作单位。") % {"unit": unit})
    if any(row.unit_id == unit.pk for row in assisting(project)):
        raise StepRefused(_("“%(unit)s”已经是协作单位。") % {"unit": unit})
    made = ProjectUnit.objects.create(project=project, unit=unit, task=task, joined_at=at)
    events.record("project.unit_joined", subject=project, by=by, at=at, unit=unit.pk)
    return made


@transaction.atomic
def end_unit(link: ProjectUnit, *, by: User | None, at: datetime | None = None) -> None:
    """It assists no more; its open milestones and risks are the lead's."""
    hold_project(link.project)
    link.refresh_from_db(fields=["left_at"])
    at = at or timezone.now()
    check(link, "end", by, at)
    project_needs.end_unit(link, at)
    events.record("project.unit_left", subject=link.project, by=by, at=at, unit=link.unit_id)
