from django.contrib import messages
from django.db.models import Case, Q, Value, When
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView, FormView, ListView, UpdateView

from alliance.actions import handovers as actions
from alliance.actions.rights import require
from alliance.forms.handovers import HandoverFilter, HandoverForm, ReasonForm, SignForm
from alliance.handover_papers import SHEET, handover_paper
from alliance.models import Handover, HandoverFile, Signature
from nanchuan.kernel.attaching import answer
from nanchuan.kernel.conflicts import EditActionMixin
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.views import (
    ExportedMixin,
    FilteredMixin,
    FormActionMixin,
    HistoryMixin,
    ScopedMixin,
    UploadMixin,
    get_editable_or_deny,
    paper_response,
)
from nanchuan.notices.plans import plan_of

ROWS = Handover.objects.select_related(
    "turn__group", "turn__seat__unit", "turn__regulation", "arriving__seat__unit"
)
Status, Party = Handover.Status, Signature.Party
SETTLED = (Status.DONE, Status.DROPPED)
STYLES = {Status.OPEN: "active", Status.RECEIVED: "soon", Status.DROPPED: "ended"}
SIGN_LABELS = {
    Party.LEAVING: gettext_lazy("签字并移交"),
    Party.ARRIVING: gettext_lazy("签字接收"),
    Party.OFFICE: gettext_lazy("确认签字，完成交接"),
}
SIGNED = {
    Party.LEAVING: gettext_lazy("已签字移交，接任单位会收到通知。"),
    Party.ARRIVING: gettext_lazy("已签字接收，园区党务办公室会收到通知。"),
    Party.OFFICE: gettext_lazy("交接完成，交接单已锁定。"),
}


def look_of(handover) -> tuple[str, str]:
    """Style and words of how it stands, with the days it is late."""
    words = handover.get_status_display()
    if handover.is_overdue:
        days = (timezone.localdate() - handover.turn.ends_on).days
        return "overdue", _("%(words)s，逾期 %(days)d 天") % {"words": words, "days": days}
    return STYLES.get(handover.status, handover.status), words


class HandoverList(ExportedMixin, FilteredMixin, ScopedMixin, ListView):
    """Overdue ones first, the longest overdue on top; then those that wait; then the settled."""

    filterset_class = HandoverFilter
    partial_template_name = "alliance/_handover_table.html"
    export_name = gettext_lazy("轮值交接台账")
    on_paper = True

    def get_queryset(self):
        self.queryset = ROWS.annotate(
            place=Case(
                When(Q(status__in=SETTLED), then=Value(2)),
                When(turn__ends_on__lt=timezone.localdate(), then=Value(0)),
                default=Value(1),
            ),
            settled_on=Case(When(status__in=SETTLED, then="turn__ends_on"), default=None),
        ).order_by("place", "-settled_on", "turn__ends_on", "pk")
        return super().get_queryset()

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        for row in context["object_list"]:
            row.look, row.words = look_of(row)
            row.now = actions.waiting_words(row)
        return context

    def export_columns(self):
        return [
            Column(_("联盟小组"), lambda row: str(row.turn.group), 24),
            Column(_("轮值时间"), lambda row: row.turn.period_words, 18),
            Column(_("移交单位"), lambda row: row.turn.holder, 24),
            Column(_("接任单位"), lambda row: row.arriving.holder if row.arriving else "", 24),
            Column(_("轮值结束"), lambda row: row.turn.ends_on, 12),
            Column(_("状态"), lambda row: look_of(row)[1], 16),
            Column(_("办结时间"), lambda row: row.done_at, 18),
        ]


class HandoverDetail(HistoryMixin, ScopedMixin, DetailView):
    """The sheet: as the rows stand while it is open, as it was signed ever after."""

    queryset = ROWS.prefetch_related("files")
    template_name = "alliance/handover_detail.html"
    bound = None  # the form of a step that was sent and could not be taken

    def get_context_data(self, **kwargs):
        handover, user = self.object, self.request.user
        verbs = actions.verbs(user, handover)
        look, words = look_of(handover)
        files = handover.files.all()
        signatures = list(handover.signatures.all())
        sheet = sheet_of(handover)
        context = {
            "look": look,
            "words": words,
            "now": actions.waiting_words(handover),
            "sheet": sheet,
            "files": files,
            "parties": parties(handover, sheet, signatures),
            "returned": returned(handover, signatures),
            "earlier": [row for row in signatures if row.voided_at or row.refusal],
            "may_edit": "edit" in verbs,
            "forms": {verb: self._form(verb) for verb in verbs if verb in FORMS},
            "sign_label": SIGN_LABELS.get(actions.NEXT.get(handover.status, ("",))[0]),
        }
        if "drop" in verbs:
            context["plan"] = plan_of(handover)
        return super().get_context_data(**context, **kwargs)

    def _form(self, verb):
        if self.bound and verb in self.bound:
            return self.bound[verb]
        user = self.request.user
        party = actions.NEXT[self.object.status][0]
        initial = {"party": party, "name": user.get_full_name()} if verb == "sign" else {}
        return FORMS[verb](user=user, initial=initial, auto_id=f"id_{verb}_%s")


