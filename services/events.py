"""The words of what can happen to needs, resources and projects."""

from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.events import detail, label

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
    resource__added=_("登记资源"),
    resource__changed=_("修改资源"),
    project__started=_("建立项目"),
    project__progressed=_("填写进展"),
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
