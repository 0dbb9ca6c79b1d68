"""The needs as a table to take away (需求清单): what a reader may read of each, and no more."""

from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.exporting import Column
from nanchuan.kernel.fields import mask_phone
from services.models import Solution


def need_columns() -> list[Column]:
    """For rows of `for_table(user)`. What the public face does not say stays empty."""
    return [
        Column(_("编号"), lambda need: need.number, 16),
        Column(_("提出单位"), whole(lambda need: need.unit.name), 28),
        Column(_("小组"), whole(lambda need: need.group_name), 16),
        Column(_("类别"), lambda need: need.get_category_display(), 8),
        Column(_("标题"), lambda need: need.face.heading, 32),
        Column(_("具体情况"), lambda need: need.face.text, 48),
        Column(_("紧急程度"), lambda need: need.get_urgency_display(), 10),
        Column(_("联系人"), whole(lambda need: need.contact_name), 12),
        Column(_("联系电话"), whole(lambda need: mask_phone(need.contact_phone)), 14),
        Column(_("提出时间"), lambda need: need.filed_at, 17),
        Column(_("状态"), lambda need: need.get_status_display(), 10),
        Column(_("责任单位"), whole(responsible), 28),
        Column(_("到期时间"), whole(lambda need: need.due_at), 17),
        Column(_("评价"), whole(rating), 10),
    ]


def whole(value):
    return lambda need: value(need) if need.face.is_whole else ""


def responsible(need) -> str:
    unit = need.accepted_by or need.dispatched_to
    return unit.name if unit else ""


def rating(need) -> str:
    return str(Solution.Rating(need.rating).label) if need.rating else ""
