import django_filters
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.checkup import rows
from members.checkup.periods import EARLIEST, LATEST
from members.forms.filters import ListedFilter, OrganizationFilter
from members.groupings import groups_seen, in_group
from members.models import ActivityKind, DutyRule, Organization
from nanchuan.kernel.filtersets import UsualFilterSet
from nanchuan.kernel.forms import DateInput, ScopedForm

REAL_DATE = {"invalid": _("请填写真实存在的日期。")}


class YearField(forms.IntegerField):
    """A year that duties are judged in: up to this one."""

    def __init__(self, **kwargs):
        words = {"label": _("年度"), "required": False, "min_value": EARLIEST}
        super().__init__(**words | kwargs)

    def clean(self, value):
        year = super().clean(value)
        if year and year > min(timezone.localdate().year, LATEST):
            raise forms.ValidationError(_("这一年还没有到。请填写今年或以前的年度。"))
        return year


class YearFilter(django_filters.Filter):
    field_class = YearField

    def filter(self, qs, value):
        return qs


class YearForm(forms.Form):
    year = YearField()

    @property
    def asked(self) -> int:
        """The year asked for; this one without, or for one that cannot be."""
        return (self.is_valid() and self.cleaned_data["year"]) or timezone.localdate().year


def duty_choices(rules=None):
    """The duties under their newest names."""
    rules = DutyRule.objects.all() if rules is None else rules
    known = sorted(rules, key=lambda rule: (rule.order, rule.code, rule.starts_on))
    return list({rule.code: rule.name for rule in known}.items())


class CheckupFilterSet(UsualFilterSet):
    """Which organizations, which duty, which year."""

    usual = ("year", "organization", "group", "kind", "duty")

    year = YearFilter(label=_("年度"))
    organization = OrganizationFilter(method="within")
    group = ListedFilter(label=_("联盟小组"), queryset=groups_seen, method="of_group")
    kind = django_filters.ChoiceFilter(
        label=_("类别"),
        choices=[
            choice
            for choice in Organization.Kind.choices
            if choice[0] != Organization.Kind.PARTY_GROUP
        ],
    )
    duty = django_filters.ChoiceFilter(label=_("任务"), method="as_asked")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.rules = rows.rules()
        self.filters["duty"].extra["choices"] = duty_choices(self.rules)
        if not self.filters["group"].field.first():
            del self.filters["group"]  # there is nothing to choose from

    def looks_the_same(self, name, given):
        """Duties are rows: they get other names."""
        return name != "duty" and super().looks_the_same(name, given)

    def within(self, found, name, organization):
        return found.filter(path__startswith=organization.path)

    def of_group(self, found, name, group):
        return in_group(found, group)

    def as_asked(self, found, name, value):
        """The columns are fewer; the rows are those whose kind owes it in some version."""
        kinds = {kind for rule in self.rules if rule.code == value for kind in rule.kinds}
        return found.filter(kind__in=kinds)


class DutyRuleForm(ScopedForm):
    """What a duty asks for from a day on: a new one, or a new version; the old ones stay."""

    name = forms.CharField(label=_("名称"), max_length=30)
    starts_on = forms.DateField(
        label=_("自何日起"),
        widget=DateInput,
        error_messages=REAL_DATE,
        help_text=_("每一期按它第一天的一版判断，所以最好从一期的第一天起。"),
    )
    kinds = forms.MultipleChoiceField(
        label=_("适用类别"),
        choices=Organization.Kind.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    activities = forms.MultipleChoiceField(
        label=_("哪些活动算"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("学时任务可以不选，表示各类活动都计。"),
    )
    condition = forms.ChoiceField(
        label=_("前提"),
        required=False,
        choices=[("", _("无")), *DutyRule.Condition.choices],
        help_text=_("不具备前提的党组织不要求。"),
    )
    every = forms.ChoiceField(label=_("周期"), choices=DutyRule.Every.choices)
    measure = forms.ChoiceField(label=_("怎样算完成"), choices=DutyRule.Measure.choices)
    times = forms.IntegerField(
        label=_("次数或学时"),
        min_value=0,
        max_value=999,
        help_text=_("填 0 表示从这一天起不再要求。"),
    )
    lead_times = forms.IntegerField(
        label=_("书记的学时"),
        required=False,
        min_value=1,
        max_value=999,
        help_text=_("只用于学时；不填则与党员相同。"),
    )
    title = forms.CharField(
        label=_("依据"),
        max_length=100,
        required=False,
        help_text=_("文件的全称，不加书名号。园区自己的设定可不填。"),
    )
    article = forms.CharField(label=_("条款"), max_length=50, required=False)
    note = forms.CharField(label=_("说明"), max_length=200, required=False)

    FACTS = (
        "name",
        "kinds",
        "activities",
        "condition",
        "every",
        "measure",
        "times",
        "lead_times",
        "title",
        "article",
        "note",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["activities"].choices = list(ActivityKind.objects.values_list("code", "name"))

    def clean(self):
        given = super().clean()
        measure = given.get("measure")
        if measure and measure != DutyRule.Measure.HOURS:
            if not given.get("activities"):
                self.add_error("activities", _("请选择至少一类活动。"))
            given["lead_times"] = None
        return given

    def facts(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.FACTS}


class ExemptionForm(ScopedForm):
    """One duty, from one day to another, and why."""

    code = forms.ChoiceField(label=_("任务"))
    starts_on = forms.DateField(
        label=_("自何日起"),
        widget=DateInput,
        initial=timezone.localdate,
        error_messages=REAL_DATE,
    )
    ends_on = forms.DateField(
        label=_("到何日止"),
        widget=DateInput,
        error_messages=REAL_DATE,
        help_text=_("最后一天落在这段时间里的各期都豁免；最长一年。"),
    )
    reason = forms.CharField(label=_("原因"), max_length=200)

    def __init__(self, *args, kind, **kwargs):
        super().__init__(*args, **kwargs)
        owed = {
            rule.code for rule in DutyRule.objects.current() if kind in rule.kinds and rule.times
        }
        self.fields["code"].choices = [each for each in duty_choices() if each[0] in owed]

    def facts(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.fields if name != "once"}
