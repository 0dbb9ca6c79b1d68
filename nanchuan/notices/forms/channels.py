"""Setting a channel up: a form for each kind. Secrets are typed in and never shown again."""

import re
from urllib.parse import parse_qs, urlsplit

from django import forms
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.forms import ScopedModelForm
from nanchuan.notices import groups
from nanchuan.notices.actions.channels import last_change
from nanchuan.notices.models import Channel
from nanchuan.notices.senders import outbound
from nanchuan.notices.senders.answers import Rejected

Kind = Channel.Kind


class SecretField(forms.CharField):
    """Write-only: what is stored is kept where nothing is typed."""

    def __init__(self, **kwargs):
        attrs = {"autocomplete": "new-password", "data-no-draft": ""}
        widget = forms.PasswordInput(attrs, render_value=False)
        super().__init__(widget=widget, max_length=500, **kwargs)


class AddressField(forms.CharField):
    """The address of somebody else's server, by the rules of all that goes out."""

    def clean(self, value):
        return called(super().clean(value))


class SecretAddressField(SecretField):
    def clean(self, value):
        return called(super().clean(value))


def called(url: str) -> str:
    """Raises ValidationError if an address may not be called."""
    if url:
        try:
            outbound.check(url)
        except Rejected as fault:
            raise forms.ValidationError(str(fault)) from None
    return url


def in_ascii(words: str) -> str:
    """What a mail server can be told when signing in. Raises ValidationError."""
    if not words.isascii():
        raise forms.ValidationError(_("只能是英文字母、数字和符号，请核对。"))
    return words


