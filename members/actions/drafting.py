"""The draft of one form: known by the form's token, so that two requests at once make one."""

from uuid import UUID, uuid5

from django.db import transaction
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from members.actions import activities, photos
from members.models import Activity, ActivityFile, ActivityKind, ActivityPhoto, Organization
from nanchuan.kernel import attaching, uploads
from nanchuan.kernel.models import FormToken
from nanchuan.kernel.states import StepRefused

USUAL_KIND = "theme_day"
REWORKED = (Activity.Status.DRAFT, Activity.Status.RETURNED)


class Over(StepRefused):
    """The draft of this form is handed in or given up by now."""


@transaction.atomic
def begin(organization: Organization, *, once: UUID, by, **facts) -> Activity:
    """The draft of the form with this token, with these facts (`activities.draft`).

    What arrives a second time, or late, finds the first: whoever takes the token waits for
    whoever else does. Raises Over if that one is handed in or given up by now.
    """
    token, is_first = FormToken.objects.get_or_create(token=uuid5(once, "draft"))
    if not is_first:
        return activities.keep(_of(token), by=by, **facts)
    draft = activities.draft(organization, by=by, **_needed() | facts)
    token.url = reverse("members:activity-edit", args=[draft.pk])
    token.save(update_fields=["url"])
    return draft


def _of(token) -> Activity:
    pk = resolve(token.url).kwargs["pk"]
    found = Activity.objects.select_related("organization", "kind").filter(pk=pk).first()
    if found is None or not found.is_draft:
        raise Over(_("这份草稿已经提交或删除。"))
    return found


def _needed() -> dict:
    """What a draft cannot lack, until somebody says it."""
    kinds = ActivityKind.objects.filter(is_offered=True)
    return {
        "kind": kinds.filter(code=USUAL_KIND).first() or kinds.first(),
        "starts_at": timezone.now().replace(second=0, microsecond=0),
    }


@transaction.atomic
def add_photo(
    activity: Activity, picture: uploads.Picture, *, once: UUID | None = None
) -> ActivityPhoto | None:
    """A photo goes at once into what is still being written, one request after the other.

    What is sent again because no answer arrived finds the photo that it became; nothing if that
    was taken away since. Raises StepRefused beyond the number that a record may have, or for a
    record that stands.
    """
    row = _claimed(activity)

    def add():
        if row.photos.count() >= uploads.MOST_PHOTOS:
            raise StepRefused(_("一次活动最多 %(most)d 张照片。") % {"most": uploads.MOST_PHOTOS})
        return photos.add(row, [picture])[0]

    return _once(once, "members:activity-photo", row.photos, add)


@transaction.atomic
def add_file(
    activity: Activity, document: uploads.Document, *, by, once: UUID | None = None
) -> ActivityFile | None:
    """The same for a document. Raises StepRefused beyond `attaching.MOST_FILES` too."""
    row = _claimed(activity)

    def add():
        return attaching.attach(ActivityFile, [document], by=by, activity=row)[0]

    return _once(once, "members:activity-file", row.files, add)


def _once(once, page, rows, add):
    """What a token stands for among some rows, or the row that is added now."""
    if once is None:
        return add()
    token, is_first = FormToken.objects.get_or_create(token=uuid5(once, page))
    if not is_first:
        return rows.filter(pk=resolve(token.url).kwargs["pk"]).first()
    made = add()
    token.url = reverse(page, args=[made.pk])
    token.save(update_fields=["url"])
    return made


def _claimed(activity) -> Activity:
    """The row as it stands, kept from being handed in until this is over."""
    row = Activity.objects.select_for_update().get(pk=activity.pk)
    if row.status not in REWORKED:
        raise StepRefused(_("这条记录已经提交。请打开记录页更正。"))
    return row
