import django_filters
from django import forms
from django.db.models import Case, F, Value, When
from django.utils.translation import gettext_lazy as _

from members.forms.contacts import ContactFormSet
from members.forms.days import DayFilter, OnField
from members.forms.filters import ListedFilter, OrganizationField
from members.models import IndustryChain, Organization, Unit
from members.models.units import check_credit_code
from nanchuan.kernel.conflicts import ConflictMixin
from nanchuan.kernel.fields import normalise
from nanchuan.kernel.forms import ScopedForm, ScopedModelForm

MOST_EMPLOYEES = 1_000_000
SORTS = {
    # what the address says: the word, columns; the name decides between equals
    "name": (_("按名称排序"), []),
    "chain": (
        _("按产业链排序"),
        [F("chain__order").asc(nulls_last=True), F("chain__name").asc(nulls_last=True)],
    ),
    "size": (
        _("规模大的在前"),
        [
            Case(
                *(When(size=size, then=Value(place)) for place, size in enumerate(Unit.Size)),
                default=Value(len(Unit.Size)),
            )
        ],
    ),
    "-employees": (_("职工多的在前"), [F("employees").desc(nulls_last=True)]),
}


class UnitFilterSet(django_filters.FilterSet):
    """Units as they are covered on a day, today unless told."""

    usual = ("q", "kind", "coverage", "sort")

    q = django_filters.CharFilter(
        label=_("名称或信用代码"), method="search", max_length=100, strip=True
    )
    kind = django_filters.ChoiceFilter(label=_("类别"), choices=Unit.Kind.choices)
    coverage = django_filters.ChoiceFilter(
        label=_("党建覆盖"), choices=Unit.Coverage.choices, method="covered"
    )
    sort = django_filters.ChoiceFilter(
        label=_("排序"),
        choices=[(name, word) for name, (word, _columns) in SORTS.items()],
        empty_label=_("按类别排序"),
        method="ordered",
    )
    chain = ListedFilter(label=_("产业链"), queryset=IndustryChain.objects.all())
    size = django_filters.ChoiceFilter(label=_("规模"), choices=Unit.Size.choices)
    on = DayFilter(label=_("覆盖情况截至"))

    def search(self, rows, name, value):
        return rows.search(value)

    def covered(self, rows, name, value):
        return rows.covered(value, self.form.cleaned_data.get("on"))

    def ordered(self, rows, name, value):
        return rows.order_by(*SORTS[value][1], "name", "pk")


class CreditCodeField(forms.CharField):
    """A unified social credit code as people type it: full width, small letters, spaces."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs | {"max_length": 60})

    def to_python(self, value):
        return normalise(super().to_python(value) or "") or self.empty_value

    def validate(self, value):
        super().validate(value)
        if value:
            check_credit_code(value)


class UnitForm(ConflictMixin, ScopedModelForm):
    """A unit with whom to call there; its contacts are a formset of their own: `contacts`."""

    new_chain = forms.CharField(
        label=_("或新增产业链"),
        max_length=30,
        required=False,
        help_text=_("上面没有合适的，在这里填写名称，保存后即可选用。"),
    )
    employees = forms.IntegerField(
        label=_("职工人数"), min_value=0, max_value=MOST_EMPLOYEES, required=False
    )

    class Meta:
        model = Unit
        fields = [
            "name",
            "short_name",
            "kind",
            "credit_code",
            "chain",
            "size",
            "employees",
            "industry",
            "address",
        ]
        field_classes = {"credit_code": CreditCodeField}
        help_texts = {
            "credit_code": _("18 位，按营业执照或登记证书填写；没有可不填。"),
            "size": _("按统计上大中小微型企业划分。"),
        }
        error_messages = {"name": {"unique": _("已有这个名称的单位。请核对是否重复登记。")}}

    field_order = ["name", "short_name", "kind", "credit_code", "chain", "new_chain"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        data = self.data if self.is_bound else None
        self.contacts = ContactFormSet(data, instance=self.instance, prefix="contacts")

    def clean(self):
        given = super().clean()
        if not self.contacts.is_valid():
            self.add_error(None, _("联系人中有需要修改的地方，见表单下方。"))
        return given

    def facts(self) -> dict:
        facts = {name: self.cleaned_data[name] for name in self._meta.fields}
        return facts | {"chain": self.cleaned_data["new_chain"] or facts["chain"]}


class UnitLinkForm(ScopedForm):
    """An organization that the unit, chosen before, has from a day on."""

    organization = OrganizationField(
        label=_("党组织"),
        queryset=Organization.objects.none(),
        empty_label=_("请选择"),
        help_text=_("已有的党支部或联合党支部；新成立的请在“党组织”中办理。"),
    )
    on = OnField(label=_("自何日起"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rows = Organization.objects.counted().filter(ends_on=None)
        self.fields["organization"].queryset = rows.editable_by(self.user)
