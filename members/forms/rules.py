from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from members.models import KindRule, Organization, Rule
from nanchuan.kernel.conflicts import ConflictMixin
from nanchuan.kernel.forms import DateInput, ScopedForm, ScopedModelForm


class KindFields(forms.ModelForm):
    """What belongs to a kind of organization: kinds below it, posts."""

    children = forms.MultipleChoiceField(
        label=_("可设下级"),
        choices=Organization.Kind,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("新设或调整党组织时按此判断，已有的不受影响。"),
    )

    class Meta:
        model = KindRule
        fields = ["children", "posts"]


class KindRuleAdminForm(KindFields):
    pass


class KindRuleForm(ConflictMixin, KindFields, ScopedModelForm):
    class Meta(KindFields.Meta):
        widgets = {"posts": forms.CheckboxSelectMultiple}

    def _words(self, name, value) -> str:
        if name != "children":
            return super()._words(name, value)
        return _("、").join(str(Organization.Kind(each).label) for each in value) or _("（空）")


class RuleForm(ScopedForm):
    """A rule gets a new version from a day on; the old ones stay."""

    value = forms.IntegerField(label=_("新的数值"), min_value=0, max_value=9999)
    starts_on = forms.DateField(
        label=_("自何日起"),
        widget=DateInput,
        error_messages={"invalid": _("请填写真实存在的日期。")},
    )
    title = forms.CharField(
        label=_("依据"),
        max_length=100,
        required=False,
        help_text=_("文件的全称，不加书名号。园区自己的设定可不填。"),
    )
    article = forms.CharField(
        label=_("条款"), max_length=50, required=False, help_text=_("例如“第四条”。")
    )
    note = forms.CharField(label=_("说明"), max_length=200, required=False)

    def facts(self) -> dict:
        return {name: self.cleaned_data[name] for name in ("value", "title", "article", "note")}


def by_code(rules: QuerySet[Rule]) -> dict[str, list[Rule]]:
    """The versions of each rule, newest first, in the order in which the rules are declared."""
    found: dict[str, list[Rule]] = {code: [] for code in Rule.Code.values}
    for rule in rules.order_by("-starts_on"):
        found.setdefault(rule.code, []).append(rule)
    return {code: rows for code, rows in found.items() if rows}
