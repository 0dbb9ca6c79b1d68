"""The lists of resources (资源清单), what every reader of them reads, and of bookings
(资源认领清单), each by what its reader may know."""

from datetime import date

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.exporting import Column
from services import stock
from services.models import Resource
from services.papers.words import contact_words


def resource_columns(day: date) -> list[Column]:
    """For rows that know their bookings of that day."""
    return [
        Column(_("编号"), lambda row: row.number, 13),
        Column(_("名称"), lambda row: row.title, 18),
        Column(_("类别"), lambda row: row.get_category_display(), 7),
        Column(_("提供单位"), lambda row: row.unit.name, 16),
        Column(_("内容"), lambda row: row.content, 30),
        Column(_("数量"), amount, 8),
        Column(_("剩余"), lambda row: stock.left_on(row, day).words, 14),
        Column(_("服务范围"), lambda row: row.area, 10),
        Column(_("可用自"), lambda row: row.free_from, 10),
        Column(_("有效期至"), lambda row: row.free_until, 10),
        Column(_("使用条件"), lambda row: row.conditions, 14),
        Column(_("联系人"), contact_words, 12),
        Column(_("状态"), lambda row: row.get_status_display(), 7),
    ]


def amount(row: Resource) -> str:
    if row.capacity is None:
        return row.quantity or gettext("不限量")
    return f"{row.capacity}{stock.spaced(row.measure)}"


def booking_columns(user) -> list[Column]:
    """For rows of `for_table(user)`. Which unit asked, and what for, is not everybody's to know."""
    return [
        Column(_("编号"), lambda row: row.number, 13),
        Column(_("资源"), lambda row: row.resource.title, 18),
        Column(_("提供单位"), lambda row: row.resource.unit.name, 16),
        Column(_("使用单位"), lambda row: row.unit_for(user), 16),
        Column(_("数量"), lambda row: f"{row.quantity}{stock.spaced(row.resource.measure)}", 8),
        Column(_("开始时间"), lambda row: row.starts_at, 12),
        Column(_("结束时间"), lambda row: row.ends_at, 12),
        Column(_("发起方"), lambda row: row.get_side_display(), 8),
        Column(_("发起时间"), lambda row: row.made_at, 12),
        Column(_("状态"), lambda row: row.get_status_display(), 8),
        Column(_("了结时间"), lambda row: row.ended_at, 12),
    ]


def commitment_columns() -> list[Column]:
    """What units give to projects."""
    return [
        Column(_("项目编号"), lambda row: row.project.number, 13),
        Column(_("项目"), lambda row: row.project.name, 24),
        Column(_("提供单位"), lambda row: row.unit.name, 20),
        Column(_("投入内容"), lambda row: row.resource.title if row.resource else row.what, 24),
        Column(_("金额（元）"), lambda row: row.amount, 12),
        Column(_("投入时间"), lambda row: row.committed_at, 14),
    ]
