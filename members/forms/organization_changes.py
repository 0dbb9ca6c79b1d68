"""What staff type when an organization is founded, changes or ends."""

from django import forms
from django.utils.translation import gettext_lazy as _

from members.forms.days import OnField
from members.forms.filters import OrganizationField
from members.models import Organization, OrganizationUnit, Unit
from nanchuan.kernel.conflicts import ConflictMixin
from nanchuan.kernel.forms import DateInput, RowsField, ScopedForm, ScopedModelForm


def document_field():
    return forms.CharField(
        label=_("批复文号"), max_length=50, required=False, help_text=_("没有可不填。")
    )


def name_field(**kwargs):
    return forms.CharField(label=_("名称"), max_length=100, **kwargs)


def short_name_field():
    return forms.CharField(
        label=_("简称"), max_length=30, required=False, help_text=_("列表和图中显示，可不填。")
    )


def organization_field(label, **kwargs):
    rows = Organization.objects.filter(ends_on=None)
    return OrganizationField(label=label, queryset=rows, **kwargs)


class ChangeForm(ScopedForm):
    """A change from a day on; `facts` are what its action wants to know."""

    def facts(self) -> dict:
        return {name: value for name, value in self.cleaned_data.items() if name != "once"}


class UnitsField(RowsField):
    widget = forms.CheckboxSelectMultiple(attrs={"data-filter-list": ""})


class FoundForm(ScopedForm):
    """A party organization is founded (成立党组织)."""

    parent = organization_field(
        _("上级党组织"), required=False, empty_label=_("没有上级（园区一级）")
    )
    kind = forms.ChoiceField(label=_("类别"), choices=Organization.Kind)
    name = name_field()
    short_name = short_name_field()
    starts_on = OnField(label=_("成立日期"))
    document = document_field()
    units = UnitsField(
        label=_("所属单位"),
        queryset=Unit.objects.all(),
        required=False,
        help_text=_("联合党支部勾选几个单位，其他的一般勾选一个。以后也可以再补。"),
    )

    def facts(self) -> dict:
        names = ("kind", "name", "short_name", "starts_on", "document")
        return {name: self.cleaned_data[name] for name in names}


class OrganizationEditForm(ConflictMixin, ScopedModelForm):
    """What was entered wrongly; changes that happened have pages of their own."""

    class Meta:
        model = Organization
        fields = ["name", "short_name", "kind", "starts_on"]
        widgets = {"starts_on": DateInput}
        labels = {"starts_on": _("成立日期")}
        help_texts = {
            "name": _("只用于更正错字。正式更名请用“更名”，原来的名称会留在沿革里。"),
        }
        error_messages = {"starts_on": {"invalid": _("请填写真实存在的日期。")}}

    def facts(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class RenameForm(ChangeForm):
    name = name_field(help_text=_("新的全称。"))
    short_name = short_name_field()
    on = OnField(label=_("自何日起"))
    document = document_field()


class MoveForm(ChangeForm):
    parent = organization_field(
        _("新的上级党组织"), required=False, empty_label=_("没有上级（园区一级）")
    )
    on = OnField(label=_("自何日起"))
    document = document_field()


class MergeForm(ChangeForm):
    target = organization_field(_("并入哪个党组织"), empty_label=_("请选择"))
    on = OnField(label=_("自何日起"))
    document = document_field()


class DissolveForm(ChangeForm):
    on = OnField(label=_("自何日起"), help_text=_("从这一天起不再存在，前一天是最后一天。"))
    document = document_field()
    note = forms.CharField(label=_("撤销原因"), max_length=200, required=False)


class LinkForm(ChangeForm):
    unit = forms.ModelChoiceField(
        label=_("单位"), queryset=Unit.objects.all(), empty_label=_("请选择")
    )
    on = OnField(label=_("自何日起"))


class UnlinkForm(ChangeForm):
    row = forms.ModelChoiceField(
        label=_("单位"),
        queryset=OrganizationUnit.objects.none(),
        empty_label=_("请选择"),
        error_messages={"invalid_choice": _("与这个单位的归属已经结束，请刷新后重新选择。")},
    )
    on = OnField(label=_("自何日起"), help_text=_("从这一天起不再归属，前一天是最后一天。"))

    def __init__(self, *args, organization: Organization, **kwargs):
        super().__init__(*args, **kwargs)
        rows = organization.unit_links.filter(ends_on=None).select_related("unit", "organization")
        self.fields["row"].queryset = rows
        self.fields["row"].label_from_instance = lambda row: row.unit.name
