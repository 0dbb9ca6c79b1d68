import django_filters
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.forms.days import OnField
from members.forms.filters import OrganizationFilter
from members.forms.people import NameFilter
from members.models import Absence, PartyMember
from nanchuan.kernel.forms import ScopedForm, ScopedModelForm

ENDED, ALL = "ended", "all"


class AbsenceFilterSet(django_filters.FilterSet):
    """Without a state: who is away or out of touch today."""

    q = NameFilter(label=_("姓名、拼音、手机后四位"), max_length=50, method="search")
    kind = django_filters.ChoiceFilter(label=_("情形"), choices=Absence.Kind.choices)
    organization = OrganizationFilter(method="within")
    overdue = django_filters.ChoiceFilter(
        label=_("时长"), choices=[("1", _("已满规定月数"))], method="past_the_rule"
    )
    state = django_filters.ChoiceFilter(
        label=_("状态"),
        choices=[(ENDED, _("已结束")), (ALL, _("全部"))],
        empty_label=_("目前流动或失联"),
        method="whenever",
    )

    def search(self, rows, name, value):
        return rows.filter(member__in=PartyMember.objects.search(value).order_by().values("pk"))

    def within(self, rows, name, organization):
        people = PartyMember.objects.in_tree(organization.path)
        return rows.filter(member__in=people.order_by().values("pk"))

    def past_the_rule(self, rows, name, value):
        return rows.overdue()

    def whenever(self, rows, name, value):
        return rows.filter(ends_on__lt=timezone.localdate()) if value == ENDED else rows

    def filter_queryset(self, queryset):
        if not self.form.cleaned_data.get("state"):
            queryset = queryset.standing()
        return super().filter_queryset(queryset)


class AbsenceForm(ScopedModelForm):
    """A member is away or out of touch; the person was chosen before."""

    starts_on = OnField(label=_("自何日起"))

    class Meta:
        model = Absence
        fields = ["kind", "starts_on", "place", "note"]
        help_texts = {
            "place": _("流动党员填写外出地点，例如“示例省甲市”。"),
            "note": _("例如联系过几次、由谁联系。"),
        }

    def facts(self) -> dict:
        return {name: self.cleaned_data[name] for name in self._meta.fields}


class AbsenceEndForm(ScopedForm):
    """The last day away."""

    ends_on = OnField(label=_("最后一天"), help_text=_("返回或恢复联系的前一天也可以。"))
