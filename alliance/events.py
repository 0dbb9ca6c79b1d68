"""The words of what can happen in the alliance."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alliance.naming import named
from nanchuan.kernel.events import detail, label

label(
    turn__planned=_("排定轮值"),
    turn__reassigned=_("轮值顺延调整"),
    turn__cut_short=_("轮值提前结束"),
    turn__declined=_("婉拒轮值"),
    turn__substituted=_("安排代为轮值"),
    turn__overridden=_("指定轮值单位"),
    turn__swapped=_("轮值对调"),
    swap__proposed=_("提出对调"),
    swap__agreed=_("同意对调"),
    swap__refused=_("不同意对调"),
    swap__withdrawn=_("撤回对调"),
    swap__confirmed=_("确认对调"),
    swap__lapsed=_("对调失效"),
    meeting__convened=_("召集会议"),
    meeting__changed=_("更改会议内容"),
    meeting__moved=_("更改会议时间"),
    meeting__recounted=_("按新的工作日历重算日期"),
    meeting__offsets_changed=_("更改会前提醒时间"),
    meeting__held=_("会议召开"),
    meeting__cancelled=_("取消会议"),
)

label(
    regulation__drafted=_("起草"),
    regulation__edited=_("修改草案"),
    regulation__attached=_("添加附件"),
    regulation__detached=_("删去附件"),
    regulation__adopted=_("印发"),
    regulation__withdrawn=_("作废"),
    regulation__dropped=_("不再采用草案"),
    sign_off__asked=_("请单位签字"),
    sign_off__reminded=_("提醒签字"),
    sign_off__read=_("阅读全文"),
    sign_off__signed=_("签字背书"),
    turn__begun=_("轮值启动"),
    turn__described=_("填写轮值信息"),
    meeting__drafted=_("草拟会议"),
    meeting__redrafted=_("修改会议草稿"),
    meeting__discarded=_("取消会议草稿"),
    meeting__taken_over=_("改由接任单位召集"),
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
    feed__subscribed=_("订阅日历"),
    feed__revoked=_("停用日历订阅"),
)

label(meeting__attendance_corrected=_("更正到会情况"))
detail(
    meeting__held=lambda event: _came(event.facts),
    meeting__attendance_corrected=lambda event: _came(event.facts),
)


def _came(facts):
    return gettext("到会 %(attended)d / 应到 %(invited)d") % {
        "attended": facts["attended"],
        "invited": facts["invited"],
    }


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


def numbered(event):
    return event.facts["number"]


label(
    resolution__adopted=_("记录议定事项"),
    resolution__changed=_("修改议定事项"),
    resolution__struck=_("删去议定事项"),
    resolution__item_added=_("确定责任单位"),
    resolution__item_changed=_("更改责任单位或期限"),
    resolution__item_removed=_("删去责任单位"),
)
detail(
    resolution__adopted=numbered,
    resolution__changed=numbered,
    resolution__struck=numbered,
    resolution__item_added=numbered,
    resolution__item_changed=numbered,
    resolution__item_removed=numbered,
)

label(
    checkin__made=_("签到"),
    checkin__timed=_("更正到会时间"),
    checkin__left=_("离会"),
    checkin__returned=_("返回会场"),
    checkin__withdrawn=_("撤销签到"),
    meeting__sheet_entered=_("据签到表补录"),
    vote__entered=_("登记表决"),
    vote__corrected=_("更正表决"),
    vote__removed=_("删去表决"),
)


def counted(event):
    return gettext(
        "应到 %(entitled)d，实到 %(present)d，"
        "赞成 %(in_favour)d，反对 %(against)d，弃权 %(abstained)d"
    ) % {
        name: event.facts[name]
        for name in ("entitled", "present", "in_favour", "against", "abstained")
    }


detail(
    checkin__withdrawn=lambda event: event.facts["reason"],
    vote__entered=counted,
    vote__corrected=counted,
    vote__removed=counted,
)

label(
    item__assigned=_("下达督办事项"),
    item__noted=_("填写办理进展"),
    item__file_removed=_("删除督办佐证"),
    item__reported=_("报告办理完成"),
    item__confirmed=_("确认办结"),
    item__returned=_("退回继续办理"),
    item__dropped=_("改为不再办理"),
    item__reopened=_("重新办理"),
    item__reassigned=_("调整责任单位"),
    item__extension_asked=_("申请延期"),
    item__extension_granted=_("同意延期"),
    item__extension_refused=_("不同意延期"),
    item__extension_withdrawn=_("撤回延期申请"),
)


def other_day(event):
    return gettext("%(from)s 改为 %(to)s") % event.facts


detail(
    item__extension_asked=other_day,
    item__extension_granted=other_day,
    item__extension_refused=other_day,
    item__extension_withdrawn=other_day,
)
label(
    minutes__begun=_("起草纪要"),
    minutes__edited=_("修改纪要"),
    minutes__submitted=_("纪要送审"),
    minutes__approved=_("审定纪要"),
    minutes__returned=_("退回纪要"),
    minutes__recalled=_("撤回审定"),
    minutes__published=_("印发纪要"),
    minutes__reopened=_("更正纪要"),
    minutes__withdrawn=_("撤回送审"),
    minutes__discarded=_("放弃更正"),
)


def by_number(event):
    return event.facts["number"]


def of_version(event):
    return gettext("第 %(version)d 版") % event.facts


detail(minutes__discarded=of_version)
detail(minutes__approved=by_number)
label(
    meeting__topics_called=_("征集议题"),
    topic__proposed=_("提出议题"),
    topic__edited=_("修改议题"),
    topic__withdrawn=_("撤回议题"),
    topic__supported=_("附议"),
    topic__unsupported=_("撤回附议"),
    topic__adopted=_("议题列入议程"),
    topic__deferred=_("议题留待下次"),
    topic__declined=_("议题不列入"),
    topic__put_back=_("重新考虑议题"),
    topic__taken_over=_("接过以前的议题"),
    meeting__agenda_changed=_("编排议程"),
    meeting__agenda_told=_("通知议程有变"),
    meeting__material_added=_("添加会议材料"),
    meeting__material_removed=_("删除会议材料"),
    invitation__replied=_("回复邀请"),
    invitation__added=_("增加邀请"),
    meeting__guest_added=_("登记列席人员"),
    meeting__guest_changed=_("修改列席人员"),
    meeting__guest_removed=_("移出列席人员"),
)

label(
    meeting__invited=_("增加受邀单位"),
    meeting__uninvited=_("撤回邀请"),
    meeting_kind__created=_("新增会议类型"),
    meeting_kind__changed=_("更改会议类型"),
    series__created=_("开设系列会议"),
    series__changed=_("更改系列会议"),
    series__ended=_("停办系列会议"),
)
detail(meeting__uninvited=lambda event: named(event.facts["units"]))

label(item__struck=_("删去督办事项"))
