"""The matching table (匹配表) as a file: exactly what its page shows."""

from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.exporting import Column
from services import stock
from services.papers.words import moment, wanted


def match_columns() -> list[Column]:
    """For rows of `matchshown.dress`."""
    return [
        Column(_("次序"), lambda line: line.place, 5),
        Column(_("需求"), lambda line: line.need.number, 13),
        Column(_("标题"), lambda line: line.need.title, 22),
        Column(_("数量和日期"), _wanted, 12),
        Column(_("提出单位"), lambda line: line.need.unit.name, 16),
        Column(_("类别"), lambda line: line.need.get_category_display(), 6),
        Column(_("紧急程度"), lambda line: line.need.get_urgency_display(), 6),
        Column(_("已等待"), lambda line: line.waited, 12),
        Column(_("合适的资源"), _offers, 40),
        Column(_("安排的资源"), _given, 22),
        Column(_("数量"), _amount, 8),
        Column(_("时间"), _hours, 18),
        Column(_("情况"), _stands, 24),
    ]


def _wanted(line) -> str:
    return "\n".join(str(value) for _name, value in wanted(line.need))


def _offers(line) -> str:
    return "\n".join(
        f"{each.place}. {each.resource.title} · {each.resource.unit} · {each.left_words}"
        f"\n{each.reason_words}"
        for each in line.offered
    )


def _given(line) -> str:
    return f"{line.resource.title} · {line.resource.unit}" if line.is_given else ""


def _amount(line) -> str:
    if not line.is_given:
        return ""
    return f"{line.quantity}{stock.spaced(line.resource.measure)}"


def _hours(line) -> str:
    return f"{moment(line.starts_at)} — {moment(line.ends_at)}" if line.starts_at else ""


def _stands(line) -> str:
    return f"{line.booking.number} {line.words}" if line.booking else line.words
