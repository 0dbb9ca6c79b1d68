from datetime import timedelta

import django_filters
from crispy_forms.layout import Div, Fieldset, Layout
from django import forms
from django.db.models import Q
from django.forms.models import ModelChoiceIterator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.actions import returning, transfers
from members.forms.filters import OrganizationField, OrganizationFilter
from members.forms.people import NameFilter
from members.models import Membership, Organization, PartyMember, Transfer
from members.models.people import ID_NUMBER
from nanchuan.kernel.fields import normalise
from nanchuan.kernel.forms import DateInput, ScopedForm, ScopedModelForm
from nanchuan.kernel.states import StepRefused

DATE_ERRORS = {"invalid": _("请填写真实存在的日期。"), "required": _("请填写日期。")}
STANDINGS = [(each.value, each.label) for each in Membership.COUNTED]
LONGEST_WAIT = 3650


class DayField(forms.DateField):
    widget = DateInput

    def __init__(self, **kwargs):
        super().__init__(error_messages=DATE_ERRORS, **kwargs)


class TargetField(OrganizationField):
    """Any organization of the park: names of organizations are no secret, people are.

    Nothing is chosen beforehand, so that nobody is sent somewhere by oversight.
    """

    iterator = ModelChoiceIterator

    def __init__(self, **kwargs):
        super().__init__(
            Organization.objects.none(),
            label=_("接收党组织"),
            empty_label=_("请选择"),
            widget=forms.Select({"data-search-select": True}),
            **kwargs,
        )

    def offer(self, *, without: Organization | None = None):
        rows = Organization.objects.counted()
        self.queryset = rows.exclude(pk=without.pk) if without else rows


class LetterForm(ScopedForm):
    """What every request has: why, and the letter."""

    reason = forms.CharField(
        label=_("转接原因"),
        max_length=200,
        required=False,
        widget=forms.TextInput({"placeholder": _("例如：工作单位变动")}),
    )
    letter_on = DayField(label=_("介绍信开具日期"), initial=timezone.localdate)

    def clean_letter_on(self):
        try:
            transfers.check_letter(self.cleaned_data["letter_on"], timezone.localdate())
        except StepRefused as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return self.cleaned_data["letter_on"]

    def facts(self) -> dict:
        return {name: value for name, value in self.cleaned_data.items() if name != "once"}


