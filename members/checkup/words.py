"""What became of a duty, in short words for a picture and in sentences for a page."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from members.checkup.judging import Cell, State, Why
from members.checkup.periods import Stretch
from members.models import DutyRule
from nanchuan.kernel import calendar

LABELS = {
    State.MET: gettext_lazy("已完成"),
    State.LATE: gettext_lazy("补录完成"),
    State.DUE: gettext_lazy("进行中"),
    State.MISSED: gettext_lazy("未完成"),
    State.EXEMPT: gettext_lazy("已豁免"),
    State.NOT_ASKED: gettext_lazy("不适用"),
    State.AHEAD: gettext_lazy("未到"),
}
# A class of the status colours.
COLOURS = {
    State.MET: "done",
    State.LATE: "soon",
    State.DUE: "waiting",
    State.MISSED: "overdue",
    State.EXEMPT: "draft",
    State.NOT_ASKED: "draft",
    State.AHEAD: "draft",
}
WHYS = {
    Why.BEFORE: gettext_lazy("当时还没有成立"),
    Why.FOUNDED: gettext_lazy("在这一期内成立"),
    Why.DISSOLVED: gettext_lazy("在这一期内撤销"),
    Why.AFTER: gettext_lazy("当时已经撤销"),
    Why.NO_RULE: gettext_lazy("当时没有这项要求"),
    Why.NEW_RULE: gettext_lazy("新的一版从下一个完整的周期起要求"),
    Why.DROPPED: gettext_lazy("当时不再要求"),
    Why.OTHER_KIND: gettext_lazy("当时不要求这类党组织"),
    Why.NO_COMMITTEE: gettext_lazy("没有设委员会（选举产生的任职人员不足 3 名）"),
    Why.NO_GROUPS: gettext_lazy("没有设党小组"),
    Why.NO_MEMBERS: gettext_lazy("没有党员"),
    Why.NOBODY_WHOLE: gettext_lazy("没有整个周期都在册的党员"),
}


def brief(cell: Cell) -> str:
    """As little as stands in a cell of the picture: its colour never says it alone."""
    if cell.state == State.DUE:
        return _("差 %(number)d") % {"number": cell.missing}
    if cell.state == State.MISSED:
        return _("缺 %(number)d") % {"number": cell.missing}
    return str(_BRIEF[cell.state])


_BRIEF = {
    State.MET: gettext_lazy("完成"),
    State.LATE: gettext_lazy("补录"),
    State.EXEMPT: gettext_lazy("豁免"),
    State.NOT_ASKED: "—",
    State.AHEAD: "",
}


def period(stretch: Stretch) -> str:
    """The period in words: 2026 年 3 月, 2026 年第 1 季度."""
    first = stretch.first
    every = stretch.rule.every if stretch.rule and stretch.is_whole else None
    words = {"year": f"{first.year}", "month": first.month, "quarter": (first.month + 2) // 3}
    if every == DutyRule.Every.YEAR:
        return _("%(year)s 年") % words
    if every == DutyRule.Every.HALF_YEAR:
        half = _("%(year)s 年上半年") if first.month == 1 else _("%(year)s 年下半年")
        return half % words
    if every == DutyRule.Every.QUARTER:
        return _("%(year)s 年第 %(quarter)d 季度") % words
    if first.month == stretch.last.month:
        return _("%(year)s 年 %(month)d 月") % words
    return f"{first} — {stretch.last}"


def tally(cell: Cell) -> str:
    """How much of it is done, in words; nothing where nothing is asked."""
    if not cell.asked:
        return ""
    words = {"done": cell.done, "asked": cell.asked}
    measure = cell.stretch.rule.measure
    if measure == DutyRule.Measure.EACH_GROUP:
        return _("%(asked)d 个党小组中 %(done)d 个完成") % words
    if measure in DutyRule.PERSONAL:
        return _("%(asked)d 名党员中 %(done)d 名完成") % words
    return _("要求 %(asked)d 次，记录 %(done)d 次") % words


def sentence(cell: Cell, today: date) -> str:
    """The state with what explains it: why it is not asked, what is missing, how long is left."""
    label = str(LABELS[cell.state])
    if cell.state == State.NOT_ASKED:
        return _("%(state)s：%(why)s") % {"state": label, "why": WHYS[cell.why]}
    if cell.state == State.AHEAD:
        return _("未到：从 %(day)s 起") % {"day": cell.stretch.first}
    said = _("%(state)s：%(tally)s") % {"state": label, "tally": tally(cell)}
    if cell.state != State.DUE:
        return said
    return _("%(said)s，%(left)s") % {"said": said, "left": left(cell.stretch.last, today)}


def left(last: date, today: date) -> str:
    """The working days until a period ends, today not counted."""
    number = calendar.working_days_between(today, last)
    if number < 1:
        return _("今天到期")
    return ngettext("还有 %(number)d 个工作日", "还有 %(number)d 个工作日", number) % {
        "number": number
    }


def may_be_logged(cell: Cell) -> bool:
    """Whether a record of some kind would help."""
    return cell.state in (State.DUE, State.MISSED) and bool(cell.stretch.rule.activities)
