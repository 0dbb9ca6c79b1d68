"""The words of what can happen in the alliance."""

from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.events import label

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
    turn__begun=_("轮值启动"),
    turn__described=_("填写轮值信息"),
    meeting__drafted=_("草拟会议"),
    meeting__redrafted=_("修改会议草稿"),
    meeting__discarded=_("取消会议草稿"),
    duty__done=_("完成轮值职责"),
    duty__reopened=_("重新办理轮值职责"),
    duty__dropped=_("不再要求轮值职责"),
    handover__opened=_("开始交接"),
    handover__described=_("填写交接单"),
    handover__signed=_("交接签字"),
    handover__refused=_("退回交接单"),
    handover__reopened=_("接任单位有变，重新填写"),
    handover__done=_("完成交接"),
    handover__dropped=_("无需交接"),
)
