"""The words of what can happen to organizations, people and activities."""

from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.events import label

label(
    organization__founded=_("成立党组织"),
    organization__moved=_("调整隶属关系"),
    organization__changed=_("更正党组织资料"),
    member__enrolled=_("登记党员"),
    member__changed=_("更正党员资料"),
    member__moved=_("变更组织关系"),
    members__imported=_("导入党员名册"),
    list__exported=_("导出名单"),
    paper__exported=_("导出文书"),
    activity__logged=_("记录活动"),
    activity__changed=_("更正活动"),
)
