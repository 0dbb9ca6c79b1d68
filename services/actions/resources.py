"""A unit offers what it can give, the office reviews it, either pauses it or takes it back."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Unit
from nanchuan.accounts.models import User
from nanchuan.kernel import events, uploads
from nanchuan.kernel.serials import next_number
from nanchuan.kernel.states import StepRefused
from services import stock
from services.actions import following
from services.actions.holding import hold_resource
from services.actions.resource_rights import check
from services.actions.rights import office, require, speaks_for
from services.models import Booking, ClosedTime, OpenTime, Resource, ResourcePhoto

Status = Resource.Status
Hours = Iterable[tuple[int, time, time]]  # weekday, from, to


@transaction.atomic
def add(
    *,
    unit: Unit,
    hours: Hours = (),
    pictures: Sequence[uploads.Picture] = (),
    by: User | None,
    at: datetime | None = None,
    **facts,
) -> Resource:
    """A unit offers what it can give (登记资源): it waits for review. What the office registers
    itself, for whichever unit, can be had at once.

    `facts` are the fields of a Resource: category, title, content, capacity, measure, free_from …
    """
    at = at or timezone.now()
    require(by is None or office(by) or speaks_for(by, unit.pk))
    number = next_number("资", timezone.localdate(at).year)  # data
    passed = by is None or office(by)
    status = {"status": Status.AVAILABLE, "reviewed_at": at} if passed else {}
    resource = Resource.objects.create(number=number, unit=unit, added_at=at, **status, **facts)
    _set_hours(resource, hours)
    _add_photos(resource, pictures, by, at)
    events.record("resource.added", subject=resource, by=by, at=at, passed=passed)
    return resource


@transaction.atomic
def change(  # noqa: PLR0913
    resource: Resource,
    *,
    hours: Hours | None = None,
    pictures: Sequence[uploads.Picture] = (),
    removed: Iterable[ResourcePhoto] = (),
    by: User | None,
    at: datetime | None = None,
    **facts,
) -> None:
    """The offering unit or the office corrects a resource; a returned one is thereby submitted
    again. There never is less of it than was promised."""
    hold_resource(resource)
    at = at or timezone.now()
    check(resource, "change", by, at)
    _check_promises(resource, facts, at)
    changed = [name for name, value in facts.items() if getattr(resource, name) != value]
    for name in changed:
        setattr(resource, name, facts[name])
    if changed:
        resource.save(update_fields=changed)
    if hours is not None and _set_hours(resource, hours):
        changed.append("open_times")
    if _remove_photos(removed) + _add_photos(resource, pictures, by, at):
        changed.append("photos")
    if resource.status == Status.RETURNED:
        resource.step_to(Status.SUBMITTED, reason="")
        events.record("resource.resubmitted", subject=resource, by=by, at=at, changed=changed)
    elif changed:
        events.record("resource.changed", subject=resource, by=by, at=at, changed=changed)


@transaction.atomic
def approve(resource: Resource, *, by: User | None, at: datetime | None = None) -> None:
    """Passed review (通过审核): the whole alliance may have it."""
    hold_resource(resource)
    at = at or timezone.now()
    check(resource, "approve", by, at)
    resource.step_to(Status.AVAILABLE, reviewed_at=at)
    events.record("resource.approved", subject=resource, by=by, at=at)


@transaction.atomic
def send_back(
    resource: Resource, *, reason: str, by: User | None, at: datetime | None = None
) -> None:
    """The office asks for more (退回补充)."""
    hold_resource(resource)
    at = at or timezone.now()
    check(resource, "return", by, at)
    resource.step_to(Status.RETURNED, reason=reason)
    events.record("resource.returned", subject=resource, by=by, at=at)


@transaction.atomic
def pause(
    resource: Resource, *, reason: str = "", by: User | None, at: datetime | None = None
) -> None:
    """It cannot be had for a while (暂停); what was agreed stays agreed."""
    hold_resource(resource)
    at = at or timezone.now()
    check(resource, "pause", by, at)
    resource.step_to(Status.PAUSED, reason=reason)
    events.record("resource.paused", subject=resource, by=by, at=at)


@transaction.atomic
def resume(resource: Resource, *, by: User | None, at: datetime | None = None) -> None:
    hold_resource(resource)
    at = at or timezone.now()
    check(resource, "resume", by, at)
    resource.step_to(Status.AVAILABLE, reason="")
    events.record("resource.resumed", subject=resource, by=by, at=at)


@transaction.atomic
def withdraw(
    resource: Resource, *, reason: str = "", by: User | None, at: datetime | None = None
) -> None:
    """It is offered no more (撤回): nothing that was agreed may be left open, and who still waits
    for an answer hears it."""
    hold_resource(resource)
    at = at or timezone.now()
    check(resource, "withdraw", by, at)
    agreed = resource.bookings.filter(status=Booking.Status.AGREED).count()
    if agreed:
        raise StepRefused(
            _("还有 %(number)d 项已经约定，请先逐项取消或登记使用情况。") % {"number": agreed}
        )
    resource.step_to(Status.WITHDRAWN, reason=reason)
    for booking in resource.bookings.filter(status=Booking.Status.WAITING):
        booking.step_to(
            Booking.Status.CANCELLED, ended_at=at, ended_by=by, end_note=_("资源已撤回。")
        )
        events.record("booking.cancelled", subject=booking, by=by, at=at, withdrawn=True)
        following.booking_ended(booking, why=_("资源已撤回。"), at=at)
    events.record("resource.withdrawn", subject=resource, by=by, at=at)


# ── When it is closed ───────────────────────────────────────────────────────────────────────


@transaction.atomic
def close_days(  # noqa: PLR0913
    resource: Resource,
    *,
    starts_on: date,
    ends_on: date,
    reason: str = "",
    by: User | None,
    at: datetime | None = None,
) -> ClosedTime:
    """On these days it cannot be had after all (不开放); what was agreed for them is settled
    first."""
    hold_resource(resource)
    at = at or timezone.now()
    check(resource, "change", by, at)
    if not resource.is_timed:
        raise StepRefused(_("只有按时段预约的资源才设不开放日期，其他资源可以暂停。"))
    agreed = resource.bookings.filter(
        status=Booking.Status.AGREED, starts_at__date__lte=ends_on, ends_at__date__gte=starts_on
    )
    if number := agreed.count():
        raise StepRefused(
            _("这几天已有 %(number)d 项约定，请先和对方商量并取消。") % {"number": number}
        )
    made = ClosedTime.objects.create(
        resource=resource, starts_on=starts_on, ends_on=ends_on, reason=reason
    )
    events.record("resource.changed", subject=resource, by=by, at=at, changed=["closed_times"])
    return made


@transaction.atomic
def open_days(
    resource: Resource, *, closed: ClosedTime, by: User | None, at: datetime | None = None
) -> None:
    """These days can be had again."""
    hold_resource(resource)
    at = at or timezone.now()
    check(resource, "change", by, at)
    if resource.closed_times.filter(pk=closed.pk).delete()[0]:
        events.record("resource.changed", subject=resource, by=by, at=at, changed=["closed_times"])


def _set_hours(resource, hours) -> bool:
    """Whether that changed anything."""
    wanted = sorted(set(hours)) if resource.is_timed else []
    rows = resource.open_times.order_by("weekday", "opens_at")
    if list(rows.values_list("weekday", "opens_at", "closes_at")) == wanted:
        return False
    rows.delete()
    OpenTime.objects.bulk_create(
        OpenTime(resource=resource, weekday=weekday, opens_at=opens, closes_at=closes)
        for weekday, opens, closes in wanted
    )
    return True


def _check_promises(resource, facts, at) -> None:
    """What was agreed stands, however the resource is corrected."""
    most = facts.get("capacity", resource.capacity)
    turned = facts.get("is_timed", resource.is_timed) != resource.is_timed
    if turned and resource.bookings.filter(status__in=["waiting", "agreed", "used"]).exists():
        raise StepRefused(_("已有单位认领，不能再改变是否按时段预约。可以另外登记一项。"))
    if most is not None and most != resource.capacity:
        held = stock.most_held(resource, at)
        if held > most:
            raise StepRefused(
                _("已经约定和使用了 %(held)d，可提供数量不能少于它。") % {"held": held}
            )


# ── Photos ──────────────────────────────────────────────────────────────────────────────────


def _add_photos(resource, pictures, by, at) -> int:
    """Stored with their rows; if the transaction fails, the files are gone too."""
    number = resource.photos.count()
    for picture in pictures:
        number += 1
        if number > uploads.MOST_PHOTOS:
            raise StepRefused(_("照片最多 %(most)d 张。") % {"most": uploads.MOST_PHOTOS})
        photo = ResourcePhoto(resource=resource, added_by=by, added_at=at)
        picture.store(photo.image, photo.thumbnail)
        for field in (photo.image, photo.thumbnail):
            uploads.stay_if_committed(field)
        photo.save()
    return len(pictures)


def _remove_photos(photos) -> int:
    gone = list(photos)
    for photo in gone:
        photo.delete()
        for file in (photo.image, photo.thumbnail):
            transaction.on_commit(lambda file=file: file.storage.delete(file.name))
    return len(gone)