class InsideForm(LetterForm):
    """To another organization of the park."""

    target = TargetField()
    field_order = ["target", "reason", "letter_on"]

    def __init__(self, *args, source: Organization, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["target"].offer(without=source)


class OutgoingForm(LetterForm):
    """To an organization outside, by its name."""

    target_name = forms.CharField(
        label=_("接收党组织"),
        max_length=100,
        help_text=_("写全称，会印在介绍信上。"),
    )
    field_order = ["target_name", "reason", "letter_on"]

    def __init__(self, *args, source: Organization, **kwargs):
        super().__init__(*args, **kwargs)


FACTS = ["name", "gender", "ethnicity", "born_on", "id_number", "phone", "joined_on"]
FACTS += ["full_member_on"]


class IncomingForm(LetterForm, ScopedModelForm):
    """Somebody comes from outside: who it is, as the letter says, and where to."""

    target = TargetField()
    source_name = forms.CharField(
        label=_("转出党组织"), max_length=100, help_text=_("园区外，写全称。")
    )
    letter_number = forms.CharField(label=_("介绍信编号"), max_length=50, required=False)
    standing = forms.ChoiceField(
        label=_("党员类别"), choices=STANDINGS, initial=Membership.Standing.FULL
    )

    class Meta:
        model = PartyMember
        fields = FACTS
        widgets = dict.fromkeys(("born_on", "joined_on", "full_member_on"), DateInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        fields = self.fields
        for name in ("id_number", "joined_on"):
            fields[name].required = True
        fields["id_number"].widget = forms.TextInput({"autocomplete": "off"})
        fields["phone"].widget = forms.TextInput({"autocomplete": "off", "inputmode": "tel"})
        fields["born_on"].help_text = _("不填则取自公民身份号码。")
        fields["target"].queryset = Organization.objects.counted().editable_by(self.user)
        self._one_target()

    def _one_target(self):
        found = list(self.fields["target"].queryset[:2])
        if len(found) == 1:
            self.initial.setdefault("target", found[0].pk)

    def get_layout(self):
        return Layout(
            Fieldset(_("从哪里来"), "source_name", "target", "reason"),
            Fieldset(_("介绍信"), Div("letter_number", "letter_on", css_class="form-pairs")),
            Fieldset(
                _("本人"),
                Div("name", "gender", css_class="form-pairs"),
                Div("id_number", "phone", css_class="form-pairs"),
                Div("born_on", "ethnicity", css_class="form-pairs"),
            ),
            Fieldset(
                _("党籍"),
                "standing",
                Div("joined_on", "full_member_on", css_class="form-pairs"),
            ),
            "once",
        )

    def clean_id_number(self):
        return normalise(self.cleaned_data["id_number"])

    def clean_phone(self):
        return normalise(self.cleaned_data["phone"])

    def clean(self):
        given = super().clean()
        self._check_days(given)
        if given.get("id_number") and given.get("name"):
            self._read_the_birthday(given)
            try:
                returning.find(given["id_number"], given["name"], by=self.user)
            except StepRefused as refusal:
                self.add_error("id_number", str(refusal))
        return given

    def _check_days(self, given):
        today = timezone.localdate()
        for name in ("born_on", "joined_on", "full_member_on"):
            if given.get(name) and given[name] > today:
                self.add_error(name, _("日期不能晚于今天。请核对年份。"))
        joined, full = given.get("joined_on"), given.get("full_member_on")
        if given.get("standing") == Membership.Standing.PROBATIONARY and full:
            self.add_error("full_member_on", _("预备党员还没有转正日期。请核对党员类别。"))
        elif joined and full and full < joined:
            self.add_error("full_member_on", _("转正日期不能早于入党日期。"))

    def _read_the_birthday(self, given):
        found = ID_NUMBER.fullmatch(given["id_number"])
        text = found["born"] or f"19{found['short']}"
        born_on = forms.DateField(input_formats=["%Y%m%d"]).clean(text)
        if given.get("born_on") and given["born_on"] != born_on:
            self.add_error("born_on", _("与公民身份号码中的出生日期不同。请核对。"))
        given["born_on"] = born_on
        if given.get("joined_on") and given["joined_on"] < born_on:
            self.add_error("joined_on", _("入党日期早于出生日期。请核对。"))


class RenewForm(LetterForm):
    """A new letter in place of one that came to nothing; prefilled from the old."""

    def __init__(self, *args, old: Transfer, **kwargs):
        super().__init__(*args, **kwargs)
        self.old = old
        self.initial["reason"] = old.reason
        if old.direction == Transfer.Direction.INSIDE:
            self.fields["target"] = TargetField(initial=old.target_id)
            self.fields["target"].offer(without=old.source)
        elif old.direction == Transfer.Direction.OUTGOING:
            name = OutgoingForm.base_fields["target_name"]
            self.fields["target_name"] = forms.CharField(
                label=name.label, max_length=100, initial=old.target_name
            )
        else:
            self.fields["letter_number"] = forms.CharField(
                label=_("介绍信编号"), max_length=50, required=False
            )
        self.order_fields(["target", "target_name", "letter_number", "letter_on", "reason"])


class AcceptForm(ScopedForm):
    """From which day on; the day of the form is today."""

    effective_on = DayField(label=_("生效日期"), initial=timezone.localdate)
    answer = forms.CharField(label=_("备注"), max_length=200, required=False)

    def __init__(self, *args, transfer: Transfer, **kwargs):
        super().__init__(*args, **kwargs)
        self.transfer = transfer
        self.fields["effective_on"].help_text = _(
            "从这一天起由接收党组织管理，前一天原组织关系结束。可以填 %(first)s 至 %(last)s。"
        ) % {"first": transfer.letter_on or "—", "last": transfer.valid_until or "—"}

    def clean_effective_on(self):
        day = self.cleaned_data["effective_on"]
        try:
            transfers.check_effective(self.transfer, day, timezone.localdate())
        except StepRefused as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return day


class DeclineForm(ScopedForm):
    """Why the letter goes back."""

    reason = forms.CharField(
        label=_("退回原因"),
        max_length=200,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": _("请写明退回原因，对方会看到。")},
    )

    def __init__(self, *args, transfer: Transfer, **kwargs):
        super().__init__(*args, **kwargs)


class TransferFilterSet(django_filters.FilterSet):
    usual = ("q", "status", "direction")

    q = NameFilter(label=_("姓名、拼音"), max_length=50, method="named")
    status = django_filters.ChoiceFilter(label=_("状态"), choices=Transfer.Status.choices)
    direction = django_filters.ChoiceFilter(label=_("转接方式"), choices=Transfer.Direction.choices)
    organization = OrganizationFilter(method="of_organization")
    waiting = django_filters.NumberFilter(
        label=_("等待超过（天）"),
        method="waiting_longer",
        min_value=0,
        max_value=LONGEST_WAIT,
        decimal_places=0,
    )
    since = django_filters.DateFilter(
        label=_("申请日期从"), field_name="requested_at", lookup_expr="date__gte", widget=DateInput
    )
    until = django_filters.DateFilter(
        label=_("申请日期至"), field_name="requested_at", lookup_expr="date__lte", widget=DateInput
    )

    def named(self, rows, name, value):
        people = PartyMember.objects.search(value).order_by().values("pk")
        return rows.filter(member__in=people)

    def of_organization(self, rows, name, organization):
        path = organization.path
        return rows.filter(Q(source__path__startswith=path) | Q(target__path__startswith=path))

    def waiting_longer(self, rows, name, days):
        before = timezone.now() - timedelta(days=int(days))
        return rows.filter(status=Transfer.Status.REQUESTED, requested_at__lt=before)


class PickFilterSet(django_filters.FilterSet):
    """Whom a transfer is about."""

    q = NameFilter(label=_("姓名、拼音、手机后四位"), max_length=50)
