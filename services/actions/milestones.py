"""The steps on the way of a project (节点)."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Unit
from nanchuan.accounts.models import User
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.templatetags.ui import day
from services.actions.holding import hold_project
from services.actions.project_rights import assisting, check, check_reach
from services.models import Milestone, Project


@transaction.atomic
def plan(  # noqa: PLR0913
    project: Project,
    *,
    title: str,
    due_on: date,
    unit: Unit | None = None,
    by: User | None,
    at: datetime | None = None,
) -> Milestone:
    """A step, until when, and by which of the units that carry it; the lead, unless told."""
    hold_project(project)
    at = at or timezone.now()
    check(project, "plan", by, at)
    unit = _checked(project, due_on, unit, at)
    order = project.milestones.count() + 1
    made = Milestone.objects.create(
        project=project, title=title, due_on=due_on, unit=unit, order=order
    )
    _record("project.milestone_planned", made, by, at)
    return made


@transaction.atomic
def change(  # noqa: PLR0913
    milestone: Milestone,
    *,
    title: str,
    due_on: date,
    unit: Unit | None = None,
    by: User | None,
    at: datetime | None = None,
) -> None:
    _hold(milestone)
    at = at or timezone.now()
    check(milestone, "change", by, at)
    unit = _checked(milestone.project, due_on, unit, at)
    milestone.title, milestone.due_on, milestone.unit = title, due_on, unit
    milestone.save(update_fields=["title", "due_on", "unit"])
    _record("project.milestone_changed", milestone, by, at)


@transaction.atomic
def finish(milestone: Milestone, *, by: User | None, at: datetime | None = None) -> None:
    """Done today: by the lead, the office, or the unit that was named for it."""
    _hold(milestone)
    at = at or timezone.now()
    check(milestone, "done", by, at)
    milestone.done_on = timezone.localdate(at)
    milestone.save(update_fields=["done_on"])
    _record("project.milestone_done", milestone, by, at)


@transaction.atomic
def drop(milestone: Milestone, *, by: User | None, at: datetime | None = None) -> None:
    """It is not needed any more (取消)."""
    _hold(milestone)
    at = at or timezone.now()
    check(milestone, "drop", by, at)
    milestone.dropped_on = timezone.localdate(at)
    milestone.save(update_fields=["dropped_on"])
    _record("project.milestone_dropped", milestone, by, at)


def _hold(milestone) -> None:
    hold_project(milestone.project)
    milestone.refresh_from_db(fields=["title", "due_on", "unit", "done_on", "dropped_on"])


def _checked(project, due_on, unit, at) -> Unit | None:
    check_reach(due_on, at)
    if due_on < project.starts_on:
        raise StepRefused(
            _("期限不能早于项目的开始日期（%(day)s）。") % {"day": day(project.starts_on)}
        )
    if unit is None or unit.pk == project.lead_id:
        return None
    if all(row.unit_id != unit.pk for row in assisting(project)):
        raise StepRefused(_("“%(unit)s”不是项目的牵头或协作单位。") % {"unit": unit})
    return unit


def _record(name, milestone, by, at) -> None:
    events.record(name, subject=milestone.project, by=by, at=at, milestone=milestone.pk)
