from crispy_forms.layout import Div, Field, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from alliance.models import ActionItem, Seat
from nanchuan.kernel import roles
from nanchuan.kernel.forms import ScopedModelForm
from services.actions.rights import office
from services.forms.contacts import PhoneField
from services.models import Need

CHANGEABLE = (
    "category",
    "title",
    "content",
    "urgency",
    "audience",
    "contact_name",
    "contact_phone",
)


class NeedForm(ScopedModelForm):
    """An order from a phone: big choices first, whom to call last and known already."""

    item = forms.ModelChoiceField(
        ActionItem.objects.none(), required=False, widget=forms.HiddenInput
    )
    contact_phone = PhoneField(error_messages={"required": _("请填写联系电话，方便责任单位联系。")})

    class Meta:
        model = Need
        fields = ["unit", *CHANGEABLE]
        widgets = {
            "category": forms.RadioSelect,
            "urgency": forms.RadioSelect,
            "audience": forms.RadioSelect,
            "title": forms.TextInput(attrs={"autocomplete": "off"}),
            "content": forms.Textarea(attrs={"rows": 5}),
        }
        help_texts = {
            "title": _("一句话说清要什么，例如“急需两名污水处理技术员”。"),
            "content": _("原因、数量、希望什么时候解决。请勿填写身份证号。"),
        }
        error_messages = {
            "category": {"required": _("请选择类别。")},
            "title": {"required": _("请用一句话写明需求。")},
            "content": {"required": _("请写明具体情况。")},
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("category", "urgency", "audience"):
            field = self.fields[name]
            field.choices = [choice for choice in field.choices if choice[0]]
        self.fields["item"].queryset = ActionItem.objects.visible_to(self.user).live()
        if self.instance.pk:
            del self.fields["item"]
        self._offer_units()
        self._know_the_contact()

    def _offer_units(self):
        if self.instance.pk:
            self.one_unit = self.instance.unit
        else:
            units = self.fields["unit"].queryset
            if not office(self.user):
                units = units.filter(pk__in=roles.places(self.user, roles.UNIT))
            self.fields["unit"].queryset = units
            found = list(units[:2])
            self.one_unit = found[0] if len(found) == 1 else None
        if self.one_unit:
            del self.fields["unit"]

    def _know_the_contact(self):
        if self.instance.pk:
            self.initial["contact_phone"] = ""
            self.fields["contact_phone"].know(self.instance.contact_phone)
            return
        name, phone = self._default_contact(self.one_unit)
        self.initial.setdefault("contact_name", name)
        self.fields["contact_phone"].know(phone)
        self.fields["contact_phone"].required = bool(self.one_unit) and not phone
        if not self.one_unit:
            self.fields["contact_name"].required = False
            self.fields["contact_name"].help_text = self.fields["contact_phone"].help_text = _(
                "不填则用该单位登记的联系人和电话。"
            )

    def _default_contact(self, unit):
        """The filer's own name and number; for another unit those that it registered."""
        if unit is None:
            return ("" if office(self.user) else self.user.name), ""
        if unit.pk not in roles.places(self.user, roles.UNIT):
            return unit.first_contact
        member = getattr(self.user, "member", None)
        return self.user.name, (member and member.phone) or unit.first_contact[1]

    def clean(self):
        cleaned = super().clean()
        unit = cleaned.setdefault("unit", self.one_unit) if self.one_unit else cleaned.get("unit")
        if unit is None:
            return cleaned
        if self.instance.pk:
            known = ("", self.instance.contact_phone)
        else:
            known = self._default_contact(unit)
        for name, value in zip(("contact_name", "contact_phone"), known, strict=True):
            if name in cleaned:
                cleaned[name] = cleaned[name] or value
                if not cleaned[name]:
                    self.add_error(name, _("请填写，方便责任单位联系。"))
        self._check_audience(unit, cleaned.get("audience"))
        return cleaned

    def _check_audience(self, unit, audience):
        seats = Seat.objects.current().filter(unit=unit).exclude(group=None)
        if audience == Need.Audience.GROUP and not seats.exists():
            self.add_error("audience", _("该单位不在产业链小组中，请选择其他公开范围。"))

    def facts(self) -> dict:
        return {name: self.cleaned_data[name] for name in CHANGEABLE}

    def get_layout(self):
        first = ["unit"] if "unit" in self.fields else []
        first += ["item"] if "item" in self.fields else []
        return Layout(
            *first,
            Div(Field("category"), css_class="choices choices-grid"),
            "title",
            "content",
            Div(Field("urgency"), css_class="choices choices-grid"),
            Div(Field("audience"), css_class="choices choices-column"),
            "contact_name",
            "contact_phone",
            "once",
        )
