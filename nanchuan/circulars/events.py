"""The words of what can happen to circulars and to those they went to."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.events import detail, label

label(
    circular__drafted=_("起草通知"),
    circular__changed=_("修改通知草稿"),
    circular__addressed=_("选择发送范围"),
    circular__dropped=_("删除通知草稿"),
    circular__published=_("发布通知"),
    circular__recalled=_("撤回通知"),
    circular__replaced=_("通知已被新版本替代"),
    circular__extended=_("统一延期"),
    circular__reminded=_("提醒未办"),
    circular__closed=_("截止"),
    circular__archived=_("归档通知"),
    circular__collected=_("下载报送文件"),
    circular__numbering_set=_("设定发文字号"),
)
label(
    addressee__read=_("阅读通知"),
    addressee__confirmed=_("确认收到"),
    addressee__submitted=_("报送材料"),
    addressee__returned=_("退回报送"),
    addressee__accepted=_("报送审核通过"),
    addressee__extension_asked=_("申请延期"),
    addressee__extension_granted=_("同意延期"),
    addressee__extension_refused=_("不同意延期"),
)


def _receivers(event):
    return gettext("发给 %(number)d 个单位和党组织") % {"number": event.facts["receivers"]}


def _version(event):
    return gettext("第 %(number)d 版") % {"number": event.facts["version"]}


def _number(event):
    return gettext("%(number)d 个") % {"number": event.facts["number"]}


detail(
    circular__published=_receivers,
    circular__reminded=_number,
    circular__extended=_number,
    addressee__submitted=_version,
    addressee__returned=_version,
)
