"""Whether something can be booked: it is offered then, and there is enough of it."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.kernel.states import StepRefused
from services import stock
from services.models import Booking, Resource
from services.opening import opening_of

LONGEST = timedelta(days=31)
FARTHEST = timedelta(days=366)


def why_not(booking: Booking, at: datetime) -> str:
    """What would be refused of a booking that is not made yet; empty if nothing. Asks nothing of
    a resource that knows its bookings and hours."""
    try:
        check_free(booking, at)
    except StepRefused as refusal:
        return str(refusal)
    return ""


def check_free(booking, at) -> None:
    """It can be had, at that time, and there is enough of it."""
    resource = booking.resource
    if resource.status != Resource.Status.AVAILABLE and not _is_own(booking):
        raise StepRefused(
            _("“%(title)s”目前是“%(now)s”，不能认领。")
            % {"title": resource.title, "now": resource.get_status_display()}
        )
    if resource.is_timed:
        _check_time(booking, at)
    elif not resource.is_free_on(timezone.localdate(at)):
        raise StepRefused(_("“%(title)s”不在可用的日期内。") % {"title": resource.title})
    left = stock.left(resource, booking.starts_at, booking.ends_at, but=booking)
    if left is not None and booking.quantity > left:
        raise StepRefused(_not_enough(resource, left))


def _is_own(booking) -> bool:
    """What the lead of a project gives itself need not be reviewed first."""
    resource = booking.resource
    waits = resource.status == Resource.Status.SUBMITTED
    return waits and booking.project_id is not None and booking.unit_id == resource.unit_id


def check_span(starts_at: datetime | None, ends_at: datetime | None, at: datetime) -> None:
    """Hours that lie ahead, and neither too far nor too many; whether it is open is not asked."""
    if not (starts_at and ends_at):
        raise StepRefused(_("请写明从什么时候到什么时候。"))
    if ends_at <= starts_at:
        raise StepRefused(_("结束时间应晚于开始时间。"))
    if starts_at <= at:
        raise StepRefused(_("这个时段已经过去，请另选时间。"))
    if ends_at - starts_at > LONGEST or starts_at - at > FARTHEST:
        raise StepRefused(_("一次最多预约 31 天，最早提前一年。"))


def _check_time(booking, at) -> None:
    check_span(booking.starts_at, booking.ends_at, at)
    if not opening_of(booking.resource).covers(booking.starts_at, booking.ends_at):
        raise StepRefused(_("这个时段不开放，请按开放时间另选。"))


def _not_enough(resource, left) -> str:
    if resource.is_timed and not left:
        return _("这个时段已经约满，请另选时间。")
    if not left:
        return _("“%(title)s”已经约完。") % {"title": resource.title}
    return _("只剩 %(left)d%(measure)s，请减少数量。") % {
        "left": left,
        "measure": resource.measure,
    }
