from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, ListView

from alliance import minuting
from alliance.actions import minutes as actions
from alliance.actions.rights import require
from alliance.forms.minutes import MinutesFilter, ReasonForm
from alliance.models import Meeting, Minutes
from nanchuan.kernel import roles
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.fields import is_number
from nanchuan.kernel.prepared import prepared
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import (
    ExportedMixin,
    FilteredMixin,
    HistoryMixin,
    ScopedMixin,
    get_editable_or_deny,
    take_step,
)
from nanchuan.notices.plans import plan_of

ROWS = Minutes.objects.select_related(
    "meeting__group", "meeting__kind", "meeting__convened_by", "meeting__regulation", "head__by"
)
Status = Minutes.Status


@dataclass(frozen=True)
class Verb:
    """How an act looks on the page of minutes, and what it says when it is done."""

    label: Promise
    action: Callable
    done: Promise
    consider: Promise | str = ""
    needs_reason: bool = False
    style: str = "btn-verb-primary"


VERBS = {
    "submit": Verb(
        gettext_lazy("送审"),
        actions.submit,
        gettext_lazy("已送审，园区党务办公室会收到通知。"),
        gettext_lazy("送审后，纪要、表决和议定事项都不能再改，除非党务办公室退回。"),
    ),
    "approve": Verb(
        gettext_lazy("审定并编号"),
        actions.approve,
        gettext_lazy("已审定并编号，可以印发。"),
        gettext_lazy("审定后，系统编定文号。"),
    ),
    "publish": Verb(
        gettext_lazy("印发"),
        actions.publish,
        gettext_lazy("已印发，受邀单位会收到通知和各自要办的事项。"),
        gettext_lazy("印发后，内容固定下来，不能再改，只能另行更正。受邀单位会马上收到通知。"),
    ),
    "return": Verb(
        gettext_lazy("退回修改"),
        actions.send_back,
        gettext_lazy("已退回，召集单位会收到原因。"),
        needs_reason=True,
    ),
    "recall": Verb(
        gettext_lazy("撤回审定"),
        actions.recall,
        gettext_lazy("已撤回审定，召集单位会收到原因。文号保留给下一次审定。"),
        needs_reason=True,
    ),
    "correct": Verb(
        gettext_lazy("更正"),
        actions.correct,
        gettext_lazy("已开始更正。更正后的纪要印发之前，原来的纪要仍然有效。"),
        needs_reason=True,
    ),
    "withdraw": Verb(
        gettext_lazy("撤回送审"),
        actions.withdraw,
        gettext_lazy("已撤回送审，可以继续修改。"),
        gettext_lazy("撤回后可以继续修改，改好以后再送审。"),
        style="",
    ),
    "discard": Verb(
        gettext_lazy("放弃更正"),
        actions.discard,
        gettext_lazy("已放弃更正，这一版仍然有效。"),
        gettext_lazy("放弃后，这次更正和其中填写的文字不再保留，已印发的纪要仍然有效。"),
        style="btn-verb-danger",
    ),
}
WAITING = {
    Status.DRAFT: gettext_lazy("召集单位正在起草，送审前可以多人一起修改。"),
    Status.SUBMITTED: gettext_lazy("等待园区党务办公室审核。"),
    Status.APPROVED: gettext_lazy("已审定编号，等待园区党务办公室印发。"),
}


class MinutesList(ExportedMixin, FilteredMixin, ScopedMixin, ListView):
    """The minutes of all meetings that a reader sees, the latest meeting first."""

    queryset = Minutes.objects.order_by("-meeting__starts_at", "-version", "-pk")
    filterset_class = MinutesFilter
    template_name = "alliance/minutes_list.html"
    partial_template_name = "alliance/_minutes_table.html"
    export_name = gettext_lazy("会议纪要台账")
    on_paper = True

    def get_queryset(self):
        rows = super().get_queryset()
        return (
            rows.select_related("meeting__group", "meeting__convened_by")
            .prefetch_related("meeting__partners")
            .defer("content")
        )

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        rows = context["object_list"]
        standing = Minutes.objects.standing().filter(pk__in=[row.pk for row in rows])
        found = set(standing.values_list("pk", flat=True))
        for row in rows:
            row.is_replaced = row.status == Status.PUBLISHED and row.pk not in found
        return context

    def export_columns(self):
        return [
            Column(_("文号"), lambda row: row.number, 20),
            Column(_("会议"), lambda row: row.meeting.title, 36),
            Column(_("联盟小组"), lambda row: row.meeting.groups_words, 20),
            Column(_("召集单位"), lambda row: str(row.meeting.convened_by), 26),
            Column(_("会议时间"), lambda row: row.meeting.starts_at),
            Column(_("印发期限"), lambda row: row.meeting.minutes_due_on, 12),
            Column(_("状态"), lambda row: row.get_status_display(), 10),
            Column(_("版次"), lambda row: row.version, 6),
            Column(_("更正原因"), lambda row: row.correction, 24),
            Column(_("印发时间"), lambda row: row.published_at),
        ]