FORMS = {"sign": SignForm, "refuse": ReasonForm, "drop": ReasonForm}


def sheet_of(handover) -> dict | None:
    """Live while it is open; later what was signed, whatever happened to the rows since."""
    if handover.status == Status.OPEN:
        return actions.live_sheet(handover, handover.arriving)
    return None if handover.status == Status.DROPPED else handover.sheet


def returned(handover, signatures) -> Signature | None:
    """The last refusal, while the sheet waits to be put right."""
    refused = [row for row in signatures if row.refusal]
    return refused[-1] if refused and handover.status == Status.OPEN else None


def parties(handover, sheet, signatures) -> list[dict]:
    """The three in their order, each with the signature that stands."""
    standing = {row.party: row for row in signatures if not (row.voided_at or row.refusal)}
    sheet = sheet or {}
    names = {
        Party.LEAVING: sheet.get("leaving"),
        Party.ARRIVING: sheet.get("arriving") or _("待定"),
    }
    following = actions.NEXT.get(handover.status, (None,))[0]
    return [
        {
            "party": party.label,
            "unit": names.get(party, ""),
            "signature": standing.get(party),
            "is_next": party == following,
        }
        for party in Party
    ]


class HandoverEdit(UploadMixin, EditActionMixin, UpdateView):
    """Materials, remarks and files, by the leaving unit before it signs."""

    model = Handover
    form_class = HandoverForm
    template_name = "alliance/handover_form.html"
    success_message = gettext_lazy("交接内容已保存。核对无误后请签字。")

    def get_object(self, queryset=None):
        return get_editable_or_deny(ROWS, self.request.user, pk=self.kwargs["pk"])

    def get(self, request, *args, **kwargs):
        handover = self.get_object()
        require(actions.acts_as(request.user, handover, Party.LEAVING))
        if handover.status != Status.OPEN:
            messages.error(request, actions.waiting_words(handover))
            return redirect(handover)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=self.object.get_absolute_url(), **kwargs)

    def act(self, form):
        handover = ROWS.get(pk=form.instance.pk)  # the form has written on its own copy
        actions.describe(handover, by=self.request.user, **form.facts())
        return handover


class HandoverStep(FormActionMixin, FormView):
    """A step taken on the page of a handover: when what was typed will not do, that page comes
    back with it."""

    http_method_names = ["post"]
    template_name = "alliance/handover_detail.html"
    verb = ""

    def dispatch(self, request, *args, **kwargs):
        self.handover = get_editable_or_deny(ROWS, request.user, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_form_class(self):
        return FORMS[self.verb]

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"auto_id": f"id_{self.verb}_%s"}

    def get_context_data(self, *, form, **kwargs):
        page = HandoverDetail(bound={self.verb: form})
        page.setup(self.request, pk=self.handover.pk)
        page.object = page.get_object()
        refusals = form.non_field_errors()
        return page.get_context_data(refusals=refusals, **kwargs)

    def act(self, form):
        getattr(actions, self.verb)(self.handover, by=self.request.user, **form.facts())
        self.success_message = self._said(form)
        return self.handover

    def _said(self, form):
        if self.verb == "sign":
            return SIGNED[form.cleaned_data["party"]]
        return {
            "refuse": _("已退回，移交单位会收到通知。"),
            "drop": _("已登记无需交接。"),
        }[self.verb]


def handover_file(request, pk):
    """A file beside a sheet, for whoever sees the sheet."""
    seen = Handover.objects.visible_to(request.user)
    return answer(get_object_or_404(HandoverFile, pk=pk, handover__in=seen))


def handover_word(request, pk):
    """The sheet on paper."""
    handover = get_object_or_404(ROWS.visible_to(request.user), pk=pk)
    sheet = sheet_of(handover)
    if sheet is None:
        messages.error(request, actions.waiting_words(handover))
        return redirect(handover)
    standing = handover.signatures.filter(voided_at=None, refusal="")
    paper = handover_paper(handover, sheet, list(standing), by=request.user)
    return paper_response(paper, subject=handover, by=request.user, paper=SHEET)
