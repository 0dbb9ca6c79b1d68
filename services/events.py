"""The words of what can happen to needs, resources and projects."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.events import detail, label
from services.models import Clock, Told

label(
    need__filed=_("点单"),
    need__changed=_("修改需求"),
    need__resubmitted=_("补充后重新提交"),
    need__returned=_("退回补充"),
    need__declined=_("未受理"),
    need__published=_("审核发布"),
    need__accepted=_("接单"),
    need__matched=_("对接项目"),
    need__offered=_("提交解决方案"),
    need__refused=_("企业退回方案"),
    need__confirmed=_("企业确认解决"),
    need__closed=_("销号"),
    need__reopened=_("重新办理"),
    need__withdrawn=_("撤回需求"),
    need__phone_shown=_("查看联系电话"),
    resource__added=_("登记资源"),
    resource__changed=_("修改资源"),
    project__started=_("建立项目"),
    project__progressed=_("填写进展"),
)

# What can happen to a project
label(
    need__left_project=_("退出项目"),
    project__launched=_("启动实施"),
    project__changed=_("修改项目"),
    project__need_joined=_("加入需求"),
    project__need_left=_("需求退出项目"),
    project__need_withdrawn=_("服务的需求已撤回"),
    project__unit_joined=_("加入协作单位"),
    project__unit_left=_("协作单位退出"),
    project__asked=_("请单位投入资源"),
    project__committed=_("投入资源"),
    project__withdrawn=_("撤回投入"),
    project__milestone_planned=_("安排节点"),
    project__milestone_changed=_("修改节点"),
    project__milestone_done=_("完成节点"),
    project__milestone_dropped=_("取消节点"),
    project__money_written=_("登记资金"),
    project__money_cancelled=_("作废一笔资金"),
    project__risk_raised=_("提出风险"),
    project__risk_handled=_("登记风险应对措施"),
    project__risk_closed=_("解除风险"),
    project__effect_stated=_("填写成效"),
    project__stopped=_("中止项目"),
    project__closed=_("完成项目"),
    project__archived=_("归档项目"),
    project__reopened=_("重新启动项目"),
)

label(
    drive__started=_("开展专项行动"),
    drive__changed=_("修改专项行动"),
    visit__recorded=_("登记走访"),
    visit__corrected=_("更正走访"),
    visit__removed=_("删除走访"),
)

# Before a joint meeting
label(
    need__tabled=_("提请联席会议"),
    need__set_down=_("待下次联席会议征集议题时提请"),
)

# Papers
label(need__notice_issued=_("出具交办通知书"))
detail(need__notice_issued=lambda event: event.facts["number"])

# The clock
label(
    need__nearing=_("临近到期提醒"),
    need__chased=_("到期催办"),
    need__ruling_chased=_("催办异议裁定"),
    need__help_chased=_("催办协办"),
)
detail(need__chased=lambda event: str(Clock.Level(event.facts["level"]).label))
detail(
    need__ruling_chased=lambda event: str(Told(event.facts["level"]).label),
    need__help_chased=lambda event: (
        f"{event.facts['unit_name']} {Told(event.facts['level']).label}"
    ),
)

# The loop
label(
    need__appealed=_("提出申诉"),
    need__appeal_ruled=_("答复申诉"),
    need__merged=_("并案"),
    need__dispatched=_("派单"),
    need__disputed=_("提出异议"),
    need__ruled=_("裁定异议"),
    need__reassigned=_("转办其他单位"),
    need__help_asked=_("请单位协办"),
    need__helped=_("协办完成"),
    need__help_released=_("解除协办"),
    need__contacted=_("联系企业"),
    need__noted=_("填写办理记录"),
    need__noted_inside=_("填写内部记录"),
    need__stated=_("提交长期办理月报"),
    need__replied=_("企业补充情况"),
    need__extension_asked=_("申请延期"),
    need__extension_granted=_("同意延期"),
    need__extension_refused=_("不同意延期"),
    need__held=_("暂停计时"),
    need__resumed=_("恢复计时"),
    need__long_term=_("转为长期办理"),
    need__long_term_ended=_("结束长期办理"),
    need__confirmed_silently=_("到期自动确认"),
)


def _days(event) -> str:
    return gettext("%(days)d 个工作日") % {"days": event.facts["days"]}


def _ruling(event) -> str:
    return gettext("成立") if event.facts["upheld"] else gettext("不成立")


detail(
    need__accepted=lambda event: event.facts["unit"],
    need__dispatched=lambda event: event.facts["unit"],
    need__reassigned=lambda event: event.facts["unit"],
    need__help_asked=lambda event: event.facts["units"],
    need__help_released=lambda event: event.facts["units"],
    need__helped=lambda event: event.facts["unit"],
    need__merged=lambda event: event.facts["into"],
    need__extension_asked=_days,
    need__extension_granted=_days,
    need__appeal_ruled=_ruling,
    need__ruled=_ruling,
)

# What is given
label(
    resource__approved=_("资源通过审核"),
    resource__returned=_("退回补充"),
    resource__resubmitted=_("补充后重新提交"),
    resource__paused=_("暂停提供"),
    resource__resumed=_("恢复提供"),
    resource__withdrawn=_("撤回资源"),
    resource__phone_shown=_("查看联系电话"),
    booking__asked=_("认领资源"),
    booking__offered=_("主动提供资源"),
    booking__agreed=_("同意认领"),
    booking__declined=_("谢绝认领"),
    booking__cancelled=_("取消认领"),
    booking__moved=_("认领随需求并案"),
    booking__used=_("登记资源已使用"),
    booking__returned=_("登记资源未用退回"),
)

# Last year's list
label(needs__imported=_("导入需求清单"), needs__import_undone=_("撤销导入需求清单"))

# The matching table
label(
    matching__built=_("编制匹配表"),
    matching__chosen=_("改定匹配"),
    matching__left_out=_("决定不安排"),
    matching__locked=_("锁定匹配"),
    matching__unlocked=_("解除锁定"),
    matching__applied=_("执行匹配表"),
)
detail(
    matching__built=lambda event: gettext("%(needs)d 条需求，%(given)d 条有资源") % event.facts,
    matching__chosen=lambda event: "{need} → {resource}".format(**event.facts),
    matching__left_out=lambda event: event.facts["need"],
    matching__locked=lambda event: event.facts["need"],
    matching__unlocked=lambda event: event.facts["need"],
    matching__applied=lambda event: (
        gettext("认领 %(booked)d 份，其中 %(agreed)d 份已约定；%(refused)d 条没有办成")
        % event.facts
    ),
)

# The working calendar
label(
    calendar__day_set=_("设定工作日历"),
    calendar__day_cleared=_("恢复国家安排"),
    calendar__hours_set=_("设定作息时间"),
    calendar__hours_dropped=_("删去作息时间"),
)

# Who asks for the same, and what need not be asked
label(
    need__cofiled=_("列为共同提出单位"),
    need__cofiling_asked=_("申请一起提出"),
    need__cofiling_refused=_("未同意一起提出"),
    need__cofiling_left=_("退出共同提出"),
    need__cofiling_dropped=_("撤回一起提出的申请"),
    need__cofiling_ended=_("不再列为共同提出单位"),
    answer__added=_("登记现成答复"),
    answer__changed=_("修改现成答复"),
    answer__helped=_("看了现成答复，没有提交需求"),
)

# What the office said of a suggestion
label(
    need__suggestion_doubted=_("指出推荐不对"),
    need__suggestion_trusted=_("收回推荐意见"),
)
detail(
    need__suggestion_doubted=lambda event: event.facts["resource"],
    need__suggestion_trusted=lambda event: event.facts["resource"],
)
