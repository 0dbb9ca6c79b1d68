"""The list of projects (项目清单) in the columns that the park's own list has: of needs, of what is
given and of effects only what its reader may read."""

from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.exporting import Column
from services.models import Project
from services.papers.project import evidence_words
from services.reading import gift_words


def project_columns() -> list[Column]:
    """For rows that `services.reading.dressed` has dressed."""
    return [
        Column(_("编号"), lambda row: row.number, 13),
        Column(_("名称"), lambda row: row.name, 20),
        Column(_("服务的需求"), needs, 26),
        Column(_("使用的资源"), gifts, 26),
        Column(_("牵头、协作单位"), units, 20),
        Column(_("举措"), measures, 20),
        Column(_("起止时间"), period, 12),
        Column(_("进度"), lambda row: f"{row.percent}%", 5),
        Column(_("成效"), lambda row: lines(each.text for each in row.effects_read), 26),
        Column(_("佐证"), evidence, 12),
        Column(_("状态"), lambda row: row.get_status_display(), 7),
    ]


def lines(words) -> str:
    return "\n".join(filter(None, words))


def needs(row: Project) -> str:
    """Those that the reader may not see are left out."""
    return lines(need.face.name for need in row.needs_read)


def gifts(row: Project) -> str:
    return lines(f"{gift.unit} {gift_words(gift)}" for gift in row.gifts_read)


def units(row: Project) -> str:
    return lines([row.lead.name, *(link.unit.name for link in row.helpers_read)])


def measures(row: Project) -> str:
    return lines([row.measure_read.title if row.measure_read else "", row.goal])


def period(row: Project) -> str:
    return lines([f"{row.starts_on.isoformat()} —", row.due_on and row.due_on.isoformat()])


def evidence(row: Project) -> str:
    return evidence_words(row.photo_count, row.file_count)
