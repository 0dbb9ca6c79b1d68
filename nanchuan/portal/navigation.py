"""Where the portal leads: the sidebar of the desk, the bottom bar of the phone.

The policy of each page decides who sees its entry, so nothing is offered that will be refused.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Entry:
    name: str  # of the URL
    label: str
    icon: str  # of Bootstrap Icons
    also: tuple[str, ...] = ()  # nouns whose pages have no entry of their own

    def is_current(self, view_name: str) -> bool:
        """A list stands for all pages of its noun, any other page for itself."""
        nouns = (self.name.removesuffix("-list"), *self.also)
        return view_name == self.name or any(view_name.startswith(f"{noun}-") for noun in nouns)


SIDEBAR = [
    (
        "",
        [
            Entry("home", _("工作台"), "house-door"),
            Entry(
                "circulars:circular-list",
                _("通知公告"),
                "megaphone",
                also=("circulars:addressee", "circulars:question", "circulars:extension"),
            ),
        ],
    ),
    (
        _("党建"),
        [
            Entry("members:organization-list", _("党组织"), "diagram-3"),
            Entry("members:unit-list", _("单位"), "buildings"),
            Entry("members:person-list", _("党员"), "people"),
            Entry("members:term-list", _("任职"), "person-vcard"),
            Entry("members:committee-list", _("换届"), "calendar-range"),
            Entry("members:transfer-list", _("组织关系转接"), "arrow-left-right"),
            Entry("members:absence-list", _("流动与失联"), "signpost-split"),
            Entry("members:register-list", _("名册与台账"), "journal-text"),
        ],
    ),
    (
        _("组织生活"),
        [
            Entry(
                "members:activity-list",
                _("活动记录"),
                "calendar2-check",
                also=("members:part",),
            ),
            Entry(
                "members:plan-list",
                _("工作计划"),
                "calendar3-week",
                also=("members:planned", "members:month"),
            ),
            Entry(
                "members:checkup-list",
                _("支部体检"),
                "clipboard2-pulse",
                also=("members:dutyrule", "members:exemption"),
            ),
            Entry("members:study-list", _("学习材料"), "book"),
            Entry("members:talk-list", _("谈心谈话"), "chat-heart"),
            Entry("members:suggestion-list", _("意见建议"), "lightbulb"),
            Entry(
                "members:lifemeeting-list",
                _("组织生活会"),
                "people-fill",
                also=("members:rectification",),
            ),
            Entry("members:appraisal-list", _("民主评议"), "patch-check"),
            Entry(
                "members:dues-list",
                _("党费"),
                "cash-coin",
                also=(
                    "members:duesrate",
                    "members:duesbranch",
                    "members:duesmember",
                    "members:duespayment",
                ),
            ),
        ],
    ),
    (
        _("联盟"),
        [
            Entry(
                "alliance:group-list",
                _("联盟小组"),
                "link-45deg",
                also=("alliance:seat", "alliance:unit", "alliance:enterprise", "alliance:alliance"),
            ),
            Entry(
                "alliance:regulation-list",
                _("章程和制度"),
                "file-earmark-text",
                also=("alliance:signoff",),
            ),
            Entry(
                "alliance:rota",
                _("轮值"),
                "arrow-repeat",
                also=("alliance:turn", "alliance:swap", "alliance:duty"),
            ),
            Entry("alliance:handover-list", _("轮值交接"), "box-arrow-in-right"),
            Entry(
                "alliance:meeting-list",
                _("会议"),
                "chat-square-text",
                also=(
                    "alliance:kind",
                    "alliance:series",
                    "alliance:attendance",
                    "alliance:attendee",
                    "alliance:resolution",
                    "alliance:bulletin",
                ),
            ),
            Entry(
                "alliance:item-list",
                _("督办事项"),
                "check2-square",
                also=("alliance:items", "alliance:itemfile"),
            ),
            Entry("alliance:minutes-list", _("会议纪要"), "journal-check"),
            Entry("alliance:measure-list", _("举措"), "list-check"),
            Entry("alliance:calendar", _("日历"), "calendar3"),
            Entry(
                "services:workday-list",
                _("工作日历"),
                "calendar-week",
                also=("services:workhours",),
            ),
        ],
    ),
    (
        _("三张清单"),
        [
            Entry("services:needs-desk", _("需求台"), "inboxes", also=("services:desk",)),
            Entry("services:needs-mine", _("我的点单"), "clipboard-check"),
            Entry(
                "services:need-list",
                _("需求"),
                "clipboard-plus",
                also=("services:needimport", "services:neednote", "services:needfile"),
            ),
            Entry("services:answer-list", _("现成答复"), "chat-square-quote"),
            Entry(
                "services:resource-list",
                _("资源"),
                "box-seam",
                also=("services:resource", "services:booking", "services:closedtime"),
            ),
            Entry("services:matching-table", _("匹配表"), "shuffle", also=("services:matchline",)),
            Entry("services:project-list", _("项目"), "kanban"),
            Entry("services:board", _("办理情况"), "bar-chart-steps"),
            Entry("services:drive-list", _("走访服务"), "geo-alt", also=("services:visit",)),
        ],
    ),
    (
        _("管理"),
        [
            Entry("accounts:account-list", _("账号"), "person-badge"),
            Entry("notices:channel-list", _("通知渠道"), "broadcast"),
            Entry("notices:machinery", _("运行情况"), "activity"),
            Entry("portal:event-list", _("操作记录"), "clock-history"),
            Entry("admin:index", _("数据维护"), "database-gear"),
        ],
    ),
]

BOTTOM_BAR = [
    Entry("home", _("首页"), "house-door"),
    Entry("members:activity-create", _("记活动"), "calendar2-plus"),
    Entry("services:needs-mine", _("点单"), "clipboard-plus", also=("services:need",)),
    Entry("services:needs-desk", _("需求"), "inboxes", also=("services:need", "services:desk")),
    Entry("alliance:meeting-list", _("会议"), "chat-square-text"),
    Entry("accounts:profile", _("我的"), "person", also=("accounts:view", "alliance:feed")),
]
