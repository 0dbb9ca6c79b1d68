from django.contrib import messages
from django.db.models import Exists, OuterRef, Prefetch
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import FormView, ListView

from alliance.actions import conversions, item_rights
from alliance.actions import items as actions
from alliance.actions.rights import office
from alliance.forms.item_filters import ItemFilter
from alliance.forms.items import (
    ConfirmForm,
    ExtendForm,
    GrantForm,
    NoteForm,
    ReassignForm,
    RefuseForm,
    ReportForm,
    WithdrawForm,
)
from alliance.forms.owed import ReasonForm
from alliance.models import ActionItem, ItemFile, Measure, Meeting
from alliance.views.owed import ActPage, OwedDetail, Verb, take_act
from members.models import Unit
from nanchuan.accounts.views.saved import SavedViewsMixin
from nanchuan.kernel import attaching
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.panels import panels
from nanchuan.kernel.registers import register
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    FormActionMixin,
    ScopedMixin,
    UploadMixin,
    take_step,
)

ROWS = ActionItem.objects.select_related("unit", "resolution__meeting__group")


@register(
    "alliance:item-list",
    order=85,
    holds=_("会议议定的每项督办事项一行：议定的会议、责任单位和协办单位、期限、状态和办理结果。"),
)
class ItemList(ExportedMixin, SavedViewsMixin, DressedMixin, FilteredMixin, ScopedMixin, ListView):
    """What meetings resolved to be done, what is late first."""

    filterset_class = ItemFilter
    template_name = "alliance/item_list.html"
    partial_template_name = "alliance/_item_table.html"
    export_name = _("督办事项台账")
    on_paper = True
    queryset = ActionItem.objects.live().late_first()

    def dress(self, rows):
        rows = rows.select_related("unit", "resolution__meeting__group")
        return rows.prefetch_related("resolution__meeting__partners")

    def dress_export(self, rows):
        assisting = Prefetch("assisting", Unit.objects.only("name"), to_attr="assistants")
        return self.dress(rows).prefetch_related(assisting)

    def export_columns(self):
        return [
            Column(_("编号"), lambda row: row.number, 16),
            Column(_("办理内容"), lambda row: row.text, 40),
            Column(_("议定的会议"), lambda row: row.resolution.meeting.title, 30),
            Column(_("小组"), lambda row: row.resolution.meeting.groups_words, 20),
            Column(_("责任单位"), lambda row: row.unit.name, 24),
            Column(_("协办单位"), lambda row: _("、").join(x.name for x in row.assistants), 24),
            Column(_("完成期限"), lambda row: row.due_on, 12),
            Column(_("状态"), lambda row: row.state_words, 14),
            Column(_("完成日期"), lambda row: row.done_on, 12),
            Column(_("办理结果"), lambda row: row.effect or row.reason, 36),
        ]


# ── Acts with a page of their own ───────────────────────────────────────────────────────────


def visible(user, pk) -> ActionItem:
    return get_object_or_404(ROWS.visible_to(user), pk=pk)


class OfItem:
    """A page of an action item."""

    noun = "item"
    rights = item_rights
    visible = staticmethod(visible)


class ItemActPage(OfItem, ActPage):
    template_name = "alliance/item_act.html"
    lead = ""  # what to know before typing
    submit: Promise | str = ""

    def get_context_data(self, **kwargs):
        label = VERBS[self.verb].label
        return super().get_context_data(
            heading=label, submit=self.submit or label, lead=self.lead, **kwargs
        )


class ItemNoteCreate(ItemActPage, UploadMixin, FormView):
    """What was done, with what shows it."""

    verb = "note"
    form_class = NoteForm
    success_message = _("已记录进展。")
    submit = _("保存进展")

    def act(self, form):
        typed = form.cleaned_data
        by = self.request.user
        actions.note(self.owed, text=typed["text"], files=typed["files"], by=by)
        return self.owed


class ItemReport(ItemActPage, UploadMixin, FormView):
    """The responsible unit says that it is done."""

    verb = "report"
    form_class = ReportForm
    success_message = _("已报告完成，等待党务办公室确认。")

    def act(self, form):
        typed = form.cleaned_data
        by = self.request.user
        actions.report(self.owed, effect=typed["effect"], files=typed["files"], by=by)
        return self.owed


class ItemChange(ItemActPage, FormActionMixin):
    """Its form knows the item."""

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"item": self.owed}


class ItemExtend(ItemChange, FormView):
    """More time is asked for."""

    verb = "extend"
    form_class = ExtendForm
    success_message = _("已申请延期，等待党务办公室答复。答复前仍按原定期限。")

    def get_context_data(self, **kwargs):
        words = _("原定期限 %(day)s。延期要在到期前至少 1 个工作日申请。")
        self.lead = words % {"day": self.owed.due_on}
        return super().get_context_data(**kwargs)

    def act(self, form):
        typed = form.cleaned_data
        by = self.request.user
        actions.extend(self.owed, due_on=typed["due_on"], reason=typed["reason"], by=by)
        return self.owed


