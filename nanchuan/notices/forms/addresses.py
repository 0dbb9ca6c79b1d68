"""Where channels find a person; stored numbers are never shown in full."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.fields import mask_phone, normalise
from nanchuan.kernel.forms import ScopedForm
from nanchuan.notices.addresses import known_address
from nanchuan.notices.models import Address

CLEARED = "-"
PHONE = re.compile(r"\+?[0-9]{6,15}")
WECOM = re.compile(r"[0-9A-Za-z][\w.@-]*", re.ASCII)  # "@all" would tell everybody in the company


class AddressForm(ScopedForm):
    """Empty keeps what is stored, a hyphen takes it away."""

    wecom_app = forms.CharField(
        label=_("企业微信账号"),
        required=False,
        max_length=64,
        widget=forms.TextInput({"autocomplete": "off", "data-no-draft": ""}),
    )
    sms = forms.CharField(
        label=_("接收短信的手机"),
        required=False,
        max_length=30,
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "tel", "data-no-draft": ""}),
    )

    def __init__(self, *args, person, **kwargs):
        super().__init__(*args, **kwargs)
        stored = {row.channel: row.value for row in Address.objects.filter(user=person)}
        for name, mask in (("wecom_app", str), ("sms", mask_phone)):
            self.fields[name].help_text = self._hint(name, mask, stored.get(name), person)

    def _hint(self, name, mask, stored, person):
        if stored:
            words = _("现为 %(value)s。不填保持不变，填“-”清除。")
            return words % {"value": mask(stored)}
        if known_address(name, person):
            return _("未填写，使用名册中登记的电话。")
        return _("未登记。")

    def clean_wecom_app(self):
        value = self.cleaned_data["wecom_app"].strip()
        if value not in ("", CLEARED) and not WECOM.fullmatch(value):
            raise forms.ValidationError(
                _("企业微信账号以字母或数字开头，只含字母、数字和 . - _ @，请核对。")
            )
        return value

    def clean_sms(self):
        typed = self.cleaned_data["sms"].strip()
        value = typed if typed == CLEARED else normalise(typed)
        if value not in ("", CLEARED) and not PHONE.fullmatch(value):
            raise forms.ValidationError(_("手机号码应是 6 到 15 位数字。"))
        return value

    def changes(self) -> dict[str, str]:
        """What to store for each channel; an empty value takes it away."""
        typed = {name: self.cleaned_data[name] for name in ("wecom_app", "sms")}
        return {name: "" if value == CLEARED else value for name, value in typed.items() if value}
