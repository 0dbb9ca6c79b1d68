"""The list of needs (需求清单) in the columns that the park's own list has: what a reader may read
of each need, and no more."""

from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.exporting import Column
from services.models import Need, Solution
from services.papers.words import contact_words, day


def need_columns() -> list[Column]:
    """For rows of `for_table(user)`. What the public face does not say stays empty."""
    return [
        Column(_("编号"), lambda need: need.number, 13),
        Column(_("企业"), whole(lambda need: need.unit.name), 14),
        Column(_("小组"), whole(lambda need: need.group_name), 8),
        Column(_("类别"), lambda need: need.get_category_display(), 5),
        Column(_("内容"), content, 36),
        Column(_("紧急程度"), lambda need: need.get_urgency_display(), 5),
        Column(_("联系人"), whole(contact_words), 12),
        Column(_("提出时间"), lambda need: day(need.filed_at), 10),
        Column(_("状态"), lambda need: need.get_status_display(), 7),
        Column(_("责任单位"), whole(responsible), 14),
        Column(_("期限"), whole(lambda need: day(need.due_at)), 10),
        Column(_("评价"), whole(rating), 7),
    ]


def whole(value):
    return lambda need: value(need) if need.face.is_whole else ""


def content(need: Need) -> str:
    """What is asked, and what was said of it."""
    return "\n".join(filter(None, (need.face.heading, need.face.text)))


def responsible(need: Need) -> str:
    unit = need.accepted_by or need.dispatched_to
    return unit.name if unit else ""


def rating(need: Need) -> str:
    return str(Solution.Rating(need.rating).label) if need.rating else ""
