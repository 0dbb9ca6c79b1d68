from django.db.models import Exists, OuterRef, Prefetch
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, FormView, ListView, UpdateView

from alliance.actions import measure_rights
from alliance.actions import measures as actions
from alliance.forms.measure_filters import MeasureFilter
from alliance.forms.measures import ExtendForm, MeasureForm, NoteForm, ReportForm, typed_so_far
from alliance.forms.owed import ConfirmForm, ReasonForm
from alliance.models import ActionItem, Measure, MeasureFile, Meeting, Milestone
from alliance.views.owed import ActPage, OwedDetail, Verb, take_act
from members.models import Unit
from nanchuan.accounts.views.saved import SavedViewsMixin
from nanchuan.kernel import attaching
from nanchuan.kernel.conflicts import EditActionMixin
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.fields import is_number
from nanchuan.kernel.panels import panels
from nanchuan.kernel.registers import register
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    FormActionMixin,
    ScopedMixin,
    UploadMixin,
    get_editable_or_deny,
    take_step,
)

ROWS = Measure.objects.select_related(
    "group", "unit", "clause__regulation", "resolution__meeting"
).with_percent()


@register(
    "alliance:measure-list",
    order=90,
    holds=_("每项举措一行：来源、责任单位和协办单位、期限、进度、状态和成效。"),
)
class MeasureList(
    ExportedMixin, SavedViewsMixin, DressedMixin, FilteredMixin, ScopedMixin, ListView
):
    """The measures of the package X, what is late first."""

    filterset_class = MeasureFilter
    template_name = "alliance/measure_list.html"
    partial_template_name = "alliance/_measure_table.html"
    export_name = _("举措台账")
    on_paper = True
    queryset = Measure.objects.late_first()

    def dress(self, rows):
        return rows.select_related("group", "unit").defer("content").with_percent()

    def dress_export(self, rows):
        rows = rows.select_related("group", "unit", "clause__regulation", "resolution__meeting")
        assisting = Prefetch("assisting", Unit.objects.only("name"), to_attr="assistants")
        return rows.prefetch_related(assisting).with_percent()

    def export_columns(self):
        return [
            Column(_("编号"), lambda row: row.number, 14),
            Column(_("举措"), lambda row: row.title, 30),
            Column(_("来源"), lambda row: row.source_words, 30),
            Column(_("小组"), group_words, 14),
            Column(_("责任单位"), lambda row: row.unit.name, 24),
            Column(_("协办单位"), assisting_words, 24),
            Column(_("开始日期"), lambda row: row.starts_on, 12),
            Column(_("完成期限"), lambda row: row.due_on, 12),
            Column(_("进度"), lambda row: f"{row.percent}%", 8),
            Column(_("状态"), lambda row: row.state_words, 14),
            Column(_("成效"), lambda row: row.effect or row.reason, 36),
        ]


def group_words(measure):
    return str(measure.group or _("整个联盟"))


def assisting_words(measure):
    return _("、").join(unit.name for unit in measure.assistants)


class MeasureFormMixin(FormActionMixin):
    """Without scripts too: the button for another row answers with the form as typed so far."""

    model = Measure
    form_class = MeasureForm
    template_name = "alliance/measure_form.html"
    context_object_name = "measure"

    def post(self, request, *args, **kwargs):
        if "add" in request.POST:
            self.object = self.get_object() if kwargs else None
            values, rows = typed_so_far(request.POST)
            form = MeasureForm(
                instance=self.object,
                initial=values,
                rows=rows,
                user=request.user,
            )
            return self.render_to_response(self.get_context_data(form=form))
        return super().post(request, *args, **kwargs)


class MeasureCreate(MeasureFormMixin, CreateView):
    success_message = _("已新增“%(object)s”，责任单位和协办单位会收到通知。")

    def get_initial(self):
        """`?resolution=7`, `?item=7` or `?clause=7` say where it comes from."""
        names = ("clause", "resolution", "item", "group")
        asked = {name: self.request.GET.get(name, "") for name in names}
        asked = {name: value for name, value in asked.items() if is_number(value)}
        initial = {"starts_on": timezone.localdate()} | asked
        if "item" in asked:
            initial |= self._of_item(asked["item"])
        elif "resolution" in asked:
            initial |= self._of_resolution(asked["resolution"])
        elif "clause" in asked:
            initial["source"] = Measure.Source.CLAUSE
        return initial

    def _of_item(self, pk) -> dict:
        """What is known of an action item."""
        rows = ActionItem.objects.visible_to(self.request.user).live()
        item = get_object_or_404(rows.select_related("resolution__meeting"), pk=pk)
        return actions.facts_of(item) | {"item": item.pk, "source": Measure.Source.RESOLUTION}

    def _of_resolution(self, pk) -> dict:
        rows = actions.offered_resolutions(self.request.user)
        resolution = get_object_or_404(rows, pk=pk)
        return {
            "source": Measure.Source.RESOLUTION,
            "content": resolution.text,
            "group": resolution.meeting.group_id,
        }

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=reverse("alliance:measure-list"), **kwargs)

    def act(self, form):
        return actions.create(by=self.request.user, **form.facts())


def visible(user, pk) -> Measure:
    return get_object_or_404(ROWS.visible_to(user), pk=pk)


class OfMeasure:
    """A page of a measure."""

    noun = "measure"
    rights = measure_rights
    visible = staticmethod(visible)


class MeasureEdit(OfMeasure, ActPage, MeasureFormMixin, EditActionMixin, UpdateView):
    verb = "edit"
    success_message = _("已修改“%(object)s”。")

    def get_object(self, queryset=None):
        return Measure.objects.get(pk=self.owed.pk)  # the form writes on its own

    def act(self, form):
        measure = Measure.objects.get(pk=self.owed.pk)
        actions.change(measure, by=self.request.user, **form.facts())
        return measure


