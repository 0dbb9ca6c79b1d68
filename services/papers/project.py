"""The file of one project (项目档案): what it serves, who gave what, what was done and what came of
it. It tells its reader what the page of the project tells, and no more."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nanchuan.kernel import events
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.papers import Paper
from services.actions.project_rights import unread_events
from services.models import ProgressFile, Project
from services.papers.words import day, listed, moment, who
from services.reading import Reading, gift_words, yuan

FILE = gettext_lazy("项目档案")
SKIPPED = ("paper.exported",)


def project_file(project: Project, user, *, by) -> Paper:
    told = Reading(project, user)
    sheet = Paper(_("%(number)s项目档案") % {"number": project.number}, by=by)
    sheet.heading(_("一、基本情况"))
    sheet.facts(_facts(told), across=1)
    sheet.heading(_("二、服务的需求"))
    _needs(sheet, told)
    sheet.heading(_("三、资源投入"))
    _table(sheet, GIFT_COLUMNS, told.gifts, _("没有可以列出的投入。"))
    sheet.heading(_("四、计划节点"))
    _table(sheet, MILESTONE_COLUMNS, told.milestones, _("没有登记节点。"))
    sheet.heading(_("五、进展情况"))
    _table(sheet, NOTE_COLUMNS, reversed(told.notes), _("没有进展记录。"))
    sheet.heading(_("六、成效"))
    _table(sheet, EFFECT_COLUMNS, told.effects, _("没有可以列出的成效。"))
    if told.is_whole:
        _inside(sheet, told)
    return sheet


def _inside(sheet, told):
    """For the park and the units that carry the project."""
    sheet.heading(_("七、资金"))
    if told.sums:
        sheet.facts([(each.words, each.said) for each in told.sums], across=1)
    _table(sheet, MONEY_COLUMNS, told.money, _("没有登记资金。"))
    sheet.heading(_("八、风险"))
    _table(sheet, RISK_COLUMNS, told.risks, _("没有登记风险。"))
    sheet.heading(_("九、办理记录"))
    _table(sheet, STEP_COLUMNS, _steps(told), _("没有记录。"))
    sheet.heading(_("十、佐证清单"))
    files = ProgressFile.objects.filter(note__project=told.project).select_related("added_by")
    _table(sheet, FILE_COLUMNS, files, _("没有佐证文件。"))


def _facts(told):
    project = told.project
    yield _("编号"), project.number
    yield _("名称"), project.name
    yield _("牵头单位"), project.lead.name
    if told.helpers:
        yield _("协作单位"), listed(row.unit.name for row in told.helpers)
    if told.measure:
        yield _("举措"), "{number} {title}".format(**told.measure)
    yield _("目标"), project.goal
    yield _("开始日期"), project.starts_on
    yield _("计划完成日期"), project.due_on
    yield _("状态"), project.get_status_display()
    yield _("完成进度"), f"{project.percent}%"
    if project.ended_at:
        yield _("完成或中止时间"), moment(project.ended_at)
    if project.reason:
        yield _("中止原因"), project.reason
    if project.archived_at:
        yield _("归档时间"), moment(project.archived_at)


def _table(sheet, columns, rows, nothing):
    if rows := list(rows):
        sheet.rows(columns, rows, numbered=False)
    else:
        sheet.paragraph(nothing)


def _needs(sheet, told):
    if told.needs or not told.has_hidden_needs:
        _table(sheet, NEED_COLUMNS, told.needs, _("没有对应的需求。"))
    if told.has_hidden_needs:
        sheet.paragraph(_("有需求按提出单位的选择不向贵单位公开。"))


def _given(row) -> str:
    if row.is_waiting:
        return _("待提供单位同意")
    return "\n".join(filter(None, (moment(row.committed_at), _back(row))))


def _back(row) -> str:
    if row.withdrawn_at is None:
        return ""
    words = _("%(moment)s 退出") % {"moment": moment(row.withdrawn_at)}
    return " ".join(filter(None, (words, row.why)))


def _writer(note) -> str:
    unit = note.unit.name if note.unit else _("办公室")
    return "\n".join(filter(None, (unit, who(note.written_by))))


def _said(note) -> str:
    words = evidence_words(len(note.photo_keys), len(note.file_lines))
    return "\n".join(filter(None, (note.text, words)))


def evidence_words(photos: int, files: int) -> str:
    parts = [_("照片 %(number)d 张") % {"number": photos}] if photos else []
    parts += [_("文件 %(number)d 份") % {"number": files}] if files else []
    return listed(parts)


def _sum(row) -> str:
    if row.cancelled_at is None:
        return row.words
    return _("%(amount)s（已作废：%(why)s）") % {"amount": row.words, "why": row.why}


def _steps(told):
    unread = (*SKIPPED, *unread_events(told.user))
    rows = events.history(told.project).exclude(name__in=unread)
    return rows.order_by("happened_at", "pk")


NEED_COLUMNS = [
    Column(gettext_lazy("编号"), lambda row: row.number, 10),
    Column(gettext_lazy("企业"), lambda row: row.face.unit_name, 14),
    Column(gettext_lazy("需求"), lambda row: row.face.heading, 18),
    Column(gettext_lazy("状态"), lambda row: row.get_status_display(), 7),
]
GIFT_COLUMNS = [
    Column(gettext_lazy("提供单位"), lambda row: row.unit.name, 14),
    Column(gettext_lazy("投入内容"), gift_words, 18),
    Column(gettext_lazy("投入时间"), _given, 14),
]
MILESTONE_COLUMNS = [
    Column(gettext_lazy("节点"), lambda row: row.title, 18),
    Column(gettext_lazy("责任单位"), lambda row: row.unit.name if row.unit else "", 14),
    Column(gettext_lazy("期限"), lambda row: row.due_on, 9),
    Column(gettext_lazy("情况"), lambda row: row.said, 9),
]
NOTE_COLUMNS = [
    Column(gettext_lazy("时间"), lambda row: moment(row.written_at), 11),
    Column(gettext_lazy("填写"), _writer, 12),
    Column(gettext_lazy("进度"), lambda row: f"{row.percent}%", 5),
    Column(gettext_lazy("内容"), _said, 18),
]
EFFECT_COLUMNS = [
    Column(gettext_lazy("企业"), lambda row: row.unit.name, 12),
    Column(gettext_lazy("成效"), lambda row: row.text, 18),
    Column(gettext_lazy("折合金额"), lambda row: yuan(row.amount), 9),
    Column(gettext_lazy("填写时间"), lambda row: moment(row.stated_at), 10),
]
MONEY_COLUMNS = [
    Column(gettext_lazy("日期"), lambda row: row.on, 9),
    Column(gettext_lazy("类别"), lambda row: row.get_kind_display(), 8),
    Column(gettext_lazy("单位"), lambda row: row.unit.name if row.unit else "", 12),
    Column(gettext_lazy("金额"), _sum, 12),
    Column(gettext_lazy("说明"), lambda row: row.text, 16),
]
RISK_COLUMNS = [
    Column(gettext_lazy("提出时间"), lambda row: day(row.raised_at), 9),
    Column(gettext_lazy("风险"), lambda row: row.text, 16),
    Column(gettext_lazy("程度"), lambda row: row.get_level_display(), 5),
    Column(gettext_lazy("责任单位"), lambda row: row.owner.name if row.owner else "", 12),
    Column(gettext_lazy("采取的措施"), lambda row: row.done, 14),
    Column(gettext_lazy("状态"), lambda row: row.get_status_display(), 7),
]
STEP_COLUMNS = [
    Column(gettext_lazy("时间"), lambda row: moment(row.happened_at), 11),
    Column(gettext_lazy("办理人"), lambda row: row.by_label, 9),
    Column(gettext_lazy("环节"), lambda row: events.word_for(row.name), 12),
    Column(gettext_lazy("说明"), events.detail_of, 18),
]
FILE_COLUMNS = [
    Column(gettext_lazy("文件名"), lambda row: row.name, 18),
    Column(gettext_lazy("添加人"), lambda row: who(row.added_by), 10),
    Column(gettext_lazy("添加时间"), lambda row: moment(row.added_at), 11),
]