class ItemReassign(ItemChange, FormView):
    """Another unit has to do it."""

    verb = "reassign"
    form_class = ReassignForm
    success_message = _("已调整，有关单位会收到通知。")

    def act(self, form):
        typed = {name: form.cleaned_data[name] for name in ("unit", "assisting", "reason")}
        actions.reassign(self.owed, by=self.request.user, **typed)
        return self.owed


# ── The page of an item ─────────────────────────────────────────────────────────────────────


VERBS = {
    "note": Verb(_("填写进展")),
    "report": Verb(_("报告完成")),
    "extend": Verb(_("申请延期")),
    "grant": Verb(_("同意延期"), actions.grant, _("已同意延期，有关单位会收到通知。"), GrantForm),
    "refuse": Verb(
        _("不同意延期"),
        actions.refuse,
        _("已答复不同意延期，责任单位会收到通知。"),
        RefuseForm,
        danger=True,
    ),
    "withdraw": Verb(_("撤回延期申请"), actions.withdraw, _("已撤回延期申请。"), WithdrawForm),
    "confirm": Verb(
        _("确认办结"), actions.confirm, _("已确认办结，责任单位会收到通知。"), ConfirmForm
    ),
    "return": Verb(
        _("退回继续办理"),
        actions.send_back,
        _("已退回，责任单位会收到通知。"),
        ReasonForm,
        danger=True,
    ),
    "reassign": Verb(_("调整责任单位")),
    "drop": Verb(
        pgettext_lazy("verb", "不再办理"),
        actions.drop,
        _("已登记为不再办理，责任单位和协办单位会收到原因。"),
        ReasonForm,
        danger=True,
    ),
    "reopen": Verb(
        _("重新办理"), actions.reopen, _("已重新办理，责任单位会收到通知。"), ReasonForm
    ),
}
MAIN = {
    ActionItem.Status.IN_PROGRESS: ("grant", "report", "note"),
    ActionItem.Status.REPORTED: ("confirm",),
    ActionItem.Status.DONE: (),
    ActionItem.Status.DROPPED: (),
}
WAITING = {
    ActionItem.Status.IN_PROGRESS: _("%(unit)s正在办理。"),
    ActionItem.Status.REPORTED: _("%(unit)s已报告完成，等待园区党务办公室确认。"),
    ActionItem.Status.DONE: _("园区党务办公室已确认办结。"),
    ActionItem.Status.DROPPED: _("园区党务办公室已登记为不再办理。"),
}


class ItemDetail(OfItem, OwedDetail):
    queryset = ROWS
    template_name = "alliance/item_detail.html"
    context_object_name = "item"
    looks, main, waiting, file_noun = VERBS, MAIN, WAITING, "itemfile"

    def get_queryset(self):
        """Each row also knows `sees_meeting`: whether the reader may open where it comes from."""
        meetings = Meeting.objects.visible_to(self.request.user)
        meetings = meetings.filter(pk=OuterRef("resolution__meeting"))
        return super().get_queryset().annotate(sees_meeting=Exists(meetings))

    def get_context_data(self, **kwargs):
        item, user = self.object, self.request.user
        measures = Measure.objects.visible_to(user).filter(item=item)
        context = {
            "steps": steps(item),
            "extensions": list(item.extensions.select_related("asked_by").order_by("-pk")),
            "measures": (found := list(measures.order_by("pk"))),
            "may_measure": office(user) and _carries_on(item, found),
            "panels": panels("action_item", item, user, timezone.localdate()),
        }
        return super().get_context_data(**context, **kwargs)


def _carries_on(item, measures) -> bool:
    """Whether it can become a measure: it is open, and no measure carries it on yet."""
    standing = any(row.status != Measure.Status.DROPPED for row in measures)
    return item.is_live and item.is_open and not standing


def steps(item) -> list:
    """What became of it, newest first; what changed stands beside what was before."""
    found, before = list(item.steps.select_related("by", "unit")), None
    for row in found:
        row.due_before = before.due_on if before and row.what == row.What.EXTENDED else None
        before = row
    return found[::-1]


@require_POST
def item_act(request, pk, verb):
    return take_act(request, pk, verb, ItemDetail)


@require_POST
def item_measure(request, pk):
    """One click: the item is carried on as a measure, which opens."""
    item = visible(request.user, pk)
    try:
        measure = conversions.to_measure(item, by=request.user)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(item)
    messages.success(request, _("已转为举措，可以补充内容和节点。"))
    return redirect(measure)


def item_file(request, pk):
    return attaching.answer(_file(request.user, pk))


@require_POST
def item_unfile(request, pk):
    file = _file(request.user, pk)
    done = _("已删除“%(file)s”。") % {"file": file}
    return take_step(request, actions.take_out, file, done=done, to=file.note.item)


def _file(user, pk) -> ItemFile:
    rows = ItemFile.objects.select_related("note__item__resolution__meeting")
    return get_object_or_404(rows, pk=pk, note__item__in=ActionItem.objects.visible_to(user))
