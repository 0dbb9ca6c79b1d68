import django_filters
from crispy_forms.layout import HTML, Layout
from django import forms
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.actions.meetings import FARTHEST, LONGEST
from alliance.models import Group, Meeting, MeetingKind
from nanchuan.kernel.forms import DateInput, MomentInput, ScopedForm, ScopedModelForm


class MeetingForm(ScopedModelForm):
    """What is announced: used to convene, and with a hidden sequence number to change it."""

    is_draft = announces = False
    agenda = forms.CharField(
        label=_("议程"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("每行一项议题。汇报人、时长和材料可以在会议页上补充。"),
    )

    class Meta:
        model = Meeting
        fields = ["group", "kind", "title", "starts_at", "ends_at", "place", "chair", "recorder"]
        widgets = {
            "starts_at": MomentInput(
                {"hx-get": "", "hx-target": "#dates", "hx-swap": "outerHTML"}  # on change
            ),
            "ends_at": MomentInput(),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["group"].queryset = Group.objects.convenable_by(self.user)
        self.fields["group"].empty_label = self.fields["kind"].empty_label = None
        self.fields["place"].required = True
        self.groups = list(self.fields["group"].queryset)
        self.fields["group"].choices = [(group.pk, str(group)) for group in self.groups]
        if len(self.groups) == 1 and not self.initial.get("group"):
            self.initial["group"] = self.groups[0].pk

    def get_layout(self):
        """What follows from the start stands right under it."""
        names = list(self.fields)
        place = names.index("starts_at") + 1
        dates = HTML('{% include "alliance/_meeting_form_dates.html" %}')
        return Layout(*names[:place], dates, *names[place:])

    def clean(self):
        cleaned = super().clean()
        starts_at, ends_at = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts_at and "starts_at" in self.changed_data:
            if starts_at <= timezone.now():
                self.add_error("starts_at", _("开始时间已过，请选择今后的时间。"))
            elif starts_at - timezone.now() > FARTHEST:
                self.add_error("starts_at", _("开始时间在两年以后，请检查年份。"))
        if starts_at and ends_at:
            if ends_at <= starts_at:
                self.add_error("ends_at", _("结束时间应晚于开始时间。"))
            elif ends_at - starts_at > LONGEST:
                self.add_error("ends_at", _("一次会议不能超过 12 小时，请检查结束时间。"))
        return cleaned

    def _get_validation_exclusions(self):
        """Times are checked above, in the words of the field."""
        return super()._get_validation_exclusions() | {"ends_at"}


class MeetingChangeForm(MeetingForm):
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["group"], self.fields["agenda"]
        self.fields["seen"].initial = self.instance.sequence
        self.is_draft = self.instance.status == Meeting.Status.DRAFT
        self.announces = self.is_draft and "announce" in self.data
        self.fields["place"].required = self.announces or not self.is_draft


class CancelForm(ScopedForm):
    reason = forms.CharField(label=_("取消原因"), max_length=200)


class MeetingFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(field_name="title", lookup_expr="contains", label=_("名称"))
    group = django_filters.ModelChoiceFilter(
        queryset=lambda request: Group.objects.visible_to(request.user),
        method="of_group",
        label=_("联盟小组"),
        empty_label=_("全部小组"),
    )
    kind = django_filters.ModelChoiceFilter(
        queryset=MeetingKind.objects.all(), label=_("会议类型"), empty_label=_("全部类型")
    )
    status = django_filters.ChoiceFilter(
        choices=Meeting.Status.choices, label=_("状态"), empty_label=_("全部状态")
    )

    year = django_filters.ChoiceFilter(
        field_name="starts_at", lookup_expr="year", label=_("年份"), empty_label=_("全部年份")
    )
    figure = django_filters.ChoiceFilter(
        choices=[
            ("held_year", _("近一年召开")),
            ("held", _("已召开")),
            ("unrecorded", _("未登记到会")),
            ("minutes_in_time", _("按期印发纪要")),
            ("minutes_late", _("逾期印发纪要")),
            ("minutes_missing", _("逾期未印发纪要")),
            ("minutes_waiting", _("纪要未到期限")),
        ],
        label=_("统计口径"),
        method="by_figure",
    )
    since = django_filters.DateFilter(
        label=_("会议日期自"), field_name="starts_at", lookup_expr="date__gte", widget=DateInput
    )
    until = django_filters.DateFilter(
        label=_("会议日期至"), field_name="starts_at", lookup_expr="date__lte", widget=DateInput
    )
    usual = ("q", "group", "kind", "status", "year")

    class Meta:
        model = Meeting
        fields = ["q", "group", "kind", "status", "year", "figure", "since", "until"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.filters["year"].extra["choices"] = [(year, str(year)) for year in _years()]

    def by_figure(self, rows, name, value):
        return rows.held_within_a_year() if value == "held_year" else rows.figure(value)

    def of_group(self, rows, name, value):
        return rows.of_group(value)


def _years() -> list[int]:
    """From the latest meeting back to the first one."""
    ends = Meeting.objects.aggregate(first=Min("starts_at"), last=Max("starts_at"))
    if ends["first"] is None:
        return []
    first, last = (timezone.localdate(ends[end]).year for end in ("first", "last"))
    return list(range(last, first - 1, -1))
