"""What is typed about an action item: how far it is, that it is done, each act's words."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alliance.actions import items as actions
from alliance.actions.rights import seated_units
from alliance.forms import owed
from alliance.forms.owed import BAD_DAY, ActForm, reason_field
from members.forms.organization_changes import UnitsField
from members.models import Unit
from nanchuan.kernel.forms import DateInput, ScopedForm
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.uploads import DocumentsFormMixin, documents_field


class NoteForm(DocumentsFormMixin, ScopedForm):
    text = forms.CharField(
        label=_("做了什么"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("请写明做了什么。")},
    )
    files = documents_field(label=_("佐证材料"))


class ReportForm(DocumentsFormMixin, ScopedForm):
    effect = forms.CharField(
        label=_("办理结果"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("办成了什么。党务办公室看后确认办结，或写明原因退回。"),
        error_messages={"required": _("请写明办理结果。")},
    )
    files = documents_field(label=_("佐证材料"))


class ExtendForm(ScopedForm):
    due_on = forms.DateField(
        label=_("延期到"),
        widget=DateInput,
        error_messages=BAD_DAY | {"required": _("请填写希望延期到哪一天。")},
    )
    reason = reason_field(_("请写明为什么要延期。"))

    def __init__(self, *args, item, **kwargs):
        super().__init__(*args, **kwargs)
        self.item = item

    def clean_due_on(self):
        due_on = self.cleaned_data["due_on"]
        try:
            actions.check_extension(self.item, due_on, timezone.localdate())
        except StepRefused as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return due_on


class ReassignForm(ScopedForm):
    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label=_("责任单位"),
        error_messages={
            "required": _("请选择责任单位。"),
            "invalid_choice": _("所选单位目前不是联盟成员，请重新选择。"),
        },
    )
    assisting = UnitsField(label=_("协办单位"), queryset=Unit.objects.none(), required=False)
    reason = reason_field(_("请写明为什么调整，有关单位会看到。"))

    def __init__(self, *args, item, **kwargs):
        super().__init__(*args, **kwargs)
        standing = [item.unit_id, *item.assisting.values_list("pk", flat=True)]
        units = (seated_units() | Unit.objects.filter(pk__in=standing)).order_by("name")
        self.fields["unit"].queryset = self.fields["assisting"].queryset = units
        self.fields["unit"].empty_label = gettext("请选择单位")
        self.initial.setdefault("unit", item.unit_id)
        self.initial.setdefault("assisting", standing[1:])

    def clean(self):
        given = super().clean()
        if given.get("unit") in list(given.get("assisting") or ()):
            self.add_error("assisting", _("责任单位不必再列为协办单位。"))
        return given


# ── Acts on the page of an item ─────────────────────────────────────────────────────────────


class ConfirmForm(owed.ConfirmForm):
    def clean_done_on(self):
        done_on = self.cleaned_data["done_on"]
        try:
            actions.check_done_on(self.owed, done_on, timezone.localdate())
        except StepRefused as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return done_on


class GrantForm(ActForm):
    answer = forms.CharField(
        label=_("答复"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("可以不填。"),
    )


class RefuseForm(ActForm):
    answer = forms.CharField(
        label=_("答复"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("请写明为什么不同意，责任单位会看到。")},
    )


class WithdrawForm(ActForm):
    """Nothing is typed."""
