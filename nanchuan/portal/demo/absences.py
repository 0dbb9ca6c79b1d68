"""A few who live elsewhere or are out of touch: some for longer than the rules say."""

from datetime import timedelta

from members.actions import absences
from members.models import Absence
from nanchuan.kernel.periods import months_after

AWAY = [
    # unit, kind, months since, place, note
    ("示例企业六", Absence.Kind.MOBILE, 8, "示例省乙市", "驻外地项目部"),
    ("示例企业七", Absence.Kind.MOBILE, 2, "示例省丙县", "外派培训"),
    ("示例企业九", Absence.Kind.OUT_OF_TOUCH, 7, "", "电话停机，已三次上门未遇"),
    ("示例企业十一", Absence.Kind.OUT_OF_TOUCH, 1, "", "离职后未更新联系方式"),
]
BACK = ("示例企业十三", Absence.Kind.MOBILE, 11, "示例省丁县", "援建项目")


def load(made) -> None:
    for unit, kind, months, place, note in AWAY:
        _away(made, unit, kind, months, place=place, note=note)
    unit, kind, months, place, note = BACK
    row = _away(made, unit, kind, months, place=place, note=note)
    secretary, days = made.secretaries[unit], 70
    ends_on = made.today - timedelta(days=days)
    absences.end(row, ends_on=ends_on, by=secretary, at=made.at(days))


def _away(made, unit, kind, months, **facts):
    people = [one for one in made.people[made.branches[unit].pk] if one.pk not in made.recent]
    starts_on = months_after(made.today, -months)
    return absences.record(
        people[-1],
        kind=kind,
        starts_on=starts_on,
        by=made.secretaries[unit],
        at=made.at((made.today - starts_on).days),
        **facts,
    )
