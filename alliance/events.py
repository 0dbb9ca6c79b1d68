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
    measure__created=_("新增举措"),
    measure__changed=_("修改举措"),
    measure__noted=_("填写进展"),
    measure__file_removed=_("删除佐证"),
    measure__milestone_done=_("节点完成"),
    measure__milestone_undone=_("撤销节点完成"),
    measure__reported=_("报告完成"),
    measure__confirmed=_("确认完成"),
    measure__returned=_("退回继续推进"),
    measure__dropped=_("不再推进"),
    measure__reopened=_("重新推进"),
    measure__extended=_("调整完成期限"),
)
