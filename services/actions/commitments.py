"""What units give to a project (投入). How much of a resource is left is counted with its bookings:
a project has its part by one of them, that waits where the giving unit has to agree."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Unit
from nanchuan.accounts.models import User
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused
from services.actions import bookings
from services.actions.holding import hold, hold_project, hold_resource
from services.actions.project_rights import check, lead_or_office
from services.actions.rights import office, require, speaks_for
from services.models import Booking, Commitment, Need, Project, Resource


@transaction.atomic
def commit(  # noqa: PLR0913
    project: Project,
    *,
    unit: Unit | None = None,
    resource: Resource | None = None,
    need: Need | None = None,
    quantity: int = 1,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    what: str = "",
    amount: Decimal | None = None,
    by: User | None,
    at: datetime | None = None,
) -> Commitment:
    """So much of a resource, of the own unit or (by the lead or the office) of another one, which
    then has to agree; or people or money of a `unit`, by itself or by the office for it.
    `need` is the one of those served that it is for."""
    if need is not None:
        hold(need)
    hold_project(project)
    at = at or timezone.now()
    check(project, "commit", by, at)
    if resource is None:
        return _promise(project, unit, what, amount, by, at)
    own = by is None or speaks_for(by, resource.unit_id)
    require(own or lead_or_office(by, project))
    if need is not None:
        _check_served(project, need)
    span = {"starts_at": starts_at, "ends_at": ends_at}
    facts = {"what": what, "amount": amount}
    if resource.is_timed and not (starts_at and ends_at):
        raise StepRefused(_("请写明从什么时候到什么时候。"))
    return give(project, resource, need=need, quantity=quantity, by=by, at=at, **span, **facts)


def give(  # noqa: PLR0913
    project: Project,
    resource: Resource,
    *,
    need: Need | None = None,
    quantity: int = 1,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    by: User | None,
    at: datetime,
    **facts,
) -> Commitment:
    """The project is held. What goes by hours is given without any until some are booked."""
    made = Commitment(project=project, unit=resource.unit, resource=resource, **facts)
    own = by is None or speaks_for(by, resource.unit_id)
    if resource.is_timed and starts_at is None:
        made.committed_at = at
    else:
        made.booking = bookings.book(
            resource,
            project=project,
            need=need,
            quantity=quantity,
            starts_at=starts_at,
            ends_at=ends_at,
            is_own=own,
            by=by,
            at=at,
        )
        made.committed_at = at if made.booking.status == Booking.Status.AGREED else None
    made.save()
    name = "project.committed" if made.committed_at else "project.asked"
    events.record(name, subject=project, by=by, at=at)
    return made


@transaction.atomic
def withdraw(
    commitment: Commitment, *, reason: str, by: User | None, at: datetime | None = None
) -> None:
    """The giving unit, the lead or the office takes it back before it is used."""
    hold_project(commitment.project)
    if commitment.booking is not None:
        hold_resource(commitment.booking.resource)
        commitment.booking.refresh_from_db()
    commitment.refresh_from_db(fields=["withdrawn_at", "committed_at"])
    at = at or timezone.now()
    check(commitment, "withdraw", by, at)
    if commitment.booking is not None:
        bookings.release([commitment.booking], why=reason, by=by, at=at)
    else:
        commitment.withdrawn_at, commitment.why = at, reason
        commitment.save(update_fields=["withdrawn_at", "why"])
        events.record("project.withdrawn", subject=commitment.project, by=by, at=at)
    commitment.refresh_from_db(fields=["withdrawn_at", "why"])


def _promise(project, unit, what, amount, by, at) -> Commitment:  # noqa: PLR0913, PLR0917
    """People or money that stand in no list."""
    if unit is None or not what.strip():
        raise StepRefused(_("请写明哪个单位投入什么。"))
    require(by is None or office(by) or speaks_for(by, unit.pk))
    made = Commitment.objects.create(
        project=project, unit=unit, what=what, amount=amount, committed_at=at
    )
    events.record("project.committed", subject=project, by=by, at=at)
    return made


def _check_served(project, need) -> None:
    served = project.need_links.filter(need=need, left_at=None).exists()
    if not (served and need.is_open):
        raise StepRefused(_("这条需求不在项目中，或已经办结。"))
