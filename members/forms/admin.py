"""What staff type in the admin site, with the same rules as the actions."""

from datetime import timedelta
from itertools import combinations

from django import forms
from django.contrib.admin.widgets import AdminDateWidget
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.actions import corrections, endings
from members.actions import organizations as actions
from members.forms.filters import OrganizationField
from members.forms.units import CreditCodeField
from members.models import Organization, PartyMember, Unit, UnitContact
from nanchuan.kernel.fields import mask_id_number, mask_phone
from nanchuan.kernel.forms import MaskedFieldsMixin
from nanchuan.kernel.states import StepRefused


class OrganizationChoice(OrganizationField):
    iterator = forms.models.ModelChoiceIterator


class OrganizationAdminForm(forms.ModelForm):
    """An organization, its name and its place in the tree; actions change them from a day on."""

    parent = OrganizationChoice(
        label=_("上级党组织"),
        queryset=Organization.objects.all(),
        required=False,
        empty_label=_("没有上级（园区一级）"),
    )
    changed_on = forms.DateField(
        label=_("更名或调整隶属关系自何日起"),
        required=False,
        widget=AdminDateWidget,
        help_text=_("只在改变名称、简称或上级党组织时填写，不填表示今天。"),
    )

    class Meta:
        model = Organization
        fields = ["name", "short_name", "kind", "parent", "changed_on", "starts_on", "ends_on"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.old_parent = None
        if self.instance.pk:
            self.old_parent = Organization.objects.get_parent(self.instance)
            self.initial["parent"] = self.old_parent and self.old_parent.pk
        elif "changed_on" in self.fields:
            del self.fields["changed_on"]

    def has_new(self, *names) -> bool:
        """Whether one of some fields differs from what is stored."""
        return bool(set(names) & set(self.changed_data))

    @property
    def is_moved(self) -> bool:
        return bool(self.instance.pk) and self.cleaned_data.get("parent") != self.old_parent

    @property
    def day(self):
        return self.cleaned_data.get("changed_on") or timezone.localdate()

    def facts(self, *names) -> dict:
        return {name: self.cleaned_data[name] for name in names}

    def clean(self):
        given = super().clean()
        if self.errors:
            return given
        for field, check in self._checks():
            try:
                check()
            except StepRefused as refusal:
                self.add_error(field, str(refusal))
        return given

    def _checks(self):
        """Field → what its action would refuse."""
        given, row = self.cleaned_data, self.instance
        if not row.pk:
            facts = self.facts("starts_on", "name", "kind")
            yield "parent", lambda: actions.check_found(given["parent"], **facts)
            return
        if self.has_new("name", "short_name"):
            names = self.facts("name", "short_name")
            yield "name", lambda: actions.check_rename(row, on=self.day, **names)
        for name in {"kind", "starts_on"} & set(self.changed_data):
            yield name, lambda n=name: corrections.check_correction(row, **{n: given[n]})
        if self.is_moved:
            yield "parent", lambda: actions.check_move(row, given["parent"], self.day)
        if self.has_new("ends_on"):
            yield "ends_on", self._check_end

    def _check_end(self):
        if self.cleaned_data["ends_on"] is None:
            raise StepRefused(_("已经撤销的党组织不能恢复。请重新录入，并在说明中写明。"))
        endings.check_dissolve(self.instance, self.end_day)

    @property
    def end_day(self):
        """The first day on which the organization is no more."""
        return self.cleaned_data["ends_on"] + timedelta(days=1)


class UnitAdminForm(forms.ModelForm):
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


class ContactAdminForm(MaskedFieldsMixin, forms.ModelForm):
    masked = {"phone": mask_phone}

    class Meta:
        model = UnitContact
        fields = ["name", "job", "phone", "order"]

    def __init__(self, *args, **kwargs):
        """A line of a table has no room for help: what is stored stands in the field itself."""
        super().__init__(*args, **kwargs)
        self.fields["phone"].widget.attrs["placeholder"] = mask_phone(self.instance.phone)


class PersonAdminForm(MaskedFieldsMixin, forms.ModelForm):
    masked = {"id_number": mask_id_number, "phone": mask_phone}

    class Meta:
        model = PartyMember
        fields = [
            "name",
            "gender",
            "ethnicity",
            "born_on",
            "id_number",
            "phone",
            "education",
            "native_place",
            "job",
            "note",
            "joined_on",
            "full_member_on",
            "user",
        ]

    def clean_id_number(self):
        typed = self.cleaned_data["id_number"]
        others = PartyMember.objects.of_id_number(typed).exclude(pk=self.instance.pk)
        if typed and others.exists():
            raise forms.ValidationError(_("该公民身份号码已经登记。请核对。"))
        return typed


class PeriodFormSet(forms.BaseInlineFormSet):
    """Dated rows in one form: judged by what is typed, not by what they replace.

    So one row can be ended and the next begun in one step.
    """

    def _construct_form(self, i, **kwargs):
        form = super()._construct_form(i, **kwargs)
        form.instance.beside = [row.pk for row in self.get_queryset()]
        return form

    def clean(self):
        super().clean()
        rows = [
            form
            for form in self.forms
            if form.is_bound and not form.errors and form.instance.starts_on and form.has_content()
        ]
        for first, second in combinations(rows, 2):
            if first.instance.overlaps(second.instance):
                sentence = second.instance.EXCLUSIVE_MESSAGE % {"other": first.instance}
                second.add_error("starts_on", sentence)


class PeriodForm(forms.ModelForm):
    def has_content(self) -> bool:
        return bool(self.instance.pk) or self.has_changed()
