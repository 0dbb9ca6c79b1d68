"""Both sides come together over a resource (双向认领): one asks or offers, the other agrees, and
afterwards either says what became of it.

What is left is counted while the resource is held (`hold_resource`), so that of any number of
people at once exactly as many get something as there is.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Unit
from nanchuan.accounts.models import User
from nanchuan.kernel import events
from nanchuan.kernel.serials import next_number
from nanchuan.kernel.states import StepRefused
from services import stock
from services.actions import following
from services.actions.holding import hold, hold_resource
from services.actions.resource_rights import check, giver_or_office, works_for
from services.actions.rights import office, require, speaks_for
from services.models import Booking, Need, Project, Resource
from services.models.bookings import UNSETTLED
from services.opening import opening_of

Status, Side = Booking.Status, Booking.Side
LONGEST = timedelta(days=31)
FARTHEST = timedelta(days=366)
HELD = ["status", "unit", "need", "project", "quantity", "starts_at", "ends_at", "agreed_at"]


@transaction.atomic
def ask(  # noqa: PLR0913
    resource: Resource,
    *,
    unit: Unit,
    need: Need | None = None,
    quantity: int = 1,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    note: str = "",
    by: User | None,
    at: datetime | None = None,
) -> Booking:
    """A unit asks for so much of a resource (认领), for a need of its own or without one. Where no
    consent is needed it is agreed at once."""
    if need is not None:
        hold(need)
    hold_resource(resource)
    at = at or timezone.now()
    require(by is None or office(by) or speaks_for(by, unit.pk))
    if unit.pk == resource.unit_id:
        raise StepRefused(_("提供单位自己使用，不用认领。"))
    if need is not None and not (need.is_open and works_for(unit, need)):
        raise StepRefused(
            _("“%(unit)s”只能为自己提出或承办、尚未办结的需求认领。") % {"unit": unit}
        )
    booking = _begin(resource, Side.ASKED, unit, need, quantity, (starts_at, ends_at), note, by, at)
    events.record("booking.asked", subject=booking, by=by, at=at)
    if not resource.needs_consent:
        _take(booking, by=None, at=at)
        events.record("booking.agreed", subject=booking, at=at, at_once=True)
    return booking


@transaction.atomic
def offer(  # noqa: PLR0913
    resource: Resource,
    *,
    need: Need,
    quantity: int = 1,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    note: str = "",
    by: User | None,
    at: datetime | None = None,
) -> Booking:
    """The giving unit offers it for a need that it may see, of which it may read no more than the
    public face: whose it is it learns when that unit agrees."""
    hold(need)
    hold_resource(resource)
    at = at or timezone.now()
    require(by is None or giver_or_office(by, resource))
    require(by is None or Need.objects.visible_to(by).filter(pk=need.pk).exists())
    if not (need.is_open and need.status in Need.PUBLISHED):
        raise StepRefused(_("这条需求还没有通过审核，或已经办结。"))
    if need.unit_id == resource.unit_id:
        raise StepRefused(_("这条需求是提供单位自己提出的，不用认领。"))
    booking = _begin(
        resource, Side.OFFERED, need.unit, need, quantity, (starts_at, ends_at), note, by, at
    )
    events.record("booking.offered", subject=booking, by=by, at=at)
    return booking


@transaction.atomic
def agree(
    booking: Booking, *, answer: str = "", by: User | None, at: datetime | None = None
) -> None:
    """The other side agrees (同意): from now on its part is taken."""
    if booking.need is not None:
        hold(booking.need)
    _hold(booking)
    at = at or timezone.now()
    check(booking, "agree", by, at)
    _take(booking, answer=answer, by=by, at=at)
    events.record("booking.agreed", subject=booking, by=by, at=at)


@transaction.atomic
def decline(
    booking: Booking, *, reason: str = "", by: User | None, at: datetime | None = None
) -> None:
    """The other side does not (谢绝), and may say why."""
    _hold(booking)
    at = at or timezone.now()
    check(booking, "decline", by, at)
    booking.step_to(Status.DECLINED, answered_at=at, answered_by=by, answer=reason)
    events.record("booking.declined", subject=booking, by=by, at=at)
    following.booking_ended(booking, why=reason, at=at)


@transaction.atomic
def cancel(
    booking: Booking, *, reason: str = "", by: User | None, at: datetime | None = None
) -> None:
    """Taken back before its time (取消): what it held is free again."""
    _hold(booking)
    at = at or timezone.now()
    check(booking, "cancel", by, at)
    _end(booking, Status.CANCELLED, reason, by, at)


@transaction.atomic
def use(booking: Booking, *, note: str = "", by: User | None, at: datetime | None = None) -> None:
    """It was used (已使用)."""
    _hold(booking)
    at = at or timezone.now()
    check(booking, "use", by, at)
    _end(booking, Status.USED, note, by, at)


@transaction.atomic
def give_back(
    booking: Booking, *, reason: str = "", by: User | None, at: datetime | None = None
) -> None:
    """It was not used after all (未用退回), and others may have it."""
    _hold(booking)
    at = at or timezone.now()
    check(booking, "give-back", by, at)
    _end(booking, Status.RETURNED, reason, by, at)


# ── For a project ───────────────────────────────────────────────────────────────────────────


def book(  # noqa: PLR0913
    resource: Resource,
    *,
    project: Project,
    need: Need | None,
    quantity: int,
    starts_at: datetime | None,
    ends_at: datetime | None,
    is_own: bool,
    by: User | None,
    at: datetime,
) -> Booking:
    """The lead of a project has so much of it for the project, which is held already: at once,
    if its own unit says so or no consent is needed."""
    hold_resource(resource)
    span = (starts_at, ends_at)
    booking = _begin(
        resource, Side.ASKED, project.lead, need, quantity, span, "", by, at, project=project
    )
    if is_own or not resource.needs_consent:
        _take(booking, by=by if is_own else None, at=at)
        facts = {"at_once": True, "own": is_own}
        events.record("booking.agreed", subject=booking, by=by, at=at, **facts)
    else:
        events.record("booking.asked", subject=booking, by=by, at=at)
    return booking


def release(rows: Iterable[Booking], *, why: str, by: User | None, at: datetime, **facts) -> None:
    """What nobody has a use for any more is free again, and both sides hear of it. What has begun
    stays: its sides say what became of it."""
    for row in sorted(rows, key=lambda row: (row.resource_id, row.pk)):
        _hold(row)
        if row.status not in UNSETTLED or (row.starts_at and row.starts_at <= at):
            continue
        taken_back = row.status == Status.WAITING or row.starts_at is not None
        _end(row, Status.CANCELLED if taken_back else Status.RETURNED, why, by, at, **facts)


def release_of(need: Need, why: str, *, by: User | None, at: datetime) -> None:
    """A need ends without a solution, and its holder keeps nothing for it. What a project holds is
    the project's own. The caller holds the need, so that nothing else is booked for it meanwhile.
    """
    rows = need.bookings.filter(status__in=UNSETTLED, project=None).select_related("resource")
    release(rows, why=why, by=by, at=at, need_ended=True)


def _hold(booking) -> None:
    """Whatever happens to a booking happens under the lock of its resource."""
    hold_resource(booking.resource)
    booking.refresh_from_db(fields=HELD)


def _begin(  # noqa: PLR0913, PLR0917
    resource, side, unit, need, quantity, span, note, by, at, project=None
) -> Booking:
    starts_at, ends_at = span if resource.is_timed else (None, None)
    booking = Booking(
        resource=resource,
        side=side,
        unit=unit,
        need=need,
        project=project,
        quantity=quantity,
        starts_at=starts_at,
        ends_at=ends_at,
        note=note,
        made_at=at,
        made_by=by,
    )
    _check_free(booking, at)
    same = {"unit": unit, "need": need, "project": project, "starts_at": starts_at, "side": side}
    if resource.bookings.filter(status=Status.WAITING, **same).exists():
        raise StepRefused(_("同样的认领还在等对方答复，不用重复提出。"))
    booking.number = next_number("约", timezone.localdate(at).year)  # data
    booking.save()
    return booking


def _take(booking, *, answer="", by, at) -> None:
    """It holds its part of the resource from now on."""
    if booking.need is not None and not booking.need.is_open:
        raise StepRefused(_("这条需求已经办结。"))
    if booking.project is not None and not booking.project.is_live:
        raise StepRefused(_("这个项目已经结束。"))
    _check_free(booking, at)
    booking.step_to(Status.AGREED, answered_at=at, answered_by=by, answer=answer, agreed_at=at)
    following.booking_agreed(booking, by=by, at=at)


def _end(booking, status, note, by, at, **facts) -> None:
    booking.step_to(status, ended_at=at, ended_by=by, end_note=note)
    events.record(f"booking.{status}", subject=booking, by=by, at=at, **facts)
    if status != Status.USED:
        following.booking_ended(booking, why=note, at=at)


def why_not(booking: Booking, at: datetime) -> str:
    """What would be refused of a booking that is not made yet; empty if nothing. Asks nothing of
    a resource that knows its bookings and hours."""
    try:
        _check_free(booking, at)
    except StepRefused as refusal:
        return str(refusal)
    return ""


def _check_free(booking, at) -> None:
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


def _check_time(booking, at) -> None:
    starts_at, ends_at = booking.starts_at, booking.ends_at
    if not (starts_at and ends_at):
        raise StepRefused(_("请写明从什么时候到什么时候。"))
    if ends_at <= starts_at:
        raise StepRefused(_("结束时间应晚于开始时间。"))
    if starts_at <= at:
        raise StepRefused(_("这个时段已经过去，请另选时间。"))
    if ends_at - starts_at > LONGEST or starts_at - at > FARTHEST:
        raise StepRefused(_("一次最多预约 31 天，最早提前一年。"))
    if not opening_of(booking.resource).covers(starts_at, ends_at):
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
