from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.forms.filters import OrganizationField
from members.models import ActivityKind, Organization, PlannedActivity
from nanchuan.kernel.conflicts import ConflictMixin
from nanchuan.kernel.forms import DateInput, ScopedForm, ScopedModelForm

FIRST_YEAR, YEARS_AHEAD = 2018, 2
USUAL_DAY = 15


def years() -> range:
    """Of which a plan can be made or looked at."""
    return range(FIRST_YEAR, timezone.localdate().year + YEARS_AHEAD + 1)


class PlanChoice(forms.Form):
    """Whose plan, and of which year; bad values mean the reader's own and this year."""

    organization = OrganizationField(
        label=_("党组织"),
        queryset=Organization.objects.none(),
        required=False,
        empty_label=None,
        widget=forms.Select({"class": "form-select w-auto", "aria-label": _("党组织")}),
    )
    year = forms.TypedChoiceField(
        label=_("年度"),
        coerce=int,
        required=False,
        widget=forms.Select({"class": "form-select w-auto", "aria-label": _("年度")}),
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        organizations = Organization.objects
        rows = organizations.current().visible_to(user)
        self.fields["organization"].queryset = rows
        self.fields["year"].choices = [(year, str(year)) for year in reversed(years())]


class ProposeForm(ScopedForm):
    """On which day of the month the branch usually meets."""

    day = forms.IntegerField(
        label=_("每月固定活动日"),
        min_value=1,
        max_value=28,
        initial=USUAL_DAY,
        help_text=_("逢节假日顺延到下一个工作日；生成以后每一项都可以改期。"),
    )


class PlannedForm(ConflictMixin, ScopedModelForm):
    """A line of the plan."""

    class Meta:
        model = PlannedActivity
        fields = ["kind", "planned_on", "title", "note"]
        widgets = {"planned_on": DateInput}
        help_texts = {"title": _("不填则用活动类型的名称。")}
        error_messages = {
            "planned_on": {"invalid": _("请填写真实存在的日期。")},
            "kind": {"required": _("请选择活动类型。")},
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].queryset = ActivityKind.objects.open_to_all().filter(is_offered=True)

    def clean_planned_on(self):
        day = self.cleaned_data["planned_on"]
        if day.year not in years():
            message = _("请填 %(first)d 年到 %(last)d 年之间的日期。")
            raise forms.ValidationError(message % {"first": years()[0], "last": years()[-1]})
        return day

    def facts(self) -> dict:
        return {name: self.cleaned_data[name] for name in self._meta.fields}


class DropForm(ScopedForm):
    """Why it will not take place."""

    reason = forms.CharField(
        label=_("不开展的原因"),
        max_length=200,
        error_messages={"required": _("请写明为什么不开展。")},
        help_text=_("应开展的任务不会因此免除，体检中仍按实际情况显示。"),
    )
