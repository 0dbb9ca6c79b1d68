"""The columns of a roster, and what people call them."""

from django.utils.translation import gettext_lazy as _

from members.importing.vocabulary import WORDS
from nanchuan.kernel.importing.columns import Columns

LABELS = {
    "name": _("姓名"),
    "gender": _("性别"),
    "ethnicity": _("民族"),
    "born_on": _("出生日期"),
    "id_number": _("公民身份号码"),
    "education": _("学历"),
    "native_place": _("籍贯"),
    "joined_on": _("入党日期"),
    "full_member_on": _("转正日期"),
    "standing": _("党员类别"),
    "job": _("工作岗位"),
    "organization": _("所在党组织"),
    "since": _("组织关系自何日起"),
    "phone": _("联系电话"),
    "note": _("备注"),
}
DAYS = ("born_on", "joined_on", "full_member_on", "since")
PLACE = ("organization", "standing", "since")
REQUIRED = ("name",)
EXAMPLE = _("示例（请删除）")  # the name on the line of the template

COLUMNS = Columns(LABELS, WORDS["columns"], prefix=r"党员|本人|职工|员工|\d+")  # data
