"""The words of what can happen in the alliance."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.events import detail, label

label(
    turn__planned=_("排定轮值"),
    meeting__convened=_("召集会议"),
    meeting__changed=_("更改会议内容"),
    meeting__moved=_("更改会议时间"),
    meeting__offsets_changed=_("更改会前提醒时间"),
    meeting__held=_("会议召开"),
    meeting__cancelled=_("取消会议"),
)

label(
    group__founded=_("成立小组"),
    group__changed=_("更改小组资料"),
    group__dissolved=_("解散小组"),
    seat__joined=_("单位加入"),
    seat__left=_("单位退出"),
    seat__reordered=_("调整章程次序"),
    lead__named=_("确定头雁单位"),
)


def from_day(event):
    return gettext("自 %(day)s 起") % {"day": event.facts["on"]}


def at_place(event):
    return gettext("%(place)s，自 %(day)s 起") % {
        "place": event.facts["place"],
        "day": event.facts["on"],
    }


def moved(event):
    before, after = event.facts["order"]
    return gettext("第 %(before)s 位改为第 %(after)s 位") % {"before": before, "after": after}


detail(
    group__founded=from_day,
    group__dissolved=from_day,
    lead__named=from_day,
    seat__joined=at_place,
    seat__left=at_place,
    seat__reordered=moved,
)
