import django_filters as filters
from crispy_forms.layout import Div, Field, Layout
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.forms.organization_changes import UnitsField
from members.models import Unit
from nanchuan.kernel.conflicts import ConflictMixin
from nanchuan.kernel.forms import DateInput, ScopedModelForm
from services.models import Drive, Visit


class DriveForm(ScopedModelForm):
    """A drive: what for, when, and whom to visit."""

    aims = forms.MultipleChoiceField(
        label=_("内容"),
        choices=Drive.Aim,
        widget=forms.CheckboxSelectMultiple,
        initial=Drive.Aim.values,
        error_messages={"required": _("请至少选择一项内容。")},
    )
    units = UnitsField(label=_("走访单位"), queryset=Unit.objects.order_by("kind", "name"))

    class Meta:
        model = Drive
        fields = ["name", "aims", "text", "starts_on", "ends_on", "units"]
        widgets = {
            "text": forms.Textarea(attrs={"rows": 4}),
            "starts_on": DateInput(),
            "ends_on": DateInput(),
        }
        error_messages = {"name": {"required": _("请填写名称，例如“秋季走访服务月”。")}}

    def facts(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}

    def get_layout(self):
        return Layout(
            "name",
            Div(Field("aims"), css_class="choices"),
            "text",
            Div(
                Div("starts_on", css_class="col-sm-6"),
                Div("ends_on", css_class="col-sm-6"),
                css_class="row",
            ),
            "units",
            "once",
        )


class VisitForm(ConflictMixin, ScopedModelForm):
    """Written on a phone while one is still there."""

    class Meta:
        model = Visit
        fields = ["drive", "unit", "on", "visitors", "brought", "heard"]
        widgets = {
            "on": DateInput(),
            "visitors": forms.TextInput(attrs={"autocomplete": "off"}),
            "brought": forms.Textarea(attrs={"rows": 2}),
            "heard": forms.Textarea(attrs={"rows": 5}),
        }
        help_texts = {
            "visitors": _("姓名，用顿号隔开。"),
            "heard": _("企业的近况和难处。要办的事请另外点单，才有人接、有期限。"),
        }
        error_messages = {
            "unit": {"required": _("请选择走访的单位。")},
            "visitors": {"required": _("请填写走访人员。")},
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["drive"].empty_label = _("日常走访（不属于专项行动）")
        self.fields["drive"].queryset = self.fields["drive"].queryset.newest()
        self.fields["unit"].empty_label = _("请选择单位")
        self.initial.setdefault("on", timezone.localdate())
        self.initial.setdefault("visitors", self.user.get_full_name())

    def clean_on(self):
        if self.cleaned_data["on"] > timezone.localdate():
            raise forms.ValidationError(_("走访日期不能晚于今天。"))
        return self.cleaned_data["on"]

    def facts(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class DriveFilter(filters.FilterSet):
    NOW = (("running", _("正在进行")), ("over", _("已经结束")))

    now = filters.ChoiceFilter(label=_("进行情况"), choices=NOW, method="by_now")

    class Meta:
        model = Drive
        fields = []

    def by_now(self, rows, name, value):
        return rows.running() if value == "running" else rows.over()


class VisitFilter(filters.FilterSet):
    FOUND = (("yes", _("带回需求")), ("open", _("有需求未办结")))

    drive = filters.ModelChoiceFilter(
        label=_("专项行动"),
        queryset=lambda request: Drive.objects.visible_to(request.user).newest(),
    )
    unit = filters.ModelChoiceFilter(
        label=_("走访单位"),
        queryset=lambda request: Unit.objects.filter(
            pk__in=Visit.objects.visible_to(request.user).values("unit")
        ),
    )
    since = filters.DateFilter(
        label=_("日期自"), field_name="on", lookup_expr="gte", widget=DateInput
    )
    until = filters.DateFilter(
        label=_("日期至"), field_name="on", lookup_expr="lte", widget=DateInput
    )
    found = filters.ChoiceFilter(label=_("带回需求"), choices=FOUND, method="by_found")

    class Meta:
        model = Visit
        fields = []

    def by_found(self, rows, name, value):
        return rows.with_needs() if value == "yes" else rows.with_open_needs()
