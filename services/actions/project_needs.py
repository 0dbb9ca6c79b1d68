"""Which needs a project serves, and what it does when something becomes of one of them.

A need that is withdrawn stays joined, for it was matched; what was held for it is given back. One
that is reopened takes its project up again. One that another unit takes over brings that unit in.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Unit
from nanchuan.accounts.models import User
from nanchuan.kernel import events
from services.actions import bookings, following
from services.actions.holding import hold, hold_project, hold_resource
from services.actions.project_rights import check
from services.actions.rights import check as check_need
from services.actions.work import contacted
from services.models import Booking, Need, Project, ProjectNeed, ProjectUnit
from services.models.bookings import UNSETTLED

Status = Project.Status


@transaction.atomic
def join(
    project: Project, *, need: Need, by: User | None, at: datetime | None = None
) -> ProjectNeed:
    """A further need that a unit has accepted is served by it too: its responsible unit or the
    office joins it, and it is matched from this moment. That unit assists, unless it leads."""
    hold(need)
    hold_project(project)
    at = at or timezone.now()
    check(project, "join", by, at)
    check_need(need, "match", by)
    if project.status == Status.PLANNED:
        project.step_to(Status.ACTIVE)
    made = link(project, need, by=by, at=at)
    _take_part(project, need.accepted_by, at)
    events.record("project.need_joined", subject=project, by=by, at=at, need=need.pk)
    return made


def link(project: Project, need: Need, *, by: User | None, at: datetime) -> ProjectNeed:
    """Both are held. What the need has of resources is given to the project."""
    if need.status == Need.Status.ACCEPTED:
        need.step_to(Need.Status.IN_PROGRESS)
    contacted(need, at)
    made = ProjectNeed.objects.create(project=project, need=need, joined_at=at)
    for booking in _held_for(need):
        if booking.status == Booking.Status.AGREED:
            following.adopt(booking, project, by=by, at=at)
    events.record("need.matched", subject=need, by=by, at=at)
    return made


def _held_for(need) -> list[Booking]:
    """What is agreed for it or may be any moment, each under the lock of its resource."""
    rows = Booking.objects.filter(need=need, project=None, status__in=UNSETTLED)
    rows = list(rows.select_related("resource").order_by("resource", "pk"))
    for row in rows:
        hold_resource(row.resource)
        row.refresh_from_db(fields=["status"])
    return rows


@transaction.atomic
def leave(link: ProjectNeed, *, reason: str, by: User | None, at: datetime | None = None) -> None:
    """An open need is not served by it any more, and may join another."""
    hold(link.need)
    hold_project(link.project)
    link.refresh_from_db(fields=["left_at"])
    at = at or timezone.now()
    check(link, "leave", by, at)
    unlink(link, why=reason, by=by, at=at)
    give_back(link.project, link.need, why=reason, by=by, at=at)
    events.record("project.need_left", subject=link.project, by=by, at=at, need=link.need_id)


def unlink(link: ProjectNeed, *, why: str, by: User | None, at: datetime) -> None:
    link.left_at, link.why = at, why
    link.save(update_fields=["left_at", "why"])
    events.record("need.left_project", subject=link.need, by=by, at=at)


def give_back(project: Project, need: Need, *, why: str, by, at: datetime) -> None:
    """What the project holds for that need and has not used."""
    rows = Booking.objects.filter(project=project, need=need, status__in=UNSETTLED)
    bookings.release(rows.select_related("resource"), why=why, by=by, at=at)


# ── What becomes of a need that is served: the need is held ─────────────────────────────────


def withdrawn(need: Need, *, at: datetime) -> None:
    if standing := _standing(need):
        hold_project(standing.project)
        give_back(standing.project, need, why=_("需求已撤回。"), by=None, at=at)
        events.record("project.need_withdrawn", subject=standing.project, at=at, need=need.pk)


def reopened(need: Need, *, at: datetime) -> None:
    if standing := _standing(need):
        project = standing.project
        hold_project(project)
        if not project.is_live:
            take_up(project, by=None, at=at, need=need.pk)


def taken_over(need: Need, unit: Unit, *, at: datetime) -> None:
    """What was begun for it goes on: led by the unit that has it now, if it is all that the
    project serves; else that unit assists."""
    if (standing := _standing(need)) is None:
        return
    project = standing.project
    hold_project(project)
    if not project.is_live or project.lead_id == unit.pk:
        return
    others = project.need_links.filter(left_at=None).exclude(need=need)
    if others.exists():
        _take_part(project, unit, at)
        return
    hand_over(project, unit, at=at)
    project.save(update_fields=["lead"])


def _standing(need) -> ProjectNeed | None:
    links = ProjectNeed.objects.filter(need=need, left_at=None).select_related("project")
    return links.first()


# ── Under all of them: the project is held ──────────────────────────────────────────────────


def take_up(project: Project, *, by: User | None, at: datetime, **facts) -> None:
    project.step_to(Status.ACTIVE, ended_at=None, archived_at=None, reason="")
    events.record("project.reopened", subject=project, by=by, at=at, **facts)


def hand_over(project: Project, unit: Unit, *, at: datetime) -> None:
    """Another unit leads, and has what the first one had; who still owes one of its needs
    assists. The caller stores the row."""
    old, project.lead = project.lead, unit
    for assisting in project.unit_links.filter(unit=unit, left_at=None):
        end_unit(assisting, at)
    had = Booking.objects.filter(project=project, unit=old, status__in=UNSETTLED)
    had.update(unit=unit)
    owed = project.need_links.filter(left_at=None, need__accepted_by=old)
    if owed.filter(need__status__in=Need.OPEN).exists():
        _take_part(project, old, at)


def end_unit(link: ProjectUnit, at: datetime) -> None:
    link.left_at = at
    link.save(update_fields=["left_at"])
    link.project.milestones.open().filter(unit=link.unit_id).update(unit=None)
    link.project.risks.filter(owner=link.unit_id, closed_at=None).update(owner=None)


def _take_part(project, unit, at) -> None:
    if unit.pk != project.lead_id:
        ProjectUnit.objects.get_or_create(
            project=project, unit=unit, left_at=None, defaults={"joined_at": at}
        )
