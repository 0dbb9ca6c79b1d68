from datetime import datetime, timedelta
from functools import cache

import django_filters
from django import forms
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from members.forms.filters import MonthFilter, OrganizationField, OrganizationFilter
from members.models import Activity, ActivityKind, ActivityPhoto, Organization, PartyMember
from nanchuan.kernel import uploads
from nanchuan.kernel.forms import HelperMixin, MomentInput, RowsField, ScopedModelForm

USUAL_KIND = "theme_day"


class ActivityFilterSet(django_filters.FilterSet):
    q = django_filters.CharFilter(
        label=_("主题"), field_name="title", lookup_expr="contains", max_length=100
    )
    kind = django_filters.ModelChoiceFilter(
        label=_("活动类型"), queryset=ActivityKind.objects.all()
    )
    organization = OrganizationFilter(method="within")
    month = MonthFilter(label=_("月份"), method="in_month")

    def within(self, rows, name, organization):
        return rows.filter(organization__path__startswith=organization.path)

    def in_month(self, rows, name, first):
        after = first.replace(day=28) + timedelta(days=4)
        begin = timezone.make_aware(datetime(first.year, first.month, 1))  # noqa: DTZ001
        end = timezone.make_aware(datetime(after.year, after.month, 1))  # noqa: DTZ001
        return rows.filter(starts_at__gte=begin, starts_at__lt=end)


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


class MemberChoices(RowsField):
    widget = forms.CheckboxSelectMultiple(attrs={"data-filter-list": ""})


class ActivityForm(ScopedModelForm):
    """An activity of one organization (记活动). The organization was chosen before."""

    title = forms.CharField(
        label=_("主题"),
        max_length=100,
        required=False,
        help_text=_("不填则用月份和活动类型，例如“11月主题党日”。"),
    )
    members = MemberChoices(
        label=_("参加人员"),
        queryset=PartyMember.objects.none(),
        error_messages={
            "required": _("请勾选参加人员，至少一人。"),
            "invalid_choice": _("所选人员中有人当天不属于这个党组织。请核对时间和参加人员。"),
            "invalid_pk_value": _("所选人员中有人当天不属于这个党组织。请核对时间和参加人员。"),
        },
    )
    photos = PhotosField(
        label=_("照片"),
        help_text=_("最多 9 张，可以直接拍照。照片中的拍摄地点等信息会自动去除。"),
    )

    class Meta:
        model = Activity
        fields = ["kind", "title", "starts_at", "place", "host", "members", "guests", "text"]
        widgets = {
            "starts_at": MomentInput,
            "text": forms.Textarea({"rows": 6}),
        }
        error_messages = {
            "starts_at": {"invalid": _("请填写真实存在的日期和时间。")},
            "host": {"invalid_choice": _("主持人当天不属于这个党组织。请核对时间和主持人。")},
        }

    def __init__(self, *args, organization: Organization, oversized=(), **kwargs):
        self.organization, self.oversized = organization, oversized
        super().__init__(*args, **kwargs)
        # The rows that a user sees and the rows that fit are different questions.
        people = self._people()
        self.fields["members"].queryset = self.fields["host"].queryset = people
        listed = cache(lambda: [(person.pk, person.name) for person in people])  # asked for once
        self.fields["members"].choices = listed
        self.fields["host"].choices = lambda: [("", _("请选择")), *listed()]
        self.fields["text"].widget.attrs["placeholder"] = _("学了什么、议了什么、定了什么")

    def _people(self):
        """Counted members of the organization and those below it, on the day of the activity."""
        day = timezone.localdate(self._starts_at() or timezone.now())
        people = PartyMember.objects.in_tree(self.organization.path, day).counted(day)
        return people.only("name", "pinyin").order_by("pinyin", "pk")

    def _starts_at(self):
        if not self.is_bound:
            return self.instance.starts_at
        try:
            typed = parse_datetime(self.data.get("starts_at", ""))
            return typed and (typed if timezone.is_aware(typed) else timezone.make_aware(typed))
        except (ValueError, OverflowError):
            return None

    def clean(self):
        given = super().clean()
        for name in self.oversized:
            self.add_error("photos", uploads.too_large(name))
        if not given.get("title") and given.get("kind") and given.get("starts_at"):
            given["title"] = _("%(month)d月%(kind)s") % {
                "month": timezone.localtime(given["starts_at"]).month,
                "kind": given["kind"],
            }
        return given

    def facts(self) -> dict:
        """What the action needs, beside the pictures."""
        names = ("kind", "title", "starts_at", "place", "host", "members", "guests", "text")
        return {name: self.cleaned_data[name] for name in names}


class ActivityEditForm(ActivityForm):
    """The same, of an activity that is there: photos may go, and a second writer is told."""

    removed = RowsField(
        label=_("删除照片"),
        queryset=ActivityPhoto.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        photos = self.instance.photos.all()
        self.initial["revision"] = self.instance.revision
        self.fields["removed"].queryset = photos
        self.fields["removed"].label_from_instance = lambda photo: (
            _("第 %(number)d 张") % {"number": photo.order}
        )
        if not photos:
            del self.fields["removed"]

    def clean(self):
        given = super().clean()
        removed = len(given.get("removed") or ())
        kept = self.instance.photos.count() - removed
        if kept + len(given.get("photos") or ()) > uploads.MOST_PHOTOS:
            self.add_error("photos", _("一次活动最多 9 张照片。请先勾选要删除的照片。"))
        return given


class OrganizationForm(HelperMixin, forms.Form):
    """Whose activity it is; the form itself follows."""

    organization = OrganizationField(
        label=_("党组织"), queryset=Organization.objects.none(), empty_label=_("请选择")
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = Organization.objects.current().editable_by(user)
