"""What is counted of resources and of who has them (统计口径), each a question to the rows as of
the end of a day. Only dated rows and events are asked, never today's status."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.models import Event
from services.models.bookings import Booking
from services.models.resources import Resource

BOOKED = {
    "agreed": _("约定"),
    "used": _("已使用"),
    "to_use": _("待使用"),
    "gone": _("取消或退回"),
    "by_hours": _("按时段"),
}
THERE = {"there": _("可用资源"), "booked": _("有约定"), "in_use": _("有使用"), "idle": _("闲置")}
TAKEN_BACK = ("cancelled", "returned")


def booking_figure(key: str, end: datetime) -> Q:
    """The bookings that a figure counts before a moment."""
    return BOOKING_FIGURES[key](end)


def _agreed(end):
    """By both sides, whatever became of it later."""
    return Q(agreed_at__lt=end)


def _gone(end):
    return _agreed(end) & Q(ended_at__lt=end, status__in=TAKEN_BACK)


def _used(end):
    return _agreed(end) & Q(ended_at__lt=end, status="used")


def _to_use(end):
    return _agreed(end) & (Q(ended_at=None) | Q(ended_at__gte=end))


def _by_hours(end):
    """Of what goes by hours, with those that were used or are to be."""
    return (_used(end) | _to_use(end)) & Q(starts_at__isnull=False)


BOOKING_FIGURES: dict[str, Callable[[datetime], Q]] = {
    "agreed": _agreed,
    "used": _used,
    "to_use": _to_use,
    "gone": _gone,
    "by_hours": _by_hours,
}


def resource_figure(
    key: str, end: datetime, since: datetime | None = None, until: datetime | None = None
) -> Q:
    """The resources that a figure counts before a moment; whether somebody has some of them, by
    what was agreed between two others."""
    there = _there(end)
    if key == "there":
        return there
    booked = _bookings_of_it(_used(end) | _to_use(end), since, until)
    if key == "booked":
        return there & Q(Exists(booked))
    if key == "idle":
        return there & ~Q(Exists(booked))
    return there & Q(Exists(_bookings_of_it(_used(end), since, until)))


def _bookings_of_it(question, since, until):
    rows = Booking._base_manager.filter(question, resource=OuterRef("pk"))
    rows = rows.filter(agreed_at__gte=since) if since else rows
    return rows.filter(agreed_at__lt=until) if until else rows


def _there(end):
    """Reviewed, neither paused nor taken back, and offered for that day."""
    day = timezone.localdate(end - timedelta(microseconds=1))
    offered = Q(Q(free_from=None) | Q(free_from__lte=day))
    offered &= Q(Q(free_until=None) | Q(free_until__gte=day))
    stopped = _stopped(end).values("subject_id")
    return Q(offered, ~Q(pk__in=stopped), reviewed_at__lt=end)


def _stopped(end):
    """Events that paused or took back a resource before a moment, and were not undone by then."""
    kind = ContentType.objects.get_for_model(Resource)
    rows = Event.objects.filter(subject_type=kind, happened_at__lt=end).order_by()
    resumed = rows.filter(name="resource.resumed", subject_id=OuterRef("subject_id"))
    later = Q(happened_at__gt=OuterRef("happened_at"))
    later |= Q(happened_at=OuterRef("happened_at"), pk__gt=OuterRef("pk"))
    stops = rows.filter(name__in=["resource.paused", "resource.withdrawn"])
    return stops.filter(~Exists(resumed.filter(later)))


def commitments_figure(end: datetime) -> Q:
    """What units gave to projects and had not taken back before a moment."""
    return Q(committed_at__lt=end) & (Q(withdrawn_at=None) | Q(withdrawn_at__gte=end))
