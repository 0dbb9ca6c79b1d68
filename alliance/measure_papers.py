"""The quarterly statement of measures on paper (GB/T 9704) and its columns as a sheet."""

from django.conf import settings
from django.utils.translation import gettext as _

from alliance.numerals import numeral
from alliance.statements import Statement
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.papers import Paper, written


def columns() -> list[Column]:
    return [
        Column(_("编号"), lambda row: row.measure.number, 14),
        Column(_("举措"), lambda row: row.measure.title, 30),
        Column(_("小组"), lambda row: str(row.group or _("整个联盟")), 14),
        Column(_("责任单位"), lambda row: row.unit.name, 24),
        Column(_("完成期限"), lambda row: row.due_on, 12),
        Column(_("状态"), lambda row: row.state_words, 12),
        Column(_("进度"), lambda row: f"{row.percent}%", 8),
        Column(_("本季进展"), lambda row: row.progress, 40),
    ]


def title_of(statement: Statement) -> str:
    return _("%(quarter)s联盟举措推进情况") % {"quarter": statement.quarter}


def paper(statement: Statement, *, by) -> Paper:
    """Figures by group first, then what was done on each measure, group by group."""
    sheet = Paper(title_of(statement), by=by)
    sheet.paragraph(summary(statement))
    if statement.rows:
        sheet.heading(_("一、各小组情况"))
        sheet.rows(_figure_columns(statement), statement.groups(), numbered=False)
    for place, (key, name) in enumerate(statement.groups(), 2):  # 一 is the table
        sheet.heading(_("%(number)s、%(title)s") % {"number": numeral(place), "title": name})
        for number, row in enumerate(statement.chosen(group=key), 1):
            sheet.heading(f"{number}. {row.measure.title}", level=3)
            sheet.paragraph(_told(row))
    sheet.signature(settings.PARK_NAME, written(statement.on))
    return sheet


def summary(statement: Statement) -> str:
    number = {figure: count for figure, _words, count in statement.counts()}
    return _(
        "截至 %(day)s，联盟举措推进中 %(in_progress)d 项，已逾期 %(late)d 项，"
        "待确认 %(reported)d 项；本季度新增 %(new)d 项，完成 %(done)d 项，不再推进 %(dropped)d 项。"
    ) % {"day": written(statement.on), **number}


def _figure_columns(statement) -> list[Column]:
    def number_of(figure):
        return lambda group: len(statement.chosen(figure, group[0]))

    figures = [Column(words, number_of(figure), 8) for figure, words, _n in statement.counts()]
    return [Column(_("小组"), lambda group: group[1], 16), *figures]


def _told(row) -> str:
    facts = _("责任单位：%(unit)s。完成期限：%(due)s。状态：%(state)s，进度 %(percent)d%%。") % {
        "unit": row.unit.name,
        "due": written(row.due_on),
        "state": row.state_words,
        "percent": row.percent,
    }
    return f"{facts}\n{row.progress or _('本季度没有填写进展。')}"