class ChannelForm(ScopedModelForm):
    """The settings of a kind are the fields that its form adds."""

    KIND: Kind

    class Meta:
        model = Channel
        fields = ["name"]
        help_texts = {"name": _("管理员看得懂的名字，如“党务办公室群”。")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        stored = self.instance.settings
        if self.instance.pk:
            last = last_change(self.instance)
            self.fields["seen"] = forms.IntegerField(widget=forms.HiddenInput, initial=last)
        for name in self.own_fields():
            field = self.fields[name]
            if name in Channel.SECRETS:
                self._keep_secret(field, stored.get(name))
            elif name in stored:
                self.initial[name] = stored[name]

    @staticmethod
    def _keep_secret(field, stored):
        if stored:
            field.required = False
            field.help_text = _("已设置，不再显示。不填保持不变。")

    def clean_seen(self):
        """Of two who change it at once the second is told, and may save what is typed after all."""
        seen, now = self.cleaned_data["seen"], self.fields["seen"].initial
        if seen == now:
            return seen
        self.data = self.data.copy()
        self.data["seen"] = now
        raise forms.ValidationError(
            _("这个渠道刚被别人修改。您填写的内容还在下面，请到渠道页对照后再保存。")
        )

    def full_clean(self):
        """A typed secret is not shown again, so whoever corrects another field types it anew."""
        super().full_clean()
        if not self._errors:
            return
        for name in set(self.own_fields()).intersection(Channel.SECRETS):
            if self.data.get(self.add_prefix(name)) and name not in self._errors:
                self.add_error(name, _("密钥不回显，请重新填写。"))

    @classmethod
    def own_fields(cls) -> list[str]:
        return [name for name in cls.declared_fields if name not in ("audience", "per_minute")]

    def save(self, commit=True):
        """The row as typed, not stored: that is the action's business."""
        channel, typed = self.instance, self.cleaned_data
        stored = channel.settings if channel.pk else {}
        settings = {
            name: typed[name] or (stored.get(name, "") if name in Channel.SECRETS else "")
            for name in self.own_fields()
        }
        channel.kind = self.KIND
        channel.settings = {name: value for name, value in settings.items() if value}
        return channel


class RobotForm(ChannelForm):
    """The robot of a group: where it is reached, whom it serves, how often it speaks."""

    webhook = SecretAddressField(label=_("Webhook 地址"))
    audience = forms.ChoiceField(
        label=_("服务对象"),
        required=False,
        help_text=_("群里只收到这个小组和全园区的通知标题，不含个人信息。"),
    )

    class Meta(ChannelForm.Meta):
        fields = ["name", "every_minutes"]

    field_order = ["name", "webhook", "secret", "audience", "every_minutes"]
    HOST, KEY = "", ""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        park = [("", _("全园区"))]
        self.fields["audience"].choices = [*park, *groups.choices()]
        self.fields["every_minutes"].help_text = _("这段时间里的通知合成一条消息。")
        if self.instance.audience_id:
            key = f"{self.instance.audience_type_id}-{self.instance.audience_id}"
            self.initial["audience"] = key
            if self.instance.audience and key not in dict(self._flat()):
                name = str(self.instance.audience)  # dissolved since
                self.fields["audience"].choices += [(key, name)]

    def _flat(self):
        return [pair for _label, pairs in groups.choices() for pair in pairs]

    def clean_webhook(self):
        webhook = self.cleaned_data["webhook"]
        if webhook and self.KEY and not parse_qs(urlsplit(webhook).query).get(self.KEY):
            raise forms.ValidationError(
                _("地址不完整：缺少“%(key)s=”部分。请从群机器人的设置里整条复制。"),
                params={"key": self.KEY},
            )
        return webhook

    def save(self, commit=True):
        channel = super().save(commit)
        kind, _dash, number = self.cleaned_data["audience"].partition("-")
        channel.audience_type = ContentType.objects.get_for_id(int(kind)) if kind else None
        channel.audience_id = int(number) if number else None
        channel.per_minute = Channel.ROBOT_RATE
        return channel


class WecomRobotForm(RobotForm):
    KIND, KEY = Kind.WECOM_ROBOT, "key"


class DingtalkRobotForm(RobotForm):
    KIND, KEY = Kind.DINGTALK_ROBOT, "access_token"
    secret = SecretField(
        label=_("加签密钥"), help_text=_("机器人安全设置选“加签”，复制以 SEC 开头的密钥。")
    )


class FeishuRobotForm(RobotForm):
    KIND = Kind.FEISHU_ROBOT
    secret = SecretField(
        label=_("签名校验密钥"), help_text=_("机器人安全设置勾选“签名校验”，复制密钥。")
    )


class EmailForm(ChannelForm):
    """Without a server mail goes on as the deployment says."""

    KIND = Kind.EMAIL
    host = forms.CharField(
        label=_("邮件服务器"),
        required=False,
        max_length=200,
        help_text=_("如 smtp.example.com。不填则按部署设置（EMAIL_URL）发送，以下各项也不用填。"),
    )
    security = forms.ChoiceField(
        label=_("加密方式"),
        required=False,
        choices=[("ssl", _("SSL/TLS（465 端口）")), ("starttls", _("STARTTLS（587 端口）"))],
    )
    port = forms.TypedChoiceField(
        label=_("端口"),
        required=False,
        coerce=int,
        empty_value=465,
        initial=465,
        choices=[(number, str(number)) for number in (465, 587, 994, 2525, 25)],
    )
    user = forms.CharField(label=_("用户名"), required=False, max_length=200)
    password = SecretField(label=_("密码或授权码"), required=False)
    sender = forms.EmailField(
        label=_("发件人"), required=False, help_text=_("一般要和用户名是同一个邮箱。")
    )

    def clean_host(self):
        host = self.cleaned_data["host"].strip().lower()
        if host and not re.fullmatch(r"[a-z0-9.-]+", host):
            raise forms.ValidationError(_("请只填服务器的名字，如 smtp.example.com。"))
        return host

    def clean_security(self):
        return self.cleaned_data["security"] or "ssl"

    def clean_user(self):
        return in_ascii(self.cleaned_data["user"])

    def clean_password(self):
        return in_ascii(self.cleaned_data["password"])

    def clean(self):
        given = super().clean()
        if given.get("host") and not given.get("sender"):
            self.add_error("sender", _("填了服务器，也要填发件人。"))
        return given

    def save(self, commit=True):
        channel = super().save(commit)
        if not self.cleaned_data["host"]:
            channel.settings = {}
        return channel


class WecomAppForm(ChannelForm):
    KIND = Kind.WECOM_APP
    corp_id = forms.CharField(
        label=_("企业 ID"), max_length=64, help_text=_("在企业微信管理后台“我的企业”最下方。")
    )
    agent_id = forms.IntegerField(
        label=_("应用 AgentId"), min_value=1, help_text=_("在“应用管理”里该应用的页面上。")
    )
    secret = SecretField(label=_("应用 Secret"))
    server = AddressField(
        label=_("接口地址"),
        required=False,
        max_length=200,
        help_text=_("政务微信等自建服务才要填，如 https://wx.example.com；一般不填。"),
    )

    def clean_server(self):
        server = self.cleaned_data["server"].rstrip("/")
        if "?" in server:
            raise forms.ValidationError(_("接口地址里不能有“?”，如 https://wx.example.com。"))
        return server


class SmsForm(ChannelForm):
    KIND = Kind.SMS
    url = AddressField(
        label=_("网关地址"),
        max_length=300,
        help_text=_("平台向它发送签名的 JSON 请求，格式见 docs/channels.md。"),
    )
    secret = SecretField(
        label=_("签名密钥"), min_length=16, help_text=_("和网关约定的密钥，至少 16 个字符。")
    )
    signature = forms.CharField(
        label=_("短信签名"), max_length=20, help_text=_("短信开头【】里的名称，须在运营商报备。")
    )
    per_minute = forms.IntegerField(
        label=_("每分钟最多"), min_value=12, max_value=6000, required=False, initial=60
    )

    field_order = ["name", "url", "secret", "signature", "per_minute"]

    class Meta(ChannelForm.Meta):
        fields = ["name", "per_minute"]


FORMS = {
    form.KIND: form
    for form in (
        EmailForm,
        WecomAppForm,
        SmsForm,
        WecomRobotForm,
        DingtalkRobotForm,
        FeishuRobotForm,
    )
}