class MeasureNoteCreate(OfMeasure, ActPage, UploadMixin, FormView):
    """How far it is, with what shows it."""

    verb = "note"
    form_class = NoteForm
    template_name = "alliance/measure_note.html"
    success_message = _("已记录进展。")

    def get_initial(self):
        return {"percent": self.owed.percent}

    def act(self, form):
        typed = form.cleaned_data
        actions.note(
            self.owed,
            text=typed["text"],
            percent=typed["percent"],
            files=typed["files"],
            by=self.request.user,
        )
        return self.owed


class MeasureReport(OfMeasure, ActPage, UploadMixin, FormView):
    """The responsible unit says that it is done."""

    verb = "report"
    form_class = ReportForm
    template_name = "alliance/measure_report.html"
    success_message = _("已报告完成，等待党务办公室确认。")

    def get_context_data(self, **kwargs):
        undone = self.owed.milestones.filter(done_on=None)
        return super().get_context_data(undone=list(undone), **kwargs)

    def act(self, form):
        typed = form.cleaned_data
        actions.report(
            self.owed, effect=typed["effect"], files=typed["files"], by=self.request.user
        )
        return self.owed


VERBS = {
    "note": Verb(_("填写进展")),
    "report": Verb(_("报告完成")),
    "confirm": Verb(
        _("确认完成"), actions.confirm, _("已确认完成，责任单位会收到通知。"), ConfirmForm
    ),
    "return": Verb(
        _("退回继续推进"),
        actions.send_back,
        _("已退回，责任单位会收到原因。"),
        ReasonForm,
        danger=True,
    ),
    "edit": Verb(_("修改")),
    "extend": Verb(
        _("调整完成期限"), actions.extend, _("已调整完成期限，责任单位会收到通知。"), ExtendForm
    ),
    "drop": Verb(
        pgettext_lazy("verb", "不再推进"),
        actions.drop,
        _("已登记为不再推进，责任单位和协办单位会收到原因。"),
        ReasonForm,
        danger=True,
    ),
    "reopen": Verb(
        _("重新推进"), actions.reopen, _("已重新推进，责任单位会收到原因。"), ReasonForm
    ),
}
MAIN = {
    Measure.Status.IN_PROGRESS: ("note",),
    Measure.Status.REPORTED: ("confirm",),
    Measure.Status.DONE: (),
    Measure.Status.DROPPED: (),
}
WAITING = {
    Measure.Status.IN_PROGRESS: _("%(unit)s正在推进。"),
    Measure.Status.REPORTED: _("%(unit)s已报告完成，等待园区党务办公室确认。"),
    Measure.Status.DONE: _("园区党务办公室已确认完成。"),
    Measure.Status.DROPPED: _("园区党务办公室已登记为不再推进。"),
}


class MeasureDetail(OfMeasure, OwedDetail):
    queryset = ROWS
    template_name = "alliance/measure_detail.html"
    context_object_name = "measure"
    looks, main, waiting, file_noun = VERBS, MAIN, WAITING, "evidence"

    def get_queryset(self):
        """Each row also knows `sees_meeting` and `sees_item`: whether the reader may open where it
        comes from."""
        user = self.request.user
        meetings = Meeting.objects.visible_to(user).filter(pk=OuterRef("resolution__meeting"))
        items = ActionItem.objects.visible_to(user).filter(pk=OuterRef("item"))
        rows = super().get_queryset().select_related("item")
        return rows.annotate(sees_meeting=Exists(meetings), sees_item=Exists(items))

    def get_context_data(self, **kwargs):
        measure = self.object
        boxes = panels("measure", measure, self.request.user, timezone.localdate())
        return super().get_context_data(
            milestones=milestones(measure), steps=steps(measure), panels=boxes, **kwargs
        )


def milestones(measure) -> list[Milestone]:
    """Each says whether it is late, and by how many days."""
    found, today = list(measure.milestones.all()), timezone.localdate()
    for row in found:
        row.days_late = (today - row.due_on).days if row.done_on is None else 0
        row.is_late = measure.is_open and row.days_late > 0
    return found


def steps(measure) -> list:
    """What became of it, newest first; a new due day stands beside the old one."""
    found, before = list(measure.steps.select_related("by")), None
    for row in found:
        row.due_before = before if row.what == row.What.EXTENDED else None
        before = row.due_on
    return [row for row in reversed(found) if row.what != row.What.CHANGED]


@require_POST
def measure_act(request, pk, verb):
    return take_act(request, pk, verb, MeasureDetail)


@require_POST
def milestone_done(request, pk):
    milestone = _milestone(request.user, pk)
    return take_step(request, actions.finish_milestone, milestone, done=_("节点已标记完成。"))


@require_POST
def milestone_undo(request, pk):
    milestone = _milestone(request.user, pk)
    return take_step(request, actions.reopen_milestone, milestone, done=_("已撤销节点完成。"))


def evidence_download(request, pk):
    return attaching.answer(_evidence(request.user, pk))


@require_POST
def evidence_remove(request, pk):
    file = _evidence(request.user, pk)
    done = _("已删除“%(file)s”。") % {"file": file}
    return take_step(request, actions.take_out, file, done=done, to=file.note.measure)


def _milestone(user, pk) -> Milestone:
    return get_editable_or_deny(Milestone.objects.select_related("measure"), user, pk=pk)


def _evidence(user, pk) -> MeasureFile:
    rows = MeasureFile.objects.select_related("note__measure")
    return get_object_or_404(rows, pk=pk, note__measure__in=Measure.objects.visible_to(user))
