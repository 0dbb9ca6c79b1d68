"""Last year's list of needs (需求清单) as a list that comes in."""

from typing import IO

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import Unit
from nanchuan.kernel.fields import mask_phone
from nanchuan.kernel.importing.importers import Importer, register, said
from nanchuan.kernel.importing.reading import Cell
from nanchuan.kernel.importing.sheets import write_template
from services.importing import undoing, writing
from services.importing.columns import COLUMNS, DAYS, EXAMPLE, LABELS, REQUIRED
from services.importing.judging import judge
from services.importing.lines import RATINGS, STATUSES, Line, parse
from services.importing.units import spelling
from services.models import Need

ALONE = {"number", "unit"}  # a line that says nothing else is a heading
SUMMARY = ("category", "status", "filed_on", "responsible", "solved_on", "rating")
CHOICES = {
    "category": Need.Category.choices,
    "urgency": Need.Urgency.choices,
    "status": STATUSES,
    "rating": RATINGS,
}


@register
class NeedsImporter(Importer):
    kind = "needs"
    columns = COLUMNS
    line_class = Line
    days = DAYS
    secret = {"contact_phone": mask_phone}
    required = REQUIRED
    asked = ("unit", "title", "filed_on", "status")
    place, name = "unit", "title"
    widths = {"unit": 28, "title": 30, "content": 40, "solution": 36, "responsible": 24}
    short = 20  # needs; each goes through its whole loop
    applied, undone = "needs.imported", "needs.import_undone"

    prefix = "services:needimport"
    parent = ("services:need-list", gettext_lazy("需求"))
    known_url = "services:need-detail"
    title = gettext_lazy("导入需求清单")
    file_label = gettext_lazy("需求清单文件")
    name_head = gettext_lazy("需求")
    place_head = gettext_lazy("提出单位")
    no_place = gettext_lazy("没有写单位的需求属于")
    no_head = gettext_lazy(
        "没有找到列名。请确认有一行写着“提出单位”“需求”“提出时间”等列名，再重新选择文件。"
    )
    undo_considers = gettext_lazy(
        "这次导入的需求会全部删去。只要有一条之后又有办理，就整批不撤销，并说明是哪一条。"
    )
    undone_words = gettext_lazy("这次导入已整批撤销，导入的需求都已删去。")
    used_meanwhile = gettext_lazy("刚才有人办理了其中的需求，整批都没有撤销。请核对后再试。")
    same_meanwhile = gettext_lazy("刚才有人登记了同样的需求。下面是新的预览，请再核对一次。")

    def no_line(self, given: dict[str, Cell]) -> str:
        if not {field for field, cell in given.items() if said(cell)} - ALONE:
            return _("没有需求内容，已跳过。")
        if said(given.get("title", "")) == str(EXAMPLE):
            return _("模板中的示例，已跳过。")
        return ""

    def parse(self, number: int, cells: dict[str, Cell]) -> Line:
        return parse(number, cells)

    def judge(self, lines: list[Line], user=None) -> None:
        judge(lines)

    def places(self, user):
        return Unit.objects.visible_to(user).order_by("kind", "name")

    def spelling(self, name: str) -> str:
        return spelling(name)

    def summary(self, data: dict) -> list[str]:
        given = data["derived"] | data["facts"]
        return [
            _("%(label)s：%(value)s") % {"label": LABELS[name], "value": _shown(name, given[name])}
            for name in SUMMARY
            if given.get(name)
        ]

    def write(self, lines, batch, told):
        return writing.write(lines, batch, told)

    def take_back(self, batch, rows, *, by, at):
        return undoing.take_back(rows, by=by, at=at)

    def write_template(self, file: IO[bytes], user) -> str:
        first = self.places(user).values_list("name", flat=True).first()
        with translation.override(settings.LANGUAGE_CODE):
            write_template(
                file,
                self,
                title=_("需求清单"),
                example=_example(first or _("示例企业")),
                advice=_advice,
                needed=(*REQUIRED, "title"),
                remark=_("往年的需求只补记历史：不提醒、不计时，按各自的日期计入统计。"),
            )
        return _("需求清单模板")


def _shown(name, value) -> str:
    return str(dict(CHOICES.get(name, ())).get(value, value))


def _example(unit: str) -> dict[str, str]:
    return {
        "number": "需-2025-0001",  # data
        "unit": unit,
        "category": _("技术"),
        "title": str(EXAMPLE),
        "content": _("水洗线能耗高，希望介绍节能改造的技术团队。"),
        "urgency": _("较急"),
        "contact_name": _("示例联系人"),
        "contact_phone": "10000000000",
        "filed_on": "2025-03-04",
        "status": _("已销号"),
        "responsible": _("示例部门"),
        "accepted_on": "2025-03-05",
        "solution": _("已介绍两家团队，改造方案已实施。"),
        "solved_on": "2025-03-14",
        "rating": _("满意"),
    }


def _advice(name) -> str:
    if name in CHOICES:
        words = _("、").join(str(label) for _value, label in CHOICES[name])
        return _("可填：%(words)s。") % {"words": words}
    if name in DAYS:
        return _("例如 2025-03-04；2025.3.4、2025年3月4日也认得。")
    return {
        "number": _("门户的编号（如 需-2025-0001）没有用过的会保留，其余另编新号。"),
        "unit": _("门户中的单位名称或简称。"),
        "title": _("一句话写明要什么。"),
        "responsible": _("已接单、已办结的需求要填，须是联盟成员单位。"),
        "contact_phone": _("手机或座机，一个号码。"),
        "reason": _("未受理或撤回的原因。"),
    }.get(name, _("按实际填写。"))
