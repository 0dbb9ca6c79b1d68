"""The file of one order (办理卷宗): what was asked, who did what when, what came of it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nanchuan.kernel import events
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.papers import Paper
from services.actions import rights
from services.models import Appeal, Dispatch, Need, NeedFile, NeedNoteFile, Remark
from services.papers.words import contact_words, day, listed, moment, wanted, who

DOSSIER = gettext_lazy("办理卷宗")
SKIPPED = ("paper.exported",)
Step = Remark.Step
EVENT_OF = {step: f"need.{step}" for step in Step.values}  # a reason is given with its step


def dossier(need: Need, user, *, by) -> Paper:
    """All that a reader may read of a need; what is internal stays with the office and the units
    that work on it."""
    is_internal = rights.reads_inside(user, need)
    title = _("%(number)s办理卷宗") % {"number": need.number}
    sheet = Paper(title, by=by)
    sheet.heading(_("一、基本情况"))
    sheet.facts(_facts(need), across=1)
    sheet.heading(_("二、需求内容"))
    sheet.paragraph(need.title, label=_("需求："))
    sheet.paragraph(need.content)
    sheet.heading(_("三、责任单位"))
    _units(sheet, need, is_internal)
    sheet.heading(_("四、办理时限"))
    _clocks(sheet, need, is_internal)
    sheet.heading(_("五、办理过程"))
    _table(sheet, STEP_COLUMNS, steps(need, rights.unread_events(user, need)), _("没有记录。"))
    sheet.heading(_("六、办理记录"))
    _table(sheet, NOTE_COLUMNS, _notes(need, is_internal), _("没有办理记录。"))
    sheet.heading(_("七、解决方案和评价"))
    _solutions(sheet, need)
    sheet.heading(_("八、附件清单"))
    _table(sheet, FILE_COLUMNS, _files(need, is_internal), _("没有附件。"))
    return sheet


def _facts(need):
    yield _("编号"), need.number
    if need.former_number:
        yield _("原编号"), need.former_number
    yield _("提出单位"), need.unit.name
    if names := [row.unit.name for row in _cofilers(need)]:
        yield _("共同提出单位"), listed(names)
    yield _("类别"), need.get_category_display()
    yield _("紧急程度"), need.get_urgency_display()
    yield from wanted(need)
    yield _("公开范围"), need.get_audience_display()
    yield _("联系人"), contact_words(need)
    yield _("提出时间"), moment(need.filed_at)
    yield _("审核通过"), moment(need.reviewed_at)
    yield _("责任单位"), need.accepted_by.name if need.accepted_by else ""
    yield _("接单时间"), moment(need.accepted_at)
    yield _("首次联系企业"), moment(need.contacted_at)
    yield _("销号时间"), moment(need.closed_at)
    yield _("状态"), need.get_status_display()


def _cofilers(need):
    return need.cofilers.exclude(admitted_at=None).select_related("unit")


def _table(sheet, columns, rows, nothing):
    if rows := list(rows):
        sheet.rows(columns, rows, numbered=False)
    else:
        sheet.paragraph(nothing)


# ── Units ───────────────────────────────────────────────────────────────────────────────────


def _ended(dispatch) -> str:
    return "\n".join(filter(None, (moment(dispatch.ended_at), str(dispatch.get_end_display()))))


def _ended_outside(dispatch) -> str:
    """That a unit objected is internal."""
    if dispatch.end == Dispatch.End.OBJECTION:
        return moment(dispatch.ended_at)
    return _ended(dispatch)


REQUIREMENTS = Column(gettext_lazy("要求"), lambda row: row.note, 16)
DISPATCH_COLUMNS = [
    Column(gettext_lazy("时间"), lambda row: moment(row.at), 10),
    Column(gettext_lazy("单位"), lambda row: row.unit.name, 14),
    Column(gettext_lazy("方式"), lambda row: row.get_how_display(), 5),
    REQUIREMENTS,
    Column(gettext_lazy("接单"), lambda row: moment(row.accepted_at), 10),
    Column(gettext_lazy("结束"), _ended, 10),
]
OUTSIDE_COLUMNS = [
    *(each for each in DISPATCH_COLUMNS[:-1] if each is not REQUIREMENTS),
    Column(gettext_lazy("结束"), _ended_outside, 10),
]
ASSISTANCE_COLUMNS = [
    Column(gettext_lazy("协办单位"), lambda row: row.unit.name, 14),
    Column(gettext_lazy("交办"), lambda row: moment(row.asked_at), 10),
    Column(gettext_lazy("期限"), lambda row: day(row.due_at), 9),
    Column(gettext_lazy("完成"), lambda row: moment(row.done_at), 10),
    Column(gettext_lazy("协办情况"), lambda row: row.result, 18),
]


def _units(sheet, need, is_internal):
    rows = list(need.dispatches.select_related("unit", "objection"))
    columns = DISPATCH_COLUMNS if is_internal else OUTSIDE_COLUMNS
    _table(sheet, columns, rows, _("还没有责任单位。"))
    for row in rows if is_internal else ():
        if objection := getattr(row, "objection", None):
            _objection(sheet, objection)
    if helping := list(need.assistances.select_related("unit")):
        sheet.rows(ASSISTANCE_COLUMNS if is_internal else ASSISTANCE_COLUMNS[:4], helping)


def _objection(sheet, objection):
    words = _("%(at)s 提出：%(reason)s") % {
        "at": moment(objection.raised_at),
        "reason": objection.reason,
    }
    sheet.paragraph(words, label=_("异议："))
    if objection.ruled_at:
        result = _("异议成立") if objection.is_upheld else _("异议不成立")
        parts = (moment(objection.ruled_at), result, objection.ruling)
        sheet.paragraph(" ".join(filter(None, parts)), label=_("裁定："))


# ── Clocks ──────────────────────────────────────────────────────────────────────────────────


def _allowed(clock) -> str:
    return f"{clock.days}+{clock.extra_days}" if clock.extra_days else str(clock.days)


def _finished(clock) -> str:
    if clock.stopped_at:
        return _("%(at)s 停止") % {"at": moment(clock.stopped_at)}
    return moment(clock.done_at)


def _decided(extension) -> str:
    if extension.decided_at is None:
        return ""
    result = _("同意") if extension.is_granted else _("不同意")
    return " ".join(filter(None, (moment(extension.decided_at), result, extension.answer)))


CLOCK_COLUMNS = [
    Column(gettext_lazy("环节"), lambda row: row.get_kind_display(), 8),
    Column(gettext_lazy("责任方"), lambda row: row.unit.name if row.unit else _("办公室"), 14),
    Column(gettext_lazy("工作日"), _allowed, 7),
    Column(gettext_lazy("开始"), lambda row: moment(row.started_at), 10),
    Column(gettext_lazy("到期"), lambda row: moment(row.due_at), 10),
    Column(gettext_lazy("完成"), _finished, 10),
]
PAUSE_COLUMNS = [
    Column(gettext_lazy("暂停计时"), lambda row: row.get_why_display(), 10),
    Column(gettext_lazy("开始"), lambda row: moment(row.started_at), 10),
    Column(gettext_lazy("结束"), lambda row: moment(row.ended_at), 10),
    Column(gettext_lazy("原因"), lambda row: row.reason, 20),
]
EXTENSION_COLUMNS = [
    Column(gettext_lazy("申请延期"), lambda row: moment(row.asked_at), 10),
    Column(gettext_lazy("工作日"), lambda row: row.days, 6),
    Column(gettext_lazy("原因"), lambda row: row.reason, 18),
    Column(gettext_lazy("答复"), _decided, 18),
]


def _clocks(sheet, need, is_internal):
    clocks = need.clocks.select_related("unit").order_by("started_at", "pk")
    _table(sheet, CLOCK_COLUMNS, clocks, _("没有计时记录。"))
    if pauses := list(need.pauses.all()):
        sheet.rows(PAUSE_COLUMNS, pauses, numbered=False)
    extensions = need.extensions.order_by("asked_at", "pk") if is_internal else ()
    if extensions := list(extensions):
        sheet.rows(EXTENSION_COLUMNS, extensions, numbered=False)


# ── What was done ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Done:
    """A step with its moment, who took it, and the reason that was given with it."""

    at: datetime
    by: str
    what: str
    text: str = ""


STEP_COLUMNS = [
    Column(gettext_lazy("时间"), lambda row: moment(row.at), 11),
    Column(gettext_lazy("办理人"), lambda row: row.by, 9),
    Column(gettext_lazy("环节"), lambda row: row.what, 12),
    Column(gettext_lazy("说明"), lambda row: row.text, 18),
]


def steps(need: Need, unread: Iterable[str]) -> list[Done]:
    """The history of a need, oldest first; each reason stands at the step that it explains."""
    reasons = _reasons(need)
    found = []
    rows = events.history(need).exclude(name__in=(*SKIPPED, *unread)).order_by("happened_at", "pk")
    for event in rows:
        given = reasons[event.name]
        text = given.pop(0).text if given else events.detail_of(event)
        found.append(Done(event.happened_at, event.by_label, events.word_for(event.name), text))
    found += [done for given in reasons.values() for done in given]
    return sorted(found, key=lambda done: done.at)


def _reasons(need) -> dict[str, list[Done]]:
    """What was said with each step, by the name of its event, in the order of time."""
    reasons = defaultdict(list)
    for row in need.remarks.select_related("written_by").order_by("written_at", "pk"):
        what = str(row.get_step_display())
        reasons[EVENT_OF[row.step]].append(
            Done(row.written_at, who(row.written_by), what, row.text)
        )
    for row in Appeal.objects.filter(need=need).select_related("appealed_by", "ruled_by"):
        said = Done(row.appealed_at, who(row.appealed_by), str(Step.APPEALED.label), row.reason)
        reasons[EVENT_OF[Step.APPEALED]].append(said)
        if row.ruled_at:
            words = str(Step.APPEAL_RULED.label)
            said = Done(row.ruled_at, who(row.ruled_by), words, row.answer)
            reasons[EVENT_OF[Step.APPEAL_RULED]].append(said)
    return reasons


def _writer(note) -> str:
    unit = note.unit.name if note.unit else _("办公室")
    return "\n".join(filter(None, (unit, who(note.written_by))))


def _kind(note) -> str:
    kind = str(note.get_kind_display())
    return kind if note.is_public else _("%(kind)s（内部）") % {"kind": kind}


NOTE_COLUMNS = [
    Column(gettext_lazy("时间"), lambda row: moment(row.written_at), 11),
    Column(gettext_lazy("填写"), _writer, 12),
    Column(gettext_lazy("类别"), _kind, 10),
    Column(gettext_lazy("内容"), lambda row: row.text, 18),
]


def _notes(need, is_internal):
    rows = need.notes.select_related("unit", "written_by").order_by("written_at", "pk")
    return rows if is_internal else rows.filter(is_public=True)


def _solutions(sheet, need):
    rows = list(need.solutions.select_related("offered_by").order_by("offered_at", "pk"))
    if not rows:
        sheet.paragraph(_("还没有提交解决方案。"))
    for number, row in enumerate(rows, 1):
        sheet.item(number, row.text, _answer(row))


def _answer(solution):
    yield _("提交"), f"{moment(solution.offered_at)} {who(solution.offered_by)}"
    if solution.refused_at:
        yield _("企业退回"), f"{moment(solution.refused_at)} {solution.refusal}"
    if solution.confirmed_at:
        how = _("到期自动确认") if solution.automatically else _("企业确认")
        yield how, moment(solution.confirmed_at)
    if solution.rating:
        yield _("评价"), f"{solution.get_rating_display()} {solution.comment}".strip()
    if solution.reopened_at:
        yield _("重新办理"), moment(solution.reopened_at)


FILE_COLUMNS = [
    Column(gettext_lazy("文件名"), lambda row: row.name, 18),
    Column(gettext_lazy("添加人"), lambda row: who(row.added_by), 10),
    Column(gettext_lazy("添加时间"), lambda row: moment(row.added_at), 11),
]


def _files(need, is_internal):
    notes = NeedNoteFile.objects.filter(note__need=need)
    if not is_internal:
        notes = notes.filter(note__is_public=True)
    rows = [*NeedFile.objects.filter(need=need), *notes.select_related("added_by")]
    return sorted(rows, key=lambda row: (row.added_at, row.pk))
