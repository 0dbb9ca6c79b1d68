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
    rule__revised=_("修订规则"),
    kind__changed=_("更改类别设定"),
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
    numbers__exported=lambda event: f"{_rows(event.facts)} · {_why(event.facts)}",
)
