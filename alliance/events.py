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
