"""The roster of members (党员名册) as a list that comes in."""

from typing import IO

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.actions import import_undoing, import_writing
from members.importing.columns import COLUMNS, DAYS, EXAMPLE, LABELS, REQUIRED
from members.importing.judging import judge, shown
from members.importing.lines import Line, parse
from members.importing.places import Places, spelling
from members.importing.words import CHOICES
from members.models import Organization
from nanchuan.kernel.fields import mask_id_number, mask_phone
from nanchuan.kernel.importing.importers import Importer, register, said
from nanchuan.kernel.importing.reading import Cell
from nanchuan.kernel.importing.sheets import write_template

SHORTEST = 4  # letters of a name that is looked for in a title
ALONE = {"organization", "note"}  # a line that says nothing else is a heading
SUMMARY = ("gender", "born_on", "id_number", "phone", "joined_on")


@register
class RosterImporter(Importer):
    kind = "roster"
    columns = COLUMNS
    line_class = Line
    days = DAYS
    secret = {"id_number": mask_id_number, "phone": mask_phone}
    required = REQUIRED
    asked = ("name", "gender", "organization")
    place, name = "organization", "name"
    widths = {"id_number": 22, "organization": 36, "note": 24, "name": 10, "gender": 6, "job": 16}
    applied, undone = "members.imported", "members.import_undone"

    prefix = "members:import"
    parent = ("members:person-list", gettext_lazy("党员"))
    known_url = "members:person-detail"
    title = gettext_lazy("导入名册")
    file_label = gettext_lazy("名册文件")
    name_head = gettext_lazy("姓名")
    place_head = gettext_lazy("所在党组织")
    no_place = gettext_lazy("没有写党组织的人属于")
    no_head = gettext_lazy(
        "没有找到列名。请确认有一行写着“姓名”“身份证号”“所在党组织”等列名，再重新选择文件。"
    )
    undo_considers = gettext_lazy(
        "新增的人会删去，更正的资料和组织关系会改回原样。"
        "只要有一处已被后来的记录使用，就整批不撤销，并说明是哪一处。"
    )
    undone_words = gettext_lazy("这次导入已整批撤销，资料都恢复了原样。")
    used_meanwhile = gettext_lazy("刚才有新的记录用到了这批人，整批都没有撤销。请核对后再试。")
    same_meanwhile = gettext_lazy("刚才有人登记了同样的人。下面是新的预览，请再核对一次。")

    def place_in(self, texts, user) -> str:
        found, by_name = [], Places(user).by_name
        for text in map(spelling, texts):
            found += [
                (len(name), row.name)
                for name, row in by_name.items()
                if len(name) >= SHORTEST and name in text
            ]
            if found:
                return max(found)[1]
        return ""

    def no_line(self, given: dict[str, Cell]) -> str:
        if not {field for field, cell in given.items() if said(cell)} - ALONE:
            return _("没有姓名和其他内容，已跳过。")
        if said(given.get("name", "")) == str(EXAMPLE):
            return _("模板中的示例，已跳过。")
        return ""

    def parse(self, number: int, cells: dict[str, Cell]) -> Line:
        return parse(number, cells)

    def judge(self, lines: list[Line], user=None) -> None:
        judge(lines, user)

    def places(self, user):
        return Organization.objects.current().editable_by(user)

    def spelling(self, name: str) -> str:
        return spelling(name)

    def summary(self, data: dict) -> list[str]:
        given = data["derived"] | data["facts"]
        words = [(LABELS[name], shown(name, given[name])) for name in SUMMARY if given.get(name)]
        return [
            _("%(label)s：%(value)s") % {"label": label, "value": value} for label, value in words
        ]

    def write(self, lines, batch, told):
        return import_writing.write(lines, batch, told)

    def take_back(self, batch, rows, *, by, at):
        return import_undoing.undo_rows(batch, rows, by=by, at=at)

    def write_template(self, file: IO[bytes], user) -> str:
        places = self.places(user).branches()
        first = places.values_list("name", flat=True).first()
        with translation.override(settings.LANGUAGE_CODE):
            write_template(
                file,
                self,
                title=_("党员名册"),
                example=example_line(first or _("示例党支部")),
                advice=_advice,
                needed=(*REQUIRED, "organization"),
                remark=_("空着的格不改动已有资料；带星号的号码也不改动。"),
            )
        return _("党员名册模板")


def example_line(organization: str) -> dict[str, str]:
    """Nobody: the number has the code of no place, and the portal says so if it is left in."""
    return {
        "name": str(EXAMPLE),
        "gender": _("女"),
        "ethnicity": _("汉族"),
        "born_on": "1990-01-01",
        "id_number": "999999199001010024",
        "education": _("大学本科"),
        "native_place": _("示例省甲市"),
        "joined_on": "2012-07-01",
        "full_member_on": "2013-07-01",
        "standing": _("正式党员"),
        "job": _("技术"),
        "organization": organization,
        "since": "2020-03-01",
        "phone": "10000000000",
        "note": "",
    }


def _advice(name) -> str:
    if name in CHOICES:
        words = _("、").join(str(label) for _value, label in CHOICES[name])
        return _("可填：%(words)s。") % {"words": words}
    days = _("例如 1998-07-01；1998.7、1998年7月也认得，按当月 1 日导入。")
    return {
        "name": _("姓名中的空格会去掉。"),
        "ethnicity": _("例如汉族、藏族。"),
        "born_on": days,
        "id_number": _("18 位。请把整列设为“文本”格式，否则 Excel 会改动末几位。"),
        "joined_on": days,
        "full_member_on": days,
        "organization": _("门户中的名称或简称。"),
        "since": _("换了党组织或党员类别时填写：从哪一天起。调动请优先办理组织关系转接。"),
        "phone": _("手机或座机，一个号码。"),
    }.get(name, _("按实际填写。"))
