"""What the office types about a row of the matching table, and what narrows the table."""

import django_filters as filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.fields import is_number
from services.forms.hours import HoursInput, TimedRadioSelect, TimedSelect, check_hours
from services.forms.resources import MOST, StepForm
from services.matchshown import in_part
from services.models import MatchLine, Need, Resource

OTHER, NONE = "other", "none"
STATES = {
    "given": _("待执行"),
    "lacking": _("没有资源"),
    "by_hand": _("已锁定"),
    "stuck": _("没有办成"),
    "booked": _("已执行"),
}
LONGEST_REASON = MatchLine._meta.get_field("reason").max_length


class ResourceField(forms.ModelChoiceField):
    def label_from_instance(self, obj):
        return f"{obj.number} {obj.title} · {obj.unit}"


class LineForm(StepForm):
    """One of the offers, any other resource that can be had, or nothing and why."""

    choice = forms.ChoiceField(
        label=_("安排"),
        widget=TimedRadioSelect,
        error_messages={"required": _("请选择一项。"), "invalid_choice": _("请重新选择。")},
    )
    other = ResourceField(
        Resource.objects.none(),
        label=_("其他资源"),
        required=False,
        empty_label=_("请选择资源"),
        widget=TimedSelect({"data-search-select": True}),
        error_messages={"invalid_choice": _("这项资源现在不能认领，请重新选择。")},
    )
    quantity = forms.IntegerField(
        label=_("数量"),
        min_value=1,
        max_value=MOST,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"), _("请填写 1 以上的整数。")
        ),
    )
    starts_at = forms.DateTimeField(
        label=_("开始时间"),
        required=False,
        widget=HoursInput,
        help_text=_("按时段预约的资源才需要填。"),
        error_messages={"invalid": _("请填写真实存在的日期和时间。")},
    )
    ends_at = forms.DateTimeField(
        label=_("结束时间"),
        required=False,
        widget=HoursInput,
        error_messages={"invalid": _("请填写真实存在的日期和时间。")},
    )
    is_settled = forms.BooleanField(
        label=_("已与提供单位说好"),
        required=False,
        help_text=_("勾选后，执行时直接约定，不再等提供单位同意。"),
    )
    reason = forms.CharField(
        label=_("不安排的原因"),
        max_length=LONGEST_REASON,
        required=False,
        help_text=_("选“不安排”时必填。"),
    )

    def __init__(self, *args, line, **kwargs):
        self.line = line
        super().__init__(*args, **kwargs)
        self.offers = {str(each.resource.pk): each.resource for each in line.offered}
        timed = frozenset(key for key, resource in self.offers.items() if resource.is_timed)
        self.fields["choice"].widget.timed = timed
        self.fields["choice"].choices = [
            *((str(each.resource.pk), _label(each)) for each in line.offered),
            (OTHER, _("其他资源")),
            (NONE, _("不安排")),
        ]
        rows = Resource.objects.visible_to(self.user).available().exclude(unit=line.need.unit_id)
        self.fields["other"].queryset = rows.select_related("unit").order_by("title", "pk")

    @property
    def seen(self) -> int:
        """Which version of the row was looked at; the page writes it anew each time."""
        seen = self.data.get("seen", "")
        return int(seen) if is_number(seen) else -1

    @property
    def resource(self) -> Resource | None:
        choice = self.cleaned_data["choice"]
        return self.cleaned_data["other"] if choice == OTHER else self.offers.get(choice)

    def clean(self):
        given = super().clean()
        choice = given.get("choice")
        if choice == OTHER and not given.get("other") and "other" not in self.errors:
            self.add_error("other", _("请选择资源。"))
        if choice == NONE and not given.get("reason", "").strip():
            self.add_error("reason", _("请写明为什么不安排。"))
        if choice and choice != NONE and not self.errors and self.resource.is_timed:
            check_hours(self, given, is_needed=True)
        return given

    def facts(self) -> dict:
        typed = self.cleaned_data
        facts = {name: typed[name] for name in ("starts_at", "ends_at", "is_settled")}
        return facts | {"resource": self.resource, "quantity": typed["quantity"] or 1}


def _label(offered) -> str:
    parts = (offered.resource.title, str(offered.resource.unit), offered.left_words)
    return " · ".join(filter(None, parts))


class ApplyForm(StepForm):
    all_settled = forms.BooleanField(
        label=_("这些资源都已与提供单位说好"),
        required=False,
        help_text=_("勾选后全部直接约定。不勾选时，须经同意的等提供单位答复。"),
    )


class MatchFilter(filters.FilterSet):
    usual = ("q", "category", "urgency")

    q = filters.CharFilter(label=_("需求编号、标题或单位"), method="by_words", max_length=60)
    category = filters.ChoiceFilter(
        label=_("类别"), choices=Need.Category.choices, field_name="need__category"
    )
    urgency = filters.ChoiceFilter(
        label=_("紧急程度"), choices=Need.Urgency.choices, field_name="need__urgency"
    )
    state = filters.ChoiceFilter(
        label=_("情况"), choices=list(STATES.items()), method="by_state", widget=forms.HiddenInput
    )

    class Meta:
        model = MatchLine
        fields = []

    def by_words(self, rows, name, value):
        for word in value.split():
            found = Q(need__number__icontains=word) | Q(need__title__icontains=word)
            rows = rows.filter(found | Q(need__unit__name__icontains=word))
        return rows

    def by_state(self, rows, name, value):
        return in_part(rows, value)
