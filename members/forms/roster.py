"""The member roster (党员名册) as an Excel file."""

from django.utils.translation import gettext as _

from nanchuan.kernel.exporting import Column
from nanchuan.kernel.fields import mask_id_number, mask_phone


def roster_columns(*, in_full: bool = False) -> list[Column]:
    """The columns of the paper, for rows of `with_place().with_absence()`; numbers masked.

    Only `actions.reveals` may allow them `in_full`.
    """
    id_number, phone = (str, str) if in_full else (mask_id_number, mask_phone)
    return [
        Column(_("姓名"), lambda row: row.name, 10),
        Column(_("性别"), lambda row: row.get_gender_display(), 6),
        Column(_("民族"), lambda row: row.ethnicity, 8),
        Column(_("出生日期"), lambda row: row.born_on, 12),
        Column(_("公民身份号码"), lambda row: id_number(row.id_number), 22),
        Column(_("学历"), lambda row: row.get_education_display(), 12),
        Column(_("籍贯"), lambda row: row.native_place, 12),
        Column(_("入党日期"), lambda row: row.joined_on, 12),
        Column(_("转正日期"), lambda row: row.full_member_on, 12),
        Column(_("党员类别"), lambda row: row.standing_word, 12),
        Column(_("党内职务"), lambda row: row.post_name, 12),
        Column(_("工作岗位"), lambda row: row.job),
        Column(_("所在党组织"), lambda row: row.in_full_name, 36),
        Column(_("联系电话"), lambda row: phone(row.phone), 16),
        Column(_("党籍状态"), lambda row: row.state_word, 10),
        Column(_("流动或失联"), lambda row: row.absence_word, 10),
        Column(_("备注"), lambda row: row.note, 16),
    ]
