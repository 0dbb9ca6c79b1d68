"""The yearly handbook of a branch (支部工作手册): all that was written down of a year, in order.

What nobody wrote down stays empty. Talks appear by date and number only.
"""

from django.template.defaultfilters import floatformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members import papers, planning, yearly
from members.activity_papers import dressed, head, write_record
from members.models import Membership, Organization, PartyMember, YearWords
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.fields import mask_phone
from nanchuan.kernel.papers import Paper, written

HANDBOOK = gettext_lazy("支部工作手册")
MOST_ACTIVITIES = 200  # that Word still opens without a wait


def handbook(organization: Organization, year: int, *, by) -> Paper:
    on = yearly.last_day(organization, year)
    title = _("%(name)s%(year)d年工作手册") % {"name": organization.name, "year": year}
    sheet = Paper(title, by=by)
    sheet.paragraph(_("截至 %(day)s。") % {"day": written(on)})
    sheet.heading(_("一、党组织概况"))
    papers.write_overview(sheet, organization, on)
    sheet.heading(_("二、党员名册"))
    _roster(sheet, organization, on, by)
    sheet.heading(_("三、年度计划"))
    _plan(sheet, organization, year)
    sheet.heading(_("四、组织生活记录"))
    _activities(sheet, organization, year, by)
    sheet.heading(_("五、学习情况"))
    _studies(sheet, organization, year, by)
    sheet.heading(_("六、谈心谈话"))
    _talks(sheet, organization, year)
    sheet.heading(_("七、年度总结"))
    _summary(sheet, organization, year)
    return sheet


def _roster(sheet, organization, on, by):
    """Those whom the reader may see, as they stood on the day; numbers masked."""
    rows = Membership.objects.current(on).filter(organization__in=papers.below(organization, on))
    people = PartyMember.objects.visible_to(by).filter(pk__in=rows.order_by().values("member"))
    people = people.with_place(on).with_post_order(on)
    columns = [
        Column(_("姓名"), lambda row: row.name, 8),
        Column(_("性别"), lambda row: row.get_gender_display(), 4),
        Column(_("民族"), lambda row: row.ethnicity, 6),
        Column(_("出生日期"), lambda row: row.born_on, 10),
        Column(_("入党日期"), lambda row: row.joined_on, 10),
        Column(_("党员类别"), lambda row: row.standing_word, 8),
        Column(_("党内职务"), lambda row: row.post_name or "", 8),
        Column(_("联系电话"), lambda row: mask_phone(row.phone), 12),
    ]
    found = sorted(people, key=lambda one: (one.post_order or 10**6, one.pinyin, one.pk))
    sheet.rows(columns, found)


def _plan(sheet, organization, year):
    """Each line with what became of it; without a plan the chapter stays empty."""
    lines = [line for month in planning.months(organization, year) for line in month.lines]
    if not lines:
        sheet.paragraph("")
        return
    columns = [
        Column(_("计划日期"), lambda line: line.planned.planned_on, 12),
        Column(_("活动类型"), lambda line: line.planned.kind.name, 16),
        Column(_("主题"), lambda line: line.planned.title, 30),
        Column(_("开展情况"), lambda line: line.words, 24),
    ]
    sheet.rows(columns, lines)


def _activities(sheet, organization, year, by):
    rows = yearly.activities(organization, year, by)
    number = rows.count()
    for place, activity in enumerate(dressed(rows, by)[:MOST_ACTIVITIES], 1):
        sheet.heading(
            _("（%(place)d）%(day)s %(title)s")
            % {"place": place, "day": written(activity.held_on), "title": activity.title},
            2,
        )
        sheet.facts(head(activity), across=1)
        write_record(sheet, activity, by=by, level=3)
    if number > MOST_ACTIVITIES:
        sheet.paragraph(
            _("共 %(number)d 次，这里列出前 %(most)d 次。")
            % {"number": number, "most": MOST_ACTIVITIES}
        )


def _studies(sheet, organization, year, by):
    columns = [
        Column(_("日期"), lambda row: row.activity.held_on, 10),
        Column(_("学习材料"), lambda row: row.material.title, 18),
        Column(_("来源"), lambda row: row.material.source, 12),
        Column(_("活动"), lambda row: row.activity.title, 14),
        Column(_("补录"), lambda row: row.activity.late_word, 6),
    ]
    sheet.rows(columns, yearly.studies(organization, year, by))


def _talks(sheet, organization, year):
    columns = [
        Column(_("日期"), lambda row: row[0], 12),
        Column(_("次数"), lambda row: row[1], 8),
        Column(_("其中补录"), lambda row: row[2] or "", 8),
    ]
    sheet.rows(columns, yearly.talks(organization, year))


def _summary(sheet, organization, year):
    figures = yearly.figures(organization, year)
    sheet.facts([(name, _times(number)) for name, number in figures.kinds], across=2)
    sheet.facts(figure_lines(figures), across=2)
    words = YearWords.objects.filter(organization=organization, year=year).first()
    sheet.paragraph(words.text if words else "", label=_("书记总结："))


def figure_lines(figures) -> list[tuple[str, str]]:
    """The figures in words, for the paper and for the page."""
    return [
        (_("党员"), _("%(number)d 名") % {"number": figures.members}),
        (_("组织生活"), _times(figures.activities)),
        (
            _("到会人次"),
            _("应到 %(expected)d，实到 %(came)d")
            % {"expected": figures.expected, "came": figures.came},
        ),
        (_("计入学时"), _hours(figures)),
        (_("学习材料"), _("%(number)d 份") % {"number": figures.materials}),
        (_("补录"), _times(figures.late)),
    ]


def _hours(figures) -> str:
    words = {"hours": floatformat(figures.hours), "late": floatformat(figures.late_hours)}
    if figures.late_hours:
        return _("共 %(hours)s 学时，其中补录 %(late)s 学时") % words
    return _("共 %(hours)s 学时") % words


def _times(number) -> str:
    return _("%(number)d 次") % {"number": number}
