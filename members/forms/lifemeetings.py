"""Forms of a meeting of organizational life (组织生活会)."""

import django_filters
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.actions import lifemeetings as actions
from members.forms.filters import OrganizationField, OrganizationFilter
from members.forms.transfers import DayField
from members.models import Activity, Appraisal, LifeMeeting, Membership, Organization, PartyMember
from nanchuan.kernel.forms import HelperMixin, ScopedForm

LONGEST_TEXT = 5000


class LifeMeetingFilterSet(django_filters.FilterSet):
    organization = OrganizationFilter(method="within")
    status = django_filters.ChoiceFilter(label=_("状态"), choices=LifeMeeting.Status)

    def within(self, rows, name, organization):
        return rows.filter(organization__path__startswith=organization.path)


class PlanForm(ScopedForm):
    """What it is about and when."""

    theme = forms.CharField(
        label=_("主题"), max_length=100, error_messages={"required": _("请填写主题。")}
    )
    planned_on = DayField(label=_("计划召开日期"))
    opinions_until = DayField(
        label=_("征求意见截止"), help_text=_("对照检查也在这一天以前写好。截止以后汇总意见。")
    )

    def facts(self) -> dict:
        return {name: value for name, value in self.cleaned_data.items() if name != "once"}


class LifeMeetingForm(PlanForm):
    organization = OrganizationField(
        label=_("党组织"), queryset=Organization.objects.none(), empty_label=_("请选择")
    )
    appraisal = forms.ModelChoiceField(
        label=_("结合的民主评议"),
        queryset=Appraisal.objects.none(),
        required=False,
        empty_label=_("不结合"),
    )
    field_order = ["organization", "theme", "planned_on", "opinions_until", "appraisal"]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, user=user, **kwargs)
        rows = Organization.objects.counted().editable_by(user)
        homes = Membership.objects.counted().order_by().values("organization")
        self.fields["organization"].queryset = rows.filter(pk__in=homes)
        year = timezone.localdate().year
        self.fields["theme"].initial = f"{year} 年度组织生活会"  # data
        appraisals = Appraisal.objects.standing().editable_by(user).newest()
        this_year = appraisals.filter(year__gte=year - 1)
        self.fields["appraisal"].queryset = this_year.select_related("organization")


class SuggestForm(HelperMixin, forms.Form):
    """An opinion without a name: no token, no draft."""

    text = forms.CharField(
        label=_("意见或建议"),
        max_length=500,
        widget=forms.Textarea({"rows": 6, "data-no-draft": "", "autocomplete": "off"}),
        error_messages={"required": _("请写下意见或建议。")},
    )


class WriteForm(ScopedForm):
    """Own words; the check list until the meeting was held, notes of it until it is closed."""

    check_list = forms.CharField(
        label=_("对照检查"),
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.Textarea({"rows": 10}),
        help_text=_("只有本人和本支部书记能看到。"),
    )
    criticism = forms.CharField(
        label=_("批评和自我批评（本人记录）"),
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.Textarea({"rows": 6}),
        help_text=_("会上自己说了什么、别人对自己提了什么，由本人记下。"),
    )

    def __init__(self, *args, meeting: LifeMeeting, **kwargs):
        super().__init__(*args, **kwargs)
        if not meeting.is_open:
            del self.fields["check_list"]

    def facts(self) -> dict:
        return {name: value for name, value in self.cleaned_data.items() if name != "once"}


class RecordChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj):
        return f"{obj.held_on} {obj.title}"


class HeldForm(ScopedForm):
    activity = RecordChoice(
        label=_("组织生活会记录"),
        queryset=Activity.objects.none(),
        empty_label=_("请选择"),
        error_messages={"required": _("请选择记录；还没有的，先记活动。")},
    )

    def __init__(self, *args, meeting: LifeMeeting, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["activity"].queryset = actions.activities_for(meeting)


class ItemForm(ScopedForm):
    """What, who, until when."""

    text = forms.CharField(label=_("整改事项"), max_length=200, widget=forms.Textarea({"rows": 2}))
    owner = forms.ModelChoiceField(
        label=_("责任人"), queryset=PartyMember.objects.none(), empty_label=_("请选择")
    )
    due_on = DayField(label=_("完成期限"))

    def __init__(self, *args, meeting: LifeMeeting, **kwargs):
        super().__init__(*args, **kwargs)
        people = PartyMember.objects.filter(life_parts__meeting=meeting)
        self.fields["owner"].queryset = people.only("name", "pinyin").order_by("pinyin", "pk")

    def facts(self) -> dict:
        return {name: value for name, value in self.cleaned_data.items() if name != "once"}


class OutcomeForm(ScopedForm):
    outcome = forms.CharField(
        label=_("情况说明"),
        max_length=500,
        widget=forms.Textarea({"rows": 4}),
        error_messages={"required": _("请写明情况。")},
    )
