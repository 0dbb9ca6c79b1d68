from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, FormView, ListView

from members import transfer_papers as papers
from members.actions import transfers as actions
from members.forms.transfers import (
    AcceptForm,
    DeclineForm,
    RenewForm,
    TransferFilterSet,
)
from members.models import PartyMember, Rule, Transfer
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.registers import register
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    FormActionMixin,
    HistoryMixin,
    ScopedMixin,
    get_editable_or_deny,
    paper_response,
    take_step,
)

Status = Transfer.Status


@register(
    "members:transfer-list",
    order=60,
    holds=_("每件转接一行：从哪里到哪里、介绍信、办到哪一步、何时生效。"),
)
class TransferList(ExportedMixin, DressedMixin, FilteredMixin, ScopedMixin, ListView):
    """Waiting ones first, then the newest."""

    queryset = Transfer.objects.waiting_first()
    filterset_class = TransferFilterSet
    template_name = "members/transfer_list.html"
    partial_template_name = "members/_transfer_table.html"
    export_name = _("组织关系转接台账")

    def dress(self, rows):
        return rows.named()

    def export_columns(self):
        return [
            Column(_("姓名"), lambda row: row.member.name, 10),
            Column(_("转接方式"), lambda row: row.get_direction_display(), 14),
            Column(_("转出党组织"), lambda row: row.from_full_name, 36),
            Column(_("接收党组织"), lambda row: row.to_full_name, 36),
            Column(_("党员类别"), lambda row: row.standing_word, 10),
            Column(_("介绍信编号"), lambda row: row.letter_number),
            Column(_("开具日期"), lambda row: row.letter_on, 12),
            Column(_("有效期至"), lambda row: row.valid_until, 12),
            Column(_("申请时间"), lambda row: row.requested_at, 18),
            Column(_("状态"), lambda row: row.get_status_display(), 12),
            Column(_("生效日期"), lambda row: row.effective_on, 12),
            Column(_("转接原因"), lambda row: row.reason, 24),
            Column(_("办理意见"), lambda row: row.answer, 24),
        ]


class TransferDetail(HistoryMixin, ScopedMixin, DetailView):
    """One transfer with what its letter carries: never a number of the person."""

    queryset = Transfer.objects.named().select_related("requested_by")
    template_name = "members/transfer_detail.html"
    context_object_name = "transfer"

    def get_context_data(self, **kwargs):
        transfer, user = self.object, self.request.user
        context = {
            "may_answer": transfer.is_waiting and transfer.may_be_answered_by(user),
            "may_cancel": transfer.is_waiting and transfer.may_be_withdrawn_by(user),
            "has_letter": transfer.has_letter and transfer.is_editable,
            "has_slip": transfer.has_slip and transfer.is_editable,
            "may_renew": is_over(transfer) and transfer.may_be_withdrawn_by(user),
            "sees_person": PartyMember.objects.visible_to(user)
            .filter(pk=transfer.member_id)
            .exists(),
            "days_left": days_left(transfer),
        }
        if transfer.is_waiting:
            day = timezone.localdate(transfer.requested_at)
            context["citation"] = Rule.objects.of(Rule.Code.AWAY_MONTHS, day).citation
        return super().get_context_data(**context, **kwargs)


def is_over(transfer) -> bool:
    """Whether it came to nothing."""
    return transfer.status in (Status.EXPIRED, Status.DECLINED, Status.CANCELLED)


def days_left(transfer) -> int | None:
    """How long the letter of a waiting transfer is still valid, its last day included."""
    if not (transfer.is_waiting and transfer.valid_until):
        return None
    return (transfer.valid_until - timezone.localdate()).days + 1


class TransferPage(FormActionMixin, FormView):
    """A step of a transfer on a page of its own: 403 for the wrong end, back when too late."""

    template_name = "members/transfer_step.html"
    verb = ""

    @cached_property
    def transfer(self):
        rows = Transfer.objects.named()
        return get_editable_or_deny(rows, self.request.user, pk=self.kwargs["pk"])

    def dispatch(self, request, *args, **kwargs):
        actions.require(request.user, self.allowed())
        return super().dispatch(request, *args, **kwargs)

    def get(self, request, *args, **kwargs):
        if not self.is_open():
            messages.error(request, _("这件转接已经办过这一步，请看下面的办理记录。"))
            return redirect(self.transfer)
        return super().get(request, *args, **kwargs)

    def is_open(self) -> bool:
        return self.transfer.is_waiting

    def allowed(self):
        return self.transfer.may_be_answered_by

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"transfer": self.transfer}

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            transfer=self.transfer,
            verb=self.verb,
            cancel_url=self.transfer.get_absolute_url(),
            **kwargs,
        )


class TransferAccept(TransferPage):
    form_class = AcceptForm
    verb = "accept"
    success_message = _("已接收，组织关系按生效日期转接。")

    def act(self, form):
        given = form.cleaned_data
        actions.accept(
            self.transfer,
            effective_on=given["effective_on"],
            answer=given["answer"],
            by=self.request.user,
        )
        return self.transfer


class TransferDecline(TransferPage):
    form_class = DeclineForm
    verb = "decline"
    success_message = _("已退回，转出方会看到原因。")

    def act(self, form):
        actions.decline(self.transfer, reason=form.cleaned_data["reason"], by=self.request.user)
        return self.transfer


class TransferRenew(TransferPage):
    """An expired letter is written anew."""

    form_class = RenewForm
    verb = "renew"
    success_message = _("已重新开具介绍信，会通知接收方办理。")

    def is_open(self):
        return is_over(self.transfer)

    def allowed(self):
        return self.transfer.may_be_withdrawn_by

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs()
        return kwargs | {"old": kwargs.pop("transfer")}

    def act(self, form):
        return actions.renew(self.transfer, by=self.request.user, **form.facts())


@require_POST
def transfer_cancel(request, pk):
    transfer = get_editable_or_deny(Transfer.objects.named(), request.user, pk=pk)
    return take_step(request, actions.cancel, transfer, done=_("已撤回这件转接。"))


def transfer_letter(request, pk):
    """The letter that the park writes (介绍信), with the slip for the answer."""
    transfer = get_editable_or_deny(Transfer.objects.named(), request.user, pk=pk)
    if not transfer.has_letter:
        raise Http404
    sheet = papers.letter(transfer, by=request.user)
    return paper_response(sheet, subject=transfer, by=request.user, paper=papers.LETTER)


def transfer_slip(request, pk):
    """The slip that says the person was received (回执)."""
    transfer = get_editable_or_deny(Transfer.objects.named(), request.user, pk=pk)
    if not transfer.has_slip:
        raise Http404
    sheet = papers.slip(transfer, by=request.user)
    return paper_response(sheet, subject=transfer, by=request.user, paper=papers.SLIP)
