from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import (
    Activity,
    ActivityPhoto,
    Attendance,
    Organization,
    PartyMember,
)
from nanchuan.kernel import events, uploads
from nanchuan.kernel.states import StepRefused


@transaction.atomic
def log(
    organization: Organization,
    *,
    by,
    members: Iterable[PartyMember],
    pictures: Iterable[uploads.Picture] = (),
    at: datetime | None = None,
    **facts,
) -> Activity:
    """A branch writes down what it did (记活动). The host counts as taking part.

    `facts` are kind, title, starts_at, place, host, text and perhaps guests. Raises StepRefused
    if it has not happened yet, if the organization did not exist that day, or if somebody named
    did not belong to it (or to an organization below it) that day.
    """
    activity = Activity(
        organization=organization, logged_by=by, logged_at=at or timezone.now(), **facts
    )
    people = {activity.host, *members}
    _check(activity, people, now=at or timezone.now())
    activity.save()
    _take_part(activity, {person.pk for person in people})
    photos = _add_photos(activity, pictures)
    events.record(
        "activity.logged",
        subject=activity,
        by=by,
        at=at,
        kind=activity.kind.code,
        members=len(people),
        photos=photos,
    )
    return activity


@transaction.atomic
def change(  # noqa: PLR0913
    activity: Activity,
    *,
    by,
    members: Iterable[PartyMember],
    pictures: Iterable[uploads.Picture] = (),
    removed: Iterable[ActivityPhoto] = (),
    at: datetime | None = None,
    **facts,
) -> Activity:
    """What was written down is put right (更正活动). `facts` are fields of the activity.

    The `revision` of the activity is the one that the person saw: of two who correct it at
    once, the second is refused.
    """
    changed = sorted(name for name, value in facts.items() if getattr(activity, name) != value)
    for name in changed:
        setattr(activity, name, facts[name])
    people = {activity.host, *members}
    _check(activity, people, now=at or timezone.now())
    rows = Activity.objects.filter(pk=activity.pk, revision=activity.revision)
    if not rows.update(revision=F("revision") + 1):
        raise StepRefused(_("这条记录刚被别人更正过。请打开新的一页核对后，再填一次。"))
    activity.revision += 1
    activity.save()
    before = activity.attendances.count()
    _set_members(activity, people)
    gone = [_remove_photo(photo) for photo in removed]
    events.record(
        "activity.changed",
        subject=activity,
        by=by,
        at=at,
        fields=changed,
        members=[before, len(people)],
        photos_added=_add_photos(activity, pictures),
        photos_removed=len(gone),
    )
    return activity


def _check(activity, people, *, now):
    organization = activity.organization
    if activity.starts_at > now:
        raise StepRefused(_("活动时间还没有到。请在活动开始以后再记录，或者更正时间。"))
    day = timezone.localdate(activity.starts_at)
    if day < organization.starts_on:
        raise StepRefused(
            _("%(name)s成立于 %(day)s，不能记录更早的活动。")
            % {"name": organization, "day": organization.starts_on}
        )
    if organization.ends_on and day > organization.ends_on:
        raise StepRefused(
            _("%(name)s已于 %(day)s撤销，不能记录以后的活动。")
            % {"name": organization, "day": organization.ends_on}
        )
    known = PartyMember.objects.in_tree(organization.path, day).counted(day)
    belonging = set(known.filter(pk__in=[person.pk for person in people]))
    if strangers := people - belonging:
        names = _("、").join(sorted(person.name for person in strangers))
        raise StepRefused(
            _("%(names)s在 %(day)s不是%(organization)s的党员。请核对时间和参加人员。")
            % {"names": names, "day": day, "organization": organization}
        )


def _set_members(activity, people):
    old = set(activity.attendances.values_list("member", flat=True))
    new = {person.pk for person in people}
    activity.attendances.filter(member__in=old - new).delete()
    _take_part(activity, new - old)


def _take_part(activity, members: set[int]):
    Attendance.objects.bulk_create(
        Attendance(activity=activity, member_id=pk) for pk in sorted(members)
    )


def _add_photos(activity, pictures) -> int:
    """Store the pictures after those already there; a file whose row fails is taken away."""
    pictures = list(pictures)
    if not pictures:
        return 0
    last = activity.photos.order_by("-order").values_list("order", flat=True).first() or 0
    try:
        for order, picture in enumerate(pictures, last + 1):
            photo = ActivityPhoto(activity=activity, order=order)
            picture.store(photo.image, photo.thumbnail)
            photo.save()
    except BaseException:
        uploads.discard(pictures)
        raise
    return len(pictures)


def _remove_photo(photo):
    photo.delete()
    for file in (photo.image, photo.thumbnail):
        transaction.on_commit(lambda file=file: file.storage.delete(file.name))
