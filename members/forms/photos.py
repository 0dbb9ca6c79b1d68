"""Photos of an activity: chosen from the album or taken, captioned, ordered, removed."""

from functools import cached_property

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from members.models import ActivityPhoto
from nanchuan.kernel import uploads
from nanchuan.kernel.fields import is_number
from nanchuan.kernel.forms import RowsField

LONGEST = ActivityPhoto._meta.get_field("caption").max_length


class PhotosInput(forms.FileInput):
    """Several photos from the album or the camera of the phone."""

    allow_multiple_selected = True

    def __init__(self):
        super().__init__({"accept": "image/*", "multiple": True, "data-photos": True})


class PhotosField(forms.FileField):
    """Uploaded files, as pictures written anew (kernel.uploads)."""

    widget = PhotosInput

    def __init__(self, *, most=uploads.MOST_PHOTOS, **kwargs):
        self.most = most
        super().__init__(required=False, **kwargs)

    def clean(self, data, initial=None):
        files = [super(PhotosField, self).clean(file) for file in data or ()]
        return uploads.read_photos(files, most=self.most)


class CaptionsInput(forms.Widget):
    """`order-7` and `caption-7` of each photo."""

    def value_from_datadict(self, data, files, name):
        keys = [key.partition("-")[2] for key in data if key.startswith("caption-")]
        return {
            int(key): (data.get(f"order-{key}", ""), data.get(f"caption-{key}", ""))
            for key in keys[: uploads.MOST_PHOTOS * 2]
            if is_number(key)
        }


class CaptionsField(forms.Field):
    """The words under each photo, in the order that was asked for."""

    widget = CaptionsInput

    def to_python(self, value) -> dict[int, str]:
        if any("\0" in caption for _order, caption in value.values()):
            raise ValidationError(_("照片说明里有不能使用的字符，请重新填写。"))
        if any(len(caption) > LONGEST for _order, caption in value.values()):
            raise ValidationError(_("照片说明最多 %(most)d 个字。") % {"most": LONGEST})
        rows = sorted(value.items(), key=lambda each: _place(each[1][0]))
        return {pk: caption.strip() for pk, (_order, caption) in rows}


def _place(order) -> int:
    return int(order) if is_number(order) else uploads.MOST_PHOTOS + 1


class PhotosMixin:
    """A form of an activity that may have photos already; left of the form."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            return
        photos = self.instance.photos.all()
        self.fields["removed"] = RowsField(photos, label=_("删除照片"), required=False)
        self.fields["captions"] = CaptionsField(label=_("照片说明"), required=False)

    @cached_property
    def kept_photos(self) -> list:
        photos = self.instance.photos.all() if self.instance.pk else ()
        return [self._as_typed(photo) for photo in photos]

    def _as_typed(self, photo):
        """What came back with errors is shown as it was sent."""
        if self.is_bound:
            photo.caption = self.data.get(f"caption-{photo.pk}", photo.caption)
            photo.is_removed = str(photo.pk) in self.data.getlist("removed")
        return photo

    def clean(self):
        given = super().clean()
        more = len(given.get("photos") or ())
        kept = len(self.kept_photos) - len(given.get("removed") or ()) if more else 0
        if kept + more > uploads.MOST_PHOTOS:
            self.add_error("photos", _("一次活动最多 9 张照片。请先勾选要删除的照片。"))
        return given