class MinutesDetail(HistoryMixin, ScopedMixin, DetailView):
    """The document, who has to act next, and the other versions."""

    queryset = ROWS
    template_name = "alliance/minutes_detail.html"
    context_object_name = "minutes"
    bound = None  # the form of an act that was sent and could not be taken

    def get_context_data(self, **kwargs):
        minutes, user = self.object, self.request.user
        may = actions.verbs(user, minutes)
        versions = list(_versions(minutes.meeting, user))
        published = [row for row in versions if row.status == Status.PUBLISHED]
        context = {
            "document": minuting.shown(minutes),
            "waiting": WAITING.get(minutes.status, ""),
            "may_edit": "edit" in may,
            "buttons": [
                _button(verb, minutes.pk) for verb in may if verb in VERBS and not _asks(verb)
            ],
            "boxes": [self._box(verb) for verb in may if verb in VERBS and _asks(verb)],
            "versions": versions if len(versions) > 1 else [],
            "standing": published[0] if published else None,
            "may_revise": minutes.is_editable,
        }
        if roles.has_role(user, roles.STAFF):
            context["plan"] = plan_of(minutes)
        return super().get_context_data(**context, **kwargs)

    def _box(self, verb):
        form = (self.bound or {}).get(verb) or ReasonForm(
            user=self.request.user, auto_id=f"id_{verb}_%s"
        )
        return _button(verb, self.object.pk) | {"form": form}


def _versions(meeting, user):
    """Of a meeting, those that a reader sees, the latest first."""
    rows = Minutes.objects.visible_to(user).filter(meeting=meeting)
    return rows.defer("content").select_related("meeting").order_by("-version")


def _asks(verb) -> bool:
    return VERBS[verb].needs_reason


def _button(verb, pk) -> dict:
    look = VERBS[verb]
    url = reverse(f"alliance:minutes-{verb}", args=[pk])
    words = {"label": look.label, "consider": look.consider}
    return words | {"verb": verb, "url": url, "style": look.style}


def minutes_of(meeting, tally) -> dict:
    """What the page of a meeting shows of its minutes; asked for only where there are any."""
    versions = _of_meeting(meeting) if tally.minutes else []
    published = [row.published_at for row in versions if row.published_at]
    return {
        "minutes_versions": versions,
        "minutes_published_on": timezone.localdate(min(published)) if published else None,
        "may_start_minutes": meeting.is_editable and not tally.minutes and meeting.takes_notes,
    }


def _of_meeting(meeting) -> list[Minutes]:
    """The versions that a reader of the meeting sees, the latest first."""
    return _all_of(meeting.pk) if meeting.is_editable else _published_of(meeting.pk)


@prepared(int)
def _all_of(meeting):
    return Minutes.objects.filter(meeting=meeting).defer("content").order_by("-version")


@prepared(int)
def _published_of(meeting):
    return Minutes.objects.published().filter(meeting=meeting).defer("content").order_by("-version")


@require_POST
def meeting_minutes(request, pk):
    """Begin the draft, or go on with what was begun."""
    meeting = get_editable_or_deny(Meeting.objects, request.user, pk=pk)
    try:
        minutes = actions.start(meeting, by=request.user)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(meeting)
    page = "edit" if minutes.status == Status.DRAFT else "detail"
    return redirect(reverse(f"alliance:minutes-{page}", args=[minutes.pk]))


@require_POST
def minutes_act(request, pk, verb):
    """Any act on minutes. Where it asks for a reason, the page comes back with what was typed."""
    minutes, look = get_editable_or_deny(ROWS, request.user, pk=pk), VERBS[verb]
    if not look.needs_reason:
        facts = _seen(request, verb) | _after(minutes, verb)
        return take_step(request, look.action, minutes, done=look.done, **facts)
    form = ReasonForm(request.POST, user=request.user, auto_id=f"id_{verb}_%s")
    if form.is_valid():
        return _with_reason(request, minutes, verb, form.cleaned_data["reason"])
    if verb not in actions.verbs(request.user, minutes):
        require(verb == "correct" or roles.has_role(request.user, roles.STAFF))
        return redirect(minutes)
    page = MinutesDetail(bound={verb: form})
    page.setup(request, pk=pk)
    return page.get(request, pk=pk)


def _with_reason(request, minutes, verb, reason):
    """A correction leads to the draft that it begins."""
    look = VERBS[verb]
    if verb != "correct":
        return take_step(request, look.action, minutes, done=look.done, reason=reason)
    try:
        later = actions.correct(minutes, reason=reason, by=request.user)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(minutes)
    messages.success(request, look.done)
    return redirect(reverse("alliance:minutes-edit", args=[later.pk]))


def _after(minutes, verb) -> dict:
    """Where to go on: a correction that is given up leaves the version before it."""
    if verb != "discard" or minutes.version == 1:
        return {}
    return {"to": minutes.meeting.minutes.get(version=minutes.version - 1)}


def _seen(request, verb) -> dict:
    """The revision that stood on the page from which an act was taken."""
    if verb in ("submit", "withdraw"):
        return {}
    seen = request.POST.get("seen", "")
    return {"seen": int(seen)} if is_number(seen) else {}
