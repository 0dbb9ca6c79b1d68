"""The columns of a list of needs, and what people call them."""

from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.importing.columns import Columns
from services.importing.vocabulary import WORDS

LABELS = {
    "number": _("编号"),
    "unit": _("提出单位"),
    "category": _("类别"),
    "title": _("需求"),
    "content": _("具体情况"),
    "urgency": _("紧急程度"),
    "contact_name": _("联系人"),
    "contact_phone": _("联系电话"),
    "filed_on": _("提出时间"),
    "status": _("状态"),
    "reviewed_on": _("审核时间"),
    "responsible": _("责任单位"),
    "accepted_on": _("接单时间"),
    "solution": _("办理情况"),
    "solved_on": _("办结时间"),
    "closed_on": _("销号时间"),
    "rating": _("评价"),
    "comment": _("评价意见"),
    "reason": _("原因"),
}
DAYS = ("filed_on", "reviewed_on", "accepted_on", "solved_on", "closed_on")  # in their order
REQUIRED = ("unit", "filed_on")
EXAMPLE = _("示例（请删除）")  # the title on the line of the template
COLUMNS = Columns(LABELS, WORDS["columns"], weak=["序号"])  # data
