"""A person of the roster: entered, put right, and taken through the steps of a membership."""

from itertools import pairwise

from crispy_forms.layout import Div, Fieldset, Layout
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.actions import numbers
from members.forms.filters import OrganizationField
from members.models import Membership, Organization, PartyMember
from nanchuan.kernel.conflicts import ConflictMixin
from nanchuan.kernel.fields import mask_id_number, mask_phone
from nanchuan.kernel.forms import (
    DateInput,
    MaskedFieldsMixin,
    ScopedForm,
    ScopedFormMixin,
    ScopedModelForm,
)
from nanchuan.kernel.states import StepRefused

FACTS = [
    "name",
    "gender",
    "ethnicity",
    "born_on",
    "id_number",
    "phone",
    "education",
    "native_place",
    "job",
    "joined_on",
    "full_member_on",
    "note",
]


class PersonFormMixin(MaskedFieldsMixin):
    """The facts of a person, with what contradicts them."""

    masked = {"id_number": mask_id_number, "phone": mask_phone}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("gender", "education"):
            words = [choice for choice in self.fields[name].choices if choice[0]]
            self.fields[name].choices = [("", _("请选择")), *words]

    def clean_id_number(self):
        typed = self.cleaned_data["id_number"]
        if typed and typed != self._stored["id_number"]:
            try:
                numbers.check(typed, person=self.instance, by=self.user)
            except StepRefused as refusal:
                raise forms.ValidationError(str(refusal)) from None
        return typed

    def clean(self):
        given, today = super().clean(), timezone.localdate()
        days = [(name, given.get(name)) for name in ("born_on", "joined_on", "full_member_on")]
        for name, day in days:
            if day and day > today:
                self.add_error(name, _("日期不能晚于今天。请核对年份。"))
        for (_earlier, first), (name, second) in pairwise(days):
            if first and second and second < first:
                self.add_error(name, _("早于前一个日期。请核对出生、入党和转正的日期。"))
        return given

    def facts(self) -> dict:
        return {name: self.cleaned_data[name] for name in FACTS}


class PersonMeta:
    model = PartyMember
    fields = FACTS
    widgets = dict.fromkeys(("born_on", "joined_on", "full_member_on"), DateInput)


def who():
    return Fieldset(
        _("本人"),
        Div("name", "gender", "ethnicity", "born_on", css_class="form-pairs"),
        "id_number",
        "phone",
        Div("education", "native_place", css_class="form-pairs"),
        "job",
    )


def party():
    return Fieldset(_("党籍"), Div("joined_on", "full_member_on", css_class="form-pairs"), "note")


class PlaceMixin(forms.Form):
    """Where somebody belongs, as what, and since when."""

    organization = OrganizationField(
        label=_("所在党组织"),
        queryset=Organization.objects.current(),
        empty_label=_("请选择"),
    )
    standing = forms.ChoiceField(
        label=_("党员类别"),
        choices=[
            (each.value, each.label)
            for each in (Membership.Standing.FULL, Membership.Standing.PROBATIONARY)
        ],
    )
    starts_on = forms.DateField(
        label=_("组织关系自何日起"),
        required=False,
        widget=DateInput,
        help_text=_("不填则从入党日期或党组织成立日期算起。"),
    )

    def clean_starts_on(self):
        day = self.cleaned_data["starts_on"]
        if day and day > timezone.localdate():
            raise forms.ValidationError(_("日期不能晚于今天。请在当天办理。"))
        return day

    def clean(self):
        given = super().clean()
        place, day = given.get("organization"), given.get("starts_on")
        if place and day and day < place.starts_on:
            self.add_error(
                "starts_on",
                _("%(name)s成立于 %(day)s，组织关系不能更早。")
                % {"name": place, "day": place.starts_on},
            )
        return given


class PersonForm(PersonFormMixin, PlaceMixin, ScopedModelForm):
    """Somebody new on the roster, with the organization and since when."""

    class Meta(PersonMeta):
        pass

    def get_layout(self):
        place = Fieldset(
            _("组织关系"),
            "organization",
            Div("standing", "starts_on", css_class="form-pairs"),
        )
        return Layout("once", who(), place, party())


class PlaceForm(ScopedFormMixin, PlaceMixin):
    """Somebody known, who belongs nowhere today."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["starts_on"].required = True
        self.fields["starts_on"].help_text = ""


class PersonEditForm(ConflictMixin, PersonFormMixin, ScopedModelForm):
    """What is known of a person, put right. Where one belongs changes by steps, not here."""

    class Meta(PersonMeta):
        pass

    def get_layout(self):
        questions = [name for name in self.fields if name.startswith("keep_")]
        return Layout("once", "seen", *questions, who(), party())


class StepForm(ScopedForm):
    """The day of a step, and why. A rule that speaks against it is read before it is done."""

    on = forms.DateField(label=_("日期"), widget=DateInput, initial=timezone.localdate)
    note = forms.CharField(
        label=_("说明"),
        max_length=200,
        required=False,
        help_text=_("批准文号或原因。会显示在组织关系的变更中。"),
    )

    def __init__(self, *args, person, step, **kwargs):
        super().__init__(*args, **kwargs)
        self.person, self.step = person, step
        self.fields["on"].label = step.day
        self.fields["note"].required = step.needs_note
        if self.is_bound and "confirmed" in self.data:
            self._ask()

    def clean(self):
        given = super().clean()
        if given.get("on") and (caution := self.step.caution(self.person, given["on"])):
            self._ask()
            if not self.data.get("confirmed"):
                self.add_error(None, caution)
        return given

    def _ask(self):
        self.fields["confirmed"] = forms.BooleanField(
            label=_("已知悉上述规定，仍按这个日期办理"), required=False
        )
