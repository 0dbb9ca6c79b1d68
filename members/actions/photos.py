"""The photos of an activity: added after those already there, in the order people want."""

from collections.abc import Iterable, Mapping

from django.db import transaction

from members.models import Activity, ActivityPhoto
from nanchuan.kernel import uploads


def add(activity: Activity, pictures: Iterable[uploads.Picture]) -> list[ActivityPhoto]:
    """Store the pictures after those already there; a file whose row fails is taken away."""
    pictures = list(pictures)
    if not pictures:
        return []
    last = activity.photos.order_by("-order").values_list("order", flat=True).first() or 0
    rows = []
    try:
        for order, picture in enumerate(pictures, last + 1):
            photo = ActivityPhoto(activity=activity, order=order)
            picture.store(photo.image, photo.thumbnail)
            photo.save()
            rows.append(photo)
    except BaseException:
        uploads.discard(pictures)
        raise
    return rows


def remove(photo: ActivityPhoto) -> None:
    photo.delete()
    for file in (photo.image, photo.thumbnail):
        transaction.on_commit(lambda file=file: file.storage.delete(file.name))


@transaction.atomic
def arrange(activity: Activity, captions: Mapping[int, str]) -> None:
    """Photos stand in the order of `captions` (number of the photo: its words); others after."""
    place = {pk: order for order, pk in enumerate(captions, 1)}
    rows = sorted(activity.photos.all(), key=lambda row: place.get(row.pk, len(place) + 1))
    for order, row in enumerate(rows, 1):
        row.order, row.caption = order, captions.get(row.pk, row.caption)
    ActivityPhoto.objects.bulk_update(rows, ["order", "caption"])
