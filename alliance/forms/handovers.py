import django_filters
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models import Group, Handover, Signature
from nanchuan.kernel.conflicts import ConflictMixin
from nanchuan.kernel.forms import RowsField, ScopedForm, ScopedModelForm
from nanchuan.kernel.uploads import DocumentsFormMixin, documents_field

OVERDUE = "overdue"


class HandoverForm(ConflictMixin, DocumentsFormMixin, ScopedModelForm):
    """What the leaving unit adds to the sheet that fills itself."""

    files = documents_field(label=_("添加附件"))
    removed = RowsField(
        None, label=_("删去附件"), required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Handover
        fields = ["materials", "remarks"]
        widgets = {
            "materials": forms.Textarea({"rows": 6}),
            "remarks": forms.Textarea({"rows": 4}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        kept = self.instance.files.all()
        self.fields["removed"].queryset = kept
        if not kept:
            del self.fields["removed"]

    def facts(self) -> dict:
        names = ("materials", "remarks", "files", "removed")
        return {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}


class SignForm(ScopedForm):
    """The name of whoever signs, known already."""

    party = forms.ChoiceField(choices=Signature.Party, widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("签字人"),
        max_length=50,
        error_messages={"required": _("请填写签字人的姓名。")},
    )

    def facts(self) -> dict:
        return {name: self.cleaned_data[name] for name in ("party", "name")}


class ReasonForm(ScopedForm):
    reason = forms.CharField(
        label=_("原因"), max_length=200, error_messages={"required": _("请写明原因。")}
    )

    def facts(self) -> dict:
        return {"reason": self.cleaned_data["reason"]}


class HandoverFilter(django_filters.FilterSet):
    group = django_filters.ModelChoiceFilter(
        field_name="turn__group",
        queryset=lambda request: Group.objects.visible_to(request.user),
        label=_("联盟小组"),
        empty_label=_("全部小组"),
    )
    state = django_filters.ChoiceFilter(
        choices=[(OVERDUE, _("已逾期")), *Handover.Status.choices],
        method="in_state",
        label=_("状态"),
        empty_label=_("全部状态"),
    )

    class Meta:
        model = Handover
        fields = ["group", "state"]

    def in_state(self, rows, name, value):
        if value == OVERDUE:
            return rows.waiting().filter(turn__ends_on__lt=timezone.localdate())
        return rows.filter(status=value)
