"""Whom to call: a number is typed, but never shown again in full."""

import unicodedata

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.fields import mask_phone

is_phone = RegexValidator(
    r"^\+?[0-9][0-9\- ]{4,18}$",
    _("请填写正确的电话号码，例如 11 位手机号，或带区号的固定电话。"),
)


class PhoneField(forms.CharField):
    """A telephone number, full-width digits allowed; `known` is kept when nothing is typed."""

    def __init__(self, **kwargs):
        super().__init__(
            **{
                "label": _("联系电话"),
                "required": False,
                "max_length": 20,
                "widget": forms.TextInput(
                    attrs={"inputmode": "tel", "autocomplete": "off", "data-no-draft": ""}
                ),
            }
            | kwargs
        )
        self.validators.append(is_phone)

    def to_python(self, value):
        return unicodedata.normalize("NFKC", super().to_python(value)).strip()

    def know(self, phone: str) -> None:
        """Say which number stands already, masked."""
        if phone:
            self.help_text = _("已登记 %(phone)s，不改请留空。") % {"phone": mask_phone(phone)}


class KeepsPhoneMixin:
    """A form of a record whose number is shown masked, and kept when nothing is typed."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["contact_phone"] = ""
            self.fields["contact_phone"].know(self.instance.contact_phone)
        self._known_phone = self.instance.contact_phone

    def clean_contact_phone(self):
        return self.cleaned_data["contact_phone"] or self._known_phone
