"""The summary of an appraisal (民主评议汇总): names and grades for those who may see them once they
are released; how many of each otherwise."""

from tempfile import TemporaryFile

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import Appraisal, Grade
from members.models.appraisals import Sight
from nanchuan.kernel.exporting import Column, write_xlsx
from nanchuan.kernel.papers import Paper, written

SUMMARY = gettext_lazy("民主评议汇总")


def counts_for(appraisal: Appraisal, sight: Sight) -> list[tuple[str, int]]:
    """How many of each grade, for those who may know; nothing for the others."""
    if not appraisal.shows_counts_to(sight):
        return []
    return counts(appraisal)


def counts(appraisal) -> list[tuple[str, int]]:
    given = list(appraisal.appraisees.graded().values_list("grade", flat=True))
    found = [(str(Grade(code).label), given.count(code)) for code in Grade.values]
    left = given.count("")
    return [*found, (_("未评定"), left)] if left else found


def names_rows(appraisal: Appraisal, sight: Sight) -> list | None:
    """Who got what, in the order of names; None for whoever does not see it."""
    if not (appraisal.is_out and appraisal.shows_grades_to(sight)):
        return None
    rows = appraisal.appraisees.select_related("member").in_order()
    return list(rows.defer("own_text", "comment", "member__id_number", "member__phone"))


def columns() -> list[Column]:
    return [
        Column(_("姓名"), lambda row: row.member.name, 10),
        Column(_("党员类别"), lambda row: row.get_standing_display(), 10),
        Column(_("自评等次"), lambda row: row.get_own_grade_display(), 10),
        Column(_("评定等次"), lambda row: row.get_grade_display(), 10),
        Column(_("备注"), note, 24),
    ]


def note(row) -> str:
    if row.excused:
        return row.excused
    return "" if row.is_graded else _("预备党员不评等次")


def _facts(appraisal, numbers):
    yield _("党组织"), appraisal.organization.name
    yield _("年度"), _("%(year)d 年") % {"year": appraisal.year}
    yield _("名单日期"), written(appraisal.as_of)
    yield _("状态"), appraisal.get_status_display()
    for label, number in numbers:
        yield label, _("%(number)d 名") % {"number": number}
    if appraisal.excess_reason:
        yield _("优秀超过比例的理由"), appraisal.excess_reason


def summary(appraisal: Appraisal, sight: Sight, *, by) -> Paper:
    """As Word, on A4."""
    sheet = Paper(_title(appraisal), by=by)
    sheet.facts(_facts(appraisal, counts_for(appraisal, sight)), across=1)
    rows = names_rows(appraisal, sight)
    if rows is None:
        sheet.paragraph(_("等次公布以前，本表只列各等次的人数。"))
    else:
        sheet.rows(columns(), rows)
    return sheet


def summary_sheet(appraisal: Appraisal, sight: Sight, *, by):
    """The same as Excel: a file, and how many rows it has."""
    file = TemporaryFile()  # noqa: SIM115 - closed by the response
    rows, numbers = names_rows(appraisal, sight), counts_for(appraisal, sight)
    above = list(_facts(appraisal, () if rows is None else numbers))
    shown = columns()
    if rows is None:
        shown, rows = (
            [
                Column(_("评定等次"), lambda row: row[0], 12),
                Column(_("人数"), lambda row: row[1], 8),
            ],
            numbers,
        )
    title = _title(appraisal)
    return file, write_xlsx(file, title=title, columns=shown, rows=rows, by=by, above=above)


def _title(appraisal):
    return _("%(organization)s %(year)d 年度民主评议汇总") % {
        "organization": appraisal.organization,
        "year": appraisal.year,
    }
