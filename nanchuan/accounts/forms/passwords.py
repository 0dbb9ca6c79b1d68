from allauth.account import forms as allauth
from django import forms
from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.forms import HelperMixin


class ChangePasswordForm(allauth.ChangePasswordForm):
    """A change that is forced must be one."""

    def clean_password1(self):
        password = self.cleaned_data["password1"]
        if self.user.check_password(password):
            raise forms.ValidationError(_("新密码不能与原密码相同。"))
        return password


class SlipForm(HelperMixin, forms.Form):
    """The code of a slip, which the action judges, and the password that it gives a right to."""

    code = forms.CharField(
        label=_("凭条上的登录码"),
        max_length=40,
        help_text=_("共 12 位，不分大小写，短横可以不输。"),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "data-slip-code": "",
            }
        ),
    )
    password = forms.CharField(
        label=_("新密码"),
        strip=False,
        help_text=_("至少 12 个字符，不要用常见的密码，不要只用数字。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
    )
    again = forms.CharField(
        label=_("再输一次新密码"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
    )

    def clean(self):
        given = super().clean()
        if given.get("password") and given.get("again") and given["password"] != given["again"]:
            self.add_error("again", _("两次输入的密码不一致。"))
        elif given.get("password"):
            self.judge(given["password"])
        return given

    def judge(self, password):
        """Judged before the code is, so that a weak password tells nothing about the code."""
        try:
            password_validation.validate_password(password)
        except forms.ValidationError as weak:
            self.add_error("password", weak)
