"""The words of what can happen to channels, addresses, rules and single deliveries."""

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.events import detail, label
from nanchuan.notices.models import Channel

label(
    channel__created=_("设立通知渠道"),
    channel__changed=_("修改通知渠道"),
    channel__switched_on=_("启用通知渠道"),
    channel__switched_off=_("停用通知渠道"),
    channel__stopped=_("通知渠道停摆"),
    channel__tried=_("测试通知渠道"),
    channel__retried=_("重发无法送达的消息"),
    address__kept=_("登记接收地址"),
    address__dropped=_("删除接收地址"),
    rulesetting__decided=_("修改提醒规则"),
    delivery__resent=_("重新发送"),
    outage__begun=_("后台工作停摆"),
)
SETTINGS = {
    "name": _("名称"),
    "audience_type_id": _("服务对象"),
    "audience_id": _("服务对象"),
    "per_minute": _("每分钟最多"),
    "every_minutes": _("汇总间隔"),
    "webhook": _("Webhook 地址"),
    "secret": _("密钥"),
    "password": _("密码"),
    "host": _("服务器"),
    "port": _("端口"),
    "user": _("用户名"),
    "security": _("加密方式"),
    "sender": _("发件人"),
    "corp_id": _("企业 ID"),
    "agent_id": _("应用 AgentId"),
    "server": _("接口地址"),
    "url": _("网关地址"),
    "signature": _("短信签名"),
}


def _changed(event) -> str:
    names = dict.fromkeys(str(SETTINGS[name]) for name in event.facts["changed"])
    return gettext("、").join(names)


def _tried(event) -> str:
    return event.facts["trouble"] or gettext("成功")


def _retried(event) -> str:
    number = event.facts["number"]
    return ngettext("%(number)d 条", "%(number)d 条", number) % {"number": number}


def _kind(event) -> str:
    return str(Channel.Kind(event.facts["kind"]).label)


detail(
    channel__created=_kind,
    channel__changed=_changed,
    channel__stopped=lambda event: event.facts["reason"],
    channel__tried=_tried,
    channel__retried=_retried,
)
