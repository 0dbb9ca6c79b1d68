"""The words of what can happen to organizations, people and activities."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.actions.reveals import Number, Reason
from nanchuan.kernel.events import detail, label, word_for

label(
    organization__founded=_("成立党组织"),
    organization__renamed=_("更名"),
    organization__moved=_("调整隶属关系"),
    organization__merged=_("并入其他党组织"),
    organization__absorbed=_("接收并入"),
    organization__dissolved=_("撤销党组织"),
    organization__linked=_("归属单位"),
    organization__unlinked=_("解除与单位的归属"),
    organization__changed=_("更正党组织资料"),
    unit__added=_("登记单位"),
    unit__changed=_("更正单位资料"),
    instructor__assigned=_("选派党建指导员"),
    instructor__ended=_("党建指导员结束指导"),
    absence__recorded=_("登记流动或失联"),
    absence__ended=_("结束流动或失联"),
    member__enrolled=_("登记党员"),
    member__changed=_("更正党员资料"),
    member__moved=_("变更组织关系"),
    member__became_full=_("预备党员转正"),
    member__suspended=_("停止党籍"),
    member__resumed=_("恢复党籍"),
    member__left=_("出党"),
    member__deceased=_("登记去世"),
    member__undone=_("撤销最近一次党籍变更"),
    member__number_taken=_("填写了他人已登记的公民身份号码"),
    member__entered=_("登记转入人员"),
    member__transferred=_("转接组织关系"),
    transfer__requested=_("提出转接"),
    transfer__accepted=_("接收"),
    transfer__declined=_("退回"),
    transfer__cancelled=_("撤回"),
    transfer__expired=_("介绍信过期"),
    number__revealed=_("查看完整号码"),
    numbers__exported=_("导出完整号码"),
    members__imported=_("导入党员名册"),
    members__import_undone=_("撤销导入"),
    list__exported=_("导出名单"),
    paper__exported=_("导出文书"),
    term__appointed=_("任职"),
    term__ended=_("离任"),
    term__corrected=_("更正任职日期"),
    committee__elected=_("登记换届"),
    committee__recorded=_("补录届次"),
    committee__extended=_("登记延期"),
    committee__corrected=_("更正届次"),
    activity__logged=_("记录活动"),
    activity__changed=_("更正活动"),
    plan__proposed=_("生成年度计划"),
    plan__added=_("列入计划"),
    plan__changed=_("更改计划"),
    plan__dropped=_("计划不开展"),
    plan__restored=_("恢复计划"),
    activity__submitted=_("重新提交活动"),
    activity__verified=_("核实活动"),
    activity__returned=_("退回活动"),
    activity__withdrawn=_("撤回活动"),
    activity__joined=_("确认联合开展"),
    activity__declined=_("答复未参加"),
    activitykind__added=_("增加活动类型"),
    activitykind__changed=_("更改活动类型"),
    rule__revised=_("修订规则"),
    kind__changed=_("更改类别设定"),
    appraisal__opened=_("开始民主评议"),
    appraisal__handed_in=_("提交自评"),
    appraisal__changed=_("更改评议日程"),
    appraisal__excused=_("调整评议名单"),
    appraisal__peers_began=_("开始互评"),
    appraisal__counted=_("录入纸质互评票数"),
    appraisal__peers_ended=_("结束互评"),
    appraisal__graded=_("保存组织评定"),
    appraisal__submitted=_("报上级确认"),
    appraisal__returned=_("退回评定"),
    appraisal__confirmed=_("确认评定"),
    appraisal__released=_("公布等次"),
    appraisal__closed=_("评议归档"),
    appraisal__cancelled=_("取消评议"),
    lifemeeting__opened=_("筹备组织生活会"),
    lifemeeting__changed=_("更改组织生活会安排"),
    lifemeeting__written=_("填写对照检查"),
    lifemeeting__opinions_read=_("汇总意见"),
    lifemeeting__held=_("登记组织生活会已召开"),
    lifemeeting__closed=_("整改完成"),
    lifemeeting__cancelled=_("取消组织生活会"),
    rectification__added=_("列入整改"),
    rectification__finished=_("完成整改事项"),
    rectification__dropped=_("整改事项不再需要"),
)


def _why(facts):
    return gettext("%(reason)s：%(text)s") % {
        "reason": Reason(facts["reason"]).label,
        "text": facts["text"],
    }


def _rows(facts):
    return gettext("%(number)d 行") % {"number": facts["rows"]}


def _day(event):
    return gettext("自 %(day)s") % {"day": event.facts["on"]}


def _last_day(event):
    return gettext("最后一日 %(day)s") % {"day": event.facts["on"]}


detail(
    member__became_full=_day,
    member__suspended=_day,
    member__resumed=_day,
    member__left=_last_day,
    member__deceased=_last_day,
    member__undone=lambda event: word_for(event.facts["what"]),
    list__exported=lambda event: f"{event.facts['list']} {_rows(event.facts)}",
    paper__exported=lambda event: event.facts["paper"],
    number__revealed=lambda event: f"{Number(event.facts['number']).label} · {_why(event.facts)}",
    activity__returned=lambda event: event.facts["reason"],
    activity__withdrawn=lambda event: event.facts["reason"],
    activity__joined=lambda event: event.facts["organization"],
    activity__declined=lambda event: event.facts["organization"],
    numbers__exported=lambda event: f"{_rows(event.facts)} · {_why(event.facts)}",
    appraisal__returned=lambda event: event.facts["reason"],
    appraisal__cancelled=lambda event: event.facts["reason"],
    lifemeeting__cancelled=lambda event: event.facts["reason"],
)


# The check-up of branches
label(
    dutyrule__added=_("新增组织生活任务"),
    dutyrule__revised=_("修订组织生活任务"),
    exemption__granted=_("豁免组织生活任务"),
    exemption__ended=_("结束豁免"),
    duties__due=_("组织生活任务将到期"),
    duties__missed=_("组织生活任务到期未完成"),
)
detail(
    exemption__granted=lambda event: (
        gettext("%(duty)s，%(first)s 至 %(last)s")
        % {"duty": event.facts["duty"], "first": event.facts["on"], "last": event.facts["until"]}
    ),
    exemption__ended=lambda event: event.facts["duty"],
)
label(
    talk__read=_("查看谈话内容"),
    talk__changed=_("补充谈话内容"),
    talk__withdrawn=_("撤回谈话"),
    study__added=_("登记学习材料"),
    study__changed=_("更正学习材料"),
    study__retired=_("停用学习材料"),
    study__offered=_("恢复使用学习材料"),
    study__detached=_("删去学习材料附件"),
    activity__studied=_("选定学习材料"),
    member__studied=_("登记自学"),
    member__study_taken_back=_("撤销自学登记"),
    suggestion__added=_("登记意见建议"),
    suggestion__answered=_("答复意见建议"),
    organization__summed_up=_("填写年度总结"),
    suggestion__reopened=_("意见建议重新列为待答复"),
)
label(
    dues__based=_("核定党费计算基数"),
    dues__relieved=_("登记党费减免"),
    dues__relief_ended=_("提前结束党费减免"),
    dues__rate_revised=_("修订党费标准"),
    dues__billed=_("核定党费"),
    dues__paid=_("登记缴纳党费"),
    dues__reversed=_("冲正党费"),
    dues__printed=_("打印党费收据"),
    dues__handed_over=_("登记党费上缴"),
    dues__arrears=_("提醒本人党费未交"),
    dues__exported=_("导出党费台账"),
)


def _bills(event):
    number = gettext("%(number)d 份") % {"number": event.facts["number"]}
    return f"{event.facts['month'][:7]} {number}"


detail(
    dues__billed=_bills,
    dues__paid=lambda event: gettext("%(number)d 个月") % {"number": event.facts["months"]},
    dues__arrears=lambda event: gettext("满 %(number)d 个月") % {"number": event.facts["months"]},
    dues__printed=lambda event: gettext("补打") if event.facts["again"] else "",
)
