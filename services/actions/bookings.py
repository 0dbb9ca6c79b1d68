"""Both sides come together over a resource (双向认领): one asks or offers, the other agrees, and
afterwards either says what became of it.

What is left is counted while the resource is held (`hold_resource`), so that of any number of
people at once exactly as many get something as there is.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Unit
from nanchuan.accounts.models import User
from nanchuan.kernel import events
from nanchuan.kernel.serials import next_number
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.words import name_for_all
from services.actions import following
from services.actions.bookable import check_free
from services.actions.holding import hold, hold_resource
from services.actions.resource_rights import check, giver_or_office, works_for
from services.actions.rights import office, require, speaks_for
from services.models import Booking, Need, Project, Resource
from services.models.bookings import UNSETTLED

Status, Side = Booking.Status, Booking.Side
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
    need = booking.need
    if need is not None:
        hold(need)
    _hold(booking)
    if booking.need != need:  # merged meanwhile: the other need is held by nobody here
        raise StepRefused(
            _("“%(name)s”刚被别人更新，请刷新后再试。") % {"name": name_for_all(booking)}
        )
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
    own = Q(need=need) | Q(need__merged_into=need)
    rows = Booking.objects.filter(own, status__in=UNSETTLED, project=None)
    release(rows.select_related("resource"), why=why, by=by, at=at, need_ended=True)


def merge(need: Need, into: Need, *, by: User | None, at: datetime) -> None:
    """A need is handled as another one from now on, both of which are held. What a unit has for it
    goes along if that unit takes part in the other one; else it stays by that need, so that nobody
    learns who else asks. What nobody has answered yet ends if the other one is settled already."""
    rows = need.bookings.filter(status__in=UNSETTLED, project=None)
    rows = list(rows.select_related("resource", "unit").order_by("resource", "pk"))
    if not into.is_open:
        waiting = [row for row in rows if row.status == Status.WAITING]
        release(waiting, why=_("需求已并案办结。"), by=by, at=at, need_ended=True)
        return
    for row in rows:
        if works_for(row.unit, into):
            _hold(row)
            _move(row, into, by, at)


def _move(booking, into, by, at) -> None:
    if booking.status not in UNSETTLED:
        return
    booking.need = into
    booking.save(update_fields=["need"])
    events.record("booking.moved", subject=booking, by=by, at=at)
    if booking.status == Status.AGREED:
        following.booking_agreed(booking, by=by, at=at)


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
        giver=resource.unit,
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
    check_free(booking, at)
    same = {"unit": unit, "need": need, "project": project, "starts_at": starts_at, "side": side}
    if resource.bookings.filter(status=Status.WAITING, **same).exists():
        raise StepRefused(_("同样的认领还在等对方答复，不用重复提出。"))
    booking.number = next_number("约", timezone.localdate(at).year)  # data
    booking.save()
    return booking


def _take(booking, *, answer="", by, at) -> None:
    """It holds its part of the resource from now on."""
    if booking.need is not None and not (booking.need.merged_into or booking.need).is_open:
        raise StepRefused(_("这条需求已经办结。"))
    if booking.project is not None and not booking.project.is_live:
        raise StepRefused(_("这个项目已经结束。"))
    check_free(booking, at)
    booking.step_to(Status.AGREED, answered_at=at, answered_by=by, answer=answer, agreed_at=at)
    following.booking_agreed(booking, by=by, at=at)


def _end(booking, status, note, by, at, **facts) -> None:
    booking.step_to(status, ended_at=at, ended_by=by, end_note=note)
    events.record(f"booking.{status}", subject=booking, by=by, at=at, **facts)
    if status != Status.USED:
        following.booking_ended(booking, why=note, at=at)
