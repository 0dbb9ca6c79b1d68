from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from members.forms.photos import PhotosField
from members.models import Unit
from nanchuan.kernel import roles, uploads
from nanchuan.kernel.forms import DateInput, RowsField, ScopedForm, ScopedModelForm
from services.actions.rights import office
from services.forms.contacts import KeepsPhoneMixin, PhoneField
from services.forms.need_steps import words_field
from services.models import ClosedTime, OpenTime, Resource, ResourcePhoto

CHANGEABLE = (
    "category",
    "title",
    "content",
    "capacity",
    "measure",
    "is_timed",
    "quantity",
    "area",
    "free_from",
    "free_until",
    "conditions",
    "needs_consent",
    "contact_name",
    "contact_phone",
)
MOST = 1_000_000
TIMES = ("opens_at", "closes_at")
AGAIN = ("opens_again_at", "closes_again_at")  # after a break at noon
MEASURES = ("场", "人次", "间", "人", "万元", "家")  # data


class HourInput(forms.TimeInput):
    input_type = "time"

    def __init__(self):
        super().__init__({"step": 300}, format="%H:%M")


class ResourceForm(KeepsPhoneMixin, ScopedModelForm):
    """What a unit can give, from a phone: what it is, how much of it, when, and whom to call, who
    is known already. The office registers it for any unit."""

    capacity = forms.IntegerField(
        label=_("可提供数量"),
        required=False,
        min_value=1,
        max_value=MOST,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        help_text=_("同时能提供多少，不限量请留空。"),
        error_messages={
            "invalid": _("请填写 1 以上的整数，不限量请留空。"),
            "min_value": _("请填写 1 以上的整数，不限量请留空。"),
            "max_value": _("数量太大，请核对。"),
        },
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("开放的日子"),
        choices=OpenTime.Weekday.choices,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("都不勾选表示有效期内随时可以预约。"),
    )
    opens_at = forms.TimeField(label=_("每天自"), required=False, widget=HourInput)
    closes_at = forms.TimeField(label=_("每天至"), required=False, widget=HourInput)
    opens_again_at = forms.TimeField(label=_("午休后自"), required=False, widget=HourInput)
    closes_again_at = forms.TimeField(label=_("午休后至"), required=False, widget=HourInput)
    photos = PhotosField(
        label=_("照片"),
        help_text=_("最多 9 张，可以直接拍照。照片中的拍摄地点等信息会自动去除。"),
    )
    removed = RowsField(
        ResourcePhoto.objects.none(),
        label=_("删去的照片"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    contact_phone = PhoneField()
    measures = MEASURES
    kept_hours: Sequence[OpenTime] = ()

    class Meta:
        model = Resource
        fields = ["unit", *CHANGEABLE]
        widgets = {
            "category": forms.RadioSelect,
            "title": forms.TextInput(attrs={"autocomplete": "off"}),
            "content": forms.Textarea(attrs={"rows": 4}),
            "measure": forms.TextInput(attrs={"list": "measures", "autocomplete": "off"}),
            "free_from": DateInput(),
            "free_until": DateInput(),
        }
        help_texts = {
            "title": _("一句话说清能提供什么，例如“六十座报告厅”。"),
            "measure": _("例如场、人次、间、万元。"),
            "is_timed": _(
                "会议室、专家坐诊这类按时间用的勾选；资金、名额这类用一份少一份的不勾选。"
            ),
            "area": _("例如“全园区”“甘河片区”“装备制造企业”。"),
            "free_until": _("两个日期都不填表示长期可用。"),
            "needs_consent": _("不勾选时，只要还有剩余，认领后立即约定。"),
        }
        error_messages = {
            "category": {"required": _("请选择类别。")},
            "title": {"required": _("请用一句话写明能提供什么。")},
            "content": {"required": _("请写明内容。")},
        }

    def __init__(self, *args, oversized=(), **kwargs):
        self.oversized = oversized
        super().__init__(*args, **kwargs)
        fields = self.fields
        fields["category"].choices = [each for each in fields["category"].choices if each[0]]
        self.one_unit = self.instance.unit if self.instance.pk else self._only_unit()
        if self.one_unit:
            del fields["unit"]
        if not self.instance.quantity:  # what was written before there was a number
            del fields["quantity"]
        self._know_the_photos()
        if self.instance.pk:
            self._know_the_hours(list(self.instance.open_times.all()))
        else:
            self._know_the_contact()

    def _only_unit(self):
        units = self.fields["unit"].queryset
        if not office(self.user):
            units = units.filter(pk__in=roles.places(self.user, roles.UNIT))
        self.fields["unit"].queryset = units
        found = list(units[:2])
        return found[0] if len(found) == 1 else None

    def _know_the_photos(self):
        photos = self.instance.photos.all() if self.instance.pk else ResourcePhoto.objects.none()
        if not photos:
            del self.fields["removed"]
            return
        self.fields["removed"].queryset = photos
        numbers = {photo.pk: number for number, photo in enumerate(photos, 1)}
        self.fields["removed"].label_from_instance = lambda photo: (
            _("第 %(number)d 张") % {"number": numbers[photo.pk]}
        )

    def _know_the_hours(self, rows):
        """The same one or two spans on some days of the week; what is more stays as it is."""
        days: dict[int, list] = {}
        for row in rows:
            days.setdefault(row.weekday, []).extend((row.opens_at, row.closes_at))
        kinds = {tuple(moments) for moments in days.values()}
        if len(kinds) > 1 or any(len(moments) > len(TIMES + AGAIN) for moments in kinds):
            self.kept_hours = rows
            for name in ("weekdays", *TIMES, *AGAIN):
                del self.fields[name]
        elif kinds:
            moments = zip(TIMES + AGAIN, kinds.pop(), strict=False)
            self.initial |= {"weekdays": list(days), **dict(moments)}

    @property
    def has_break(self) -> bool:
        """Whether the hours after noon are shown at once: usually nobody needs them."""
        return any(self[name].value() or self[name].errors for name in AGAIN)

    def _know_the_contact(self):
        """The writer's own name and number; the office's form leaves them to the unit."""
        if office(self.user) or self.one_unit is None:
            return
        member = getattr(self.user, "member", None)
        phone = (member and member.phone) or self.one_unit.first_contact[1]
        self.initial.setdefault("contact_name", self.user.name)
        self.fields["contact_phone"].know(phone)
        self._known_phone = phone

    def clean(self):
        given = super().clean()
        for name in self.oversized:
            self.add_error("photos", uploads.too_large(name))
        if given.get("is_timed") and given.get("weekdays"):
            self._check_hours(given)
        self._check_photos(given)
        return given

    def _check_hours(self, given):
        self._check_span(given, TIMES)
        if any(given.get(name) or name in self.errors for name in AGAIN):
            self._check_span(given, AGAIN)
        until, again = given.get("closes_at"), given.get("opens_again_at")
        if until and again and again <= until:
            self.add_error("opens_again_at", _("午休后的开始时间应晚于午休前的结束时间。"))

    def _check_span(self, given, names):
        opens, closes = (given.get(name) for name in names)
        for name in names:
            if given.get(name) is None and name not in self.errors:
                self.add_error(name, _("请填写开放的钟点。"))
        if opens and closes and opens >= closes:
            self.add_error(names[1], _("结束时间应晚于开始时间。"))

    def _check_photos(self, given):
        kept = self.instance.photos.count() if self.instance.pk else 0
        kept -= len(given.get("removed") or ())
        if kept + len(given.get("photos") or ()) > uploads.MOST_PHOTOS:
            self.add_error("photos", _("照片最多 9 张。请先勾选要删除的照片。"))

    def facts(self) -> dict:
        typed = self.cleaned_data
        facts = {name: typed[name] for name in CHANGEABLE if name in self.fields}
        if "weekdays" in self.fields:
            spans = [tuple(typed[name] for name in names) for names in (TIMES, AGAIN)]
            days = typed["weekdays"]
            facts["hours"] = [(day, *span) for day in days for span in spans if all(span)]
        return facts | {"pictures": typed["photos"]}

    @property
    def photos_removed(self) -> list[ResourcePhoto]:
        return list(self.cleaned_data.get("removed") or ())

    @property
    def unit(self) -> Unit:
        return self.one_unit or self.cleaned_data["unit"]


class ResourceAdminForm(KeepsPhoneMixin, forms.ModelForm):
    contact_phone = PhoneField()

    class Meta:
        model = Resource
        fields = ["unit", *CHANGEABLE]


# ── Steps ───────────────────────────────────────────────────────────────────────────────────


class StepForm(ScopedForm):
    def facts(self) -> dict:
        return {name: value for name, value in self.cleaned_data.items() if name != "once"}


class ReasonForm(StepForm):
    reason = words_field(_("原因"), _("请写明原因，对方会看到。"))


class OpenReasonForm(StepForm):
    reason = words_field(_("原因"), "", help_text=_("可以不填。对方会看到。"))


class CloseDaysForm(StepForm):
    """Days on which it cannot be had after all."""

    starts_on = forms.DateField(
        label=_("自"), widget=DateInput, error_messages={"required": _("请选择日期。")}
    )
    ends_on = forms.DateField(
        label=_("至"),
        widget=DateInput,
        required=False,
        help_text=_("只有一天的不用填。"),
    )
    reason = forms.CharField(
        label=_("原因"),
        max_length=ClosedTime._meta.get_field("reason").max_length,
        required=False,
    )

    def clean(self):
        given = super().clean()
        first, last = given.get("starts_on"), given.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("结束日期不能早于开始日期。"))
        given["ends_on"] = last or first
        return given
