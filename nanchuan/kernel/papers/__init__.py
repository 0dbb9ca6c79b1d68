"""Word out: papers in the layout of GB/T 9704-2012. Fonts are named, never bundled.

    sheet = Paper(_("党组织概况"))
    sheet.heading(_("一、基本情况"))
    sheet.paragraph(text)
    sheet.facts([(_("名称"), name), ...])
    sheet.rows(columns, rows)
    sheet.signature(name, papers.written(day))

Minutes (10.3 of the standard) have a red head, who was there, and an imprint:

    sheet.red_head(_("联席会议纪要"), number=number, issuer=office, day=day)
    sheet.paragraph(text, label=_("会议议定："))
    sheet.item(1, text, [(_("责任单位"), unit), (_("完成期限"), papers.written(due))])
    sheet.hanging([(_("出席"), names), (_("请假"), names)])
    sheet.imprint(office, day, copies=[(_("分送"), units)])

What is not known is left empty, and its place stays.

`nanchuan.kernel.views.paper_response` hands it out and records that.
"""

from nanchuan.kernel.papers.paper import CONTENT_TYPE, MOST_ROWS, Paper
from nanchuan.kernel.papers.text import NOT_IN_NAMES, TURNING, clean, written

__all__ = ["CONTENT_TYPE", "MOST_ROWS", "NOT_IN_NAMES", "TURNING", "Paper", "clean", "written"]
