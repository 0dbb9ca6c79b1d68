"""What the charter and the two systems decide for the portal, each with its default.

The alliance's own texts set no numbers that were found anywhere (our proposal throughout), so
each of them is a setting of the version in force; without a version the default holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.models import Unit


class Text(models.TextChoices):
    """The charter and the two systems of “1+3+2+X”."""

    CHARTER = "charter", _("联盟章程")
    ROTA = "rota", _("企业轮值制度")
    MEETINGS = "meetings", _("联席会议制度")


class OrderRule(models.TextChoices):
    LEAST_RECENT = "least_recent", _("最久未轮值的在先，相同的按章程次序")
    CHARTER = "charter", _("按章程次序，一轮之内每家一次")


class SwapRule(models.TextChoices):
    UNITS = "units", _("双方单位同意，党务办公室确认")
    OFFICE = "office", _("只由党务办公室提出，双方单位同意")


TURN_MONTHS = {
    1: _("一个月"),
    2: _("两个月"),
    3: _("一个季度"),
    4: _("四个月"),
    6: _("半年"),
    12: _("一年"),
}


@dataclass(frozen=True)
class Setting:
    """One decision of a text (设定). Numbers lie within `least` and `most`, both inclusive;
    others are one of `choices`, or with `several` a list of them."""

    code: str
    text: Text
    label: Promise
    default: Any
    least: int = 0
    most: int = 0
    unit: Promise | str = ""
    choices: tuple[tuple[Any, Any], ...] = ()
    several: bool = False

    def accepts(self, value) -> bool:
        known = {choice for choice, _words in self.choices}
        if self.several:
            return isinstance(value, list) and bool(value) and set(value) <= known
        if self.choices:
            return value in known
        return type(value) is int and self.least <= value <= self.most

    def words(self, value) -> str:
        """The value as people read it."""
        if self.choices:
            labels = dict(self.choices)
            values = value if self.several else [value]
            return _joined(labels.get(each, each) for each in values)
        return f"{value} {self.unit}".strip()


def _joined(words: Iterable) -> str:
    return gettext("、").join(str(word) for word in words)


DAYS, WORKING_DAYS = _("天"), _("个工作日")


def _number(code, text, label, default, most, unit=WORKING_DAYS, *, least=0):  # noqa: PLR0913, PLR0917
    return Setting(code, text, label, default, least=least, most=most, unit=unit)


_ROTA = (
    Setting(
        "turn_months",
        Text.ROTA,
        _("每次轮值的长度"),
        3,
        choices=tuple(TURN_MONTHS.items()),
    ),
    Setting(
        "order_rule",
        Text.ROTA,
        _("轮值次序"),
        OrderRule.LEAST_RECENT.value,
        choices=tuple(OrderRule.choices),
    ),
    Setting(
        "rotating_kinds",
        Text.ROTA,
        _("参加轮值的单位"),
        [Unit.Kind.ENTERPRISE.value],
        choices=tuple(Unit.Kind.choices),
        several=True,
    ),
    Setting(
        "swap_rule",
        Text.ROTA,
        _("轮值对调的办法"),
        SwapRule.UNITS.value,
        choices=tuple(SwapRule.choices),
    ),
    _number("turn_notice_days", Text.ROTA, _("轮值开始前多久提醒下一家"), 14, 90, DAYS),
    _number("handover_days", Text.ROTA, _("轮值结束前多久开始交接"), 14, 60, DAYS, least=1),
    _number("chase_days", Text.ROTA, _("逾期后每隔多久催办"), 3, 30, DAYS, least=1),
)
_MEETINGS = (
    _number("meetings_per_turn", Text.MEETINGS, _("每次轮值召开联席会议"), 1, 6, _("次")),
    _number("meeting_hour", Text.MEETINGS, _("联席会议拟定几点开始"), 15, 20, _("时"), least=8),
    _number("topics_days", Text.MEETINGS, _("会前多久征集议题"), 15, 60),
    _number("invite_days", Text.MEETINGS, _("会前多久确定议程并发通知"), 7, 60),
    _number("report_days", Text.MEETINGS, _("会前多久报上级、请嘉宾"), 2, 30),
    _number("minutes_days", Text.MEETINGS, _("会后多久印发纪要"), 3, 30),
    _number("minutes_last_days", Text.MEETINGS, _("纪要最后一次催办在会后"), 7, 60),
    Setting(
        "quorum_percent",
        Text.MEETINGS,
        _("到会席位须超过应到席位的"),
        50,
        least=0,
        most=99,
        unit="%",
    ),
    _number("vote_percent", Text.MEETINGS, _("表决通过须赞成超过应到的"), 50, 99, "%"),
    # What was resolved, until it is done
    _number("item_remind_days", Text.MEETINGS, _("督办事项到期前多久提醒（0 为不提醒）"), 3, 30),
    _number(
        "escalate_office_days", Text.MEETINGS, _("督办事项逾期多久报党务办公室"), 3, 30, least=1
    ),
    _number("escalate_leader_days", Text.MEETINGS, _("督办事项逾期多久报园区领导"), 7, 60, least=1),
    _number("reply_days", Text.MEETINGS, _("会前多久提醒未回复的单位"), 2, 30),
)
_CHARTER = (
    _number("review_days", Text.CHARTER, _("需求审核"), 1, 10, least=1),
    _number("accept_days", Text.CHARTER, _("接单"), 1, 10, least=1),
    _number("objection_days", Text.CHARTER, _("对派单提出异议"), 1, 10, least=1),
    _number("contact_days", Text.CHARTER, _("首次联系企业"), 3, 15, least=1),
    _number("solve_days", Text.CHARTER, _("一般需求办结"), 7, 30, least=1),
    _number("assist_days", Text.CHARTER, _("协办单位办理"), 3, 30, least=1),
    _number("complex_days", Text.CHARTER, _("复杂需求办结"), 15, 60, least=1),
    _number("longest_days", Text.CHARTER, _("最长办理期限"), 30, 120, least=1),
    _number("confirm_days", Text.CHARTER, _("企业未答复时自动确认"), 7, 30, least=1),
    _number("extend_ask_days", Text.CHARTER, _("延期须在到期前多久申请"), 1, 10),
    _number("amber_days", Text.CHARTER, _("到期前多久标为临近到期"), 1, 10),
    _number("chase_secretary_days", Text.CHARTER, _("逾期多久提醒单位书记"), 1, 30),
    _number("chase_office_days", Text.CHARTER, _("逾期多久报党务办公室"), 2, 30),
    _number("chase_leader_days", Text.CHARTER, _("逾期多久报园区领导"), 3, 60),
    _number(
        "setbacks_to_meeting", Text.CHARTER, _("几次未解决提交联席会议"), 2, 5, _("次"), least=1
    ),
    _number("common_needs", Text.CHARTER, _("同链几条类似需求算共性问题"), 3, 20, _("条"), least=2),
    _number("common_days", Text.CHARTER, _("共性问题在多长时间内"), 90, 366, DAYS, least=7),
    _number("sign_days", Text.CHARTER, _("章程和制度印发后签字背书"), 10, 60, DAYS, least=1),
    _number("sign_chase_days", Text.CHARTER, _("未签字的每隔多久提醒"), 3, 30, DAYS, least=1),
)

SETTINGS = {setting.code: setting for setting in (*_CHARTER, *_ROTA, *_MEETINGS)}


def settings_of(text: str) -> list[Setting]:
    """The settings that one of the three texts decides, in reading order."""
    return [setting for setting in SETTINGS.values() if setting.text == text]
