"""What becomes of a booking moves what it gives to a project. Under the lock of its resource."""

from datetime import datetime

from nanchuan.kernel import events
from services.models import Booking, Commitment, Project
from services.models.projects import LIVE


def booking_agreed(booking: Booking, *, by, at: datetime) -> None:
    """What was asked for is given from now on. What is agreed for a need goes to the project
    that serves the need."""
    if Commitment.objects.filter(booking=booking).update(committed_at=at):
        events.record("project.committed", subject=booking.project, by=by, at=at)
    elif booking.project_id is None and (project := _serving(booking.need_id)):
        adopt(booking, project, by=by, at=at)


def adopt(booking: Booking, project: Project, *, by, at: datetime) -> None:
    """What a need has of a resource is from now on given to the project that serves it."""
    Booking.objects.filter(pk=booking.pk).update(project=project)
    booking.project = project
    Commitment.objects.create(
        project=project,
        unit_id=booking.resource.unit_id,
        resource=booking.resource,
        booking=booking,
        committed_at=at,
    )
    events.record("project.committed", subject=project, by=by, at=at)


def booking_ended(booking: Booking, *, why: str, at: datetime) -> None:
    """It was declined, cancelled or given back: it is given no more. Who did so stands with the
    booking."""
    rows = Commitment.objects.filter(booking=booking, withdrawn_at=None)
    if rows.update(withdrawn_at=at, why=why):
        events.record("project.withdrawn", subject=booking.project, at=at)


def _serving(need: int | None) -> Project | None:
    if need is None:
        return None
    rows = Project.objects.filter(status__in=LIVE)
    return rows.filter(need_links__need=need, need_links__left_at=None).first()
