"""One member's dues, for who keeps them: base, relief, bills, receipts."""

from django.contrib import messages
from django.http import HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, FormView, TemplateView

from members import dues_papers
from members.actions import dues_bases as bases
from members.actions import dues_payments as payments
from members.forms.dues import BaseForm, ReliefForm, ReverseForm
from members.models import DuesBase, DuesBill, DuesPayment, DuesRelief, PartyMember
from members.models.dues import first_of, kept_by, members_kept_by
from nanchuan.kernel import papers
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import (
    FormActionMixin,
    HistoryMixin,
    ScopedMixin,
    file_response,
    get_editable_or_deny,
    take_step,
)

MOST_BILLS = 36


class MemberMixin:
    """Pages about a member whose dues the reader keeps; for others there is no such member."""

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        found = members_kept_by(request.user).select_related("member", "organization")
        asked = PartyMember.objects.filter(pk=kwargs["pk"])  # of any number, however long
        self.membership = get_object_or_404(found, member__in=asked)
        self.member = self.membership.member

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            member=self.member, organization=self.desk, cancel_url=self.get_success_url(), **kwargs
        )

    @property
    def desk(self):
        """The organization that collects: of a group (党小组) the one above."""
        place = self.membership.organization
        kept = kept_by(self.request.user)
        return kept.filter(pk=place.pk).first() or kept.get(path=place.path[: -place.steplen])

    def get_success_url(self):
        return reverse("members:duesmember-detail", args=[self.member.pk])


class MemberDues(MemberMixin, TemplateView):
    template_name = "members/duesmember_detail.html"

    def get_context_data(self, **kwargs):
        here = {"member": self.member}
        bills = DuesBill.objects.standing().open_to(self.request.user)
        rows = DuesBase.objects.filter(**here).select_related("set_by")
        return super().get_context_data(
            bases=rows,
            reliefs=DuesRelief.objects.filter(**here),
            today=timezone.localdate(),
            bills=bills.filter(**here).select_related("rate").order_by("-month")[:MOST_BILLS],
            payments=DuesPayment.objects.editable_by(self.request.user).filter(**here),
            **kwargs,
        )


class MemberBase(MemberMixin, FormActionMixin, FormView):
    """The base from a month on (核定基数)."""

    form_class = BaseForm
    template_name = "members/duesmember_form.html"
    extra_context = {"heading": gettext_lazy("核定计算基数")}
    success_message = gettext_lazy("已核定。未交的月份已按新的基数计算。")

    def get_initial(self):
        last = DuesBase.objects.filter(member=self.member).first()
        return {"kind": last.kind if last else None, "starts_on": first_of(timezone.localdate())}

    def act(self, form):
        typed = {name: form.cleaned_data[name] for name in ("kind", "amount", "starts_on")}
        return bases.set_base(self.member, by=self.request.user, **typed)


class MemberRelief(MemberMixin, FormActionMixin, FormView):
    """Less or nothing for some months (登记减免)."""

    form_class = ReliefForm
    template_name = "members/duesmember_form.html"
    extra_context = {"heading": gettext_lazy("登记减免")}
    success_message = gettext_lazy("已登记。未交的月份已重新计算。")

    def get_initial(self):
        return {"starts_on": first_of(timezone.localdate())}

    def act(self, form):
        names = ("amount", "starts_on", "ends_on", "reason")
        typed = {name: form.cleaned_data[name] for name in names}
        return bases.relieve(self.member, by=self.request.user, **typed)


@require_POST
def relief_end(request, pk):
    relief = get_editable_or_deny(DuesRelief.objects.with_member(), request.user, pk=pk)
    to = reverse("members:duesmember-detail", args=[relief.member_id])
    return take_step(request, bases.end_relief, relief, done=_("减免已结束。"), to=to)


class PaymentDetail(HistoryMixin, ScopedMixin, DetailView):
    """A receipt, for the member and for who keeps the dues."""

    queryset = DuesPayment.objects.select_related(
        "member", "organization", "recorded_by", "reverses", "reversal"
    )
    template_name = "members/duespayment_detail.html"
    context_object_name = "payment"

    def get_context_data(self, **kwargs):
        facts = list(dues_papers.facts(self.object))
        undone = DuesPayment.objects.filter(reverses=self.object).first()
        return super().get_context_data(facts=facts, undone=undone, **kwargs)


@require_POST
def payment_print(request, pk):
    """A receipt as a page to print, or as Word; the second time it says 补打."""
    rows = DuesPayment.objects.select_related("member", "organization", "recorded_by", "reverses")
    payment = get_editable_or_deny(rows, request.user, pk=pk)
    form = request.POST.get("as", "page")
    if form not in {"page", "docx"}:
        return HttpResponseBadRequest()
    try:
        again = payments.print_receipt(payment, by=request.user)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(payment)
    if form == "docx":
        sheet = dues_papers.receipt(payment, again=again, by=request.user)
        return file_response(sheet.file(), sheet.file_name, papers.CONTENT_TYPE)
    facts = list(dues_papers.facts(payment))
    context = {"payment": payment, "again": again, "facts": facts}
    return render(request, "members/duespayment_print.html", context)


class PaymentReverse(FormActionMixin, FormView):
    """A payment that was recorded by mistake is taken back (冲正)."""

    form_class = ReverseForm
    template_name = "members/duespayment_reverse.html"
    success_message = gettext_lazy("已冲正，这些月份重新列为未交。")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        rows = DuesPayment.objects.select_related("member", "organization")
        self.payment = get_editable_or_deny(rows, request.user, pk=kwargs["pk"])

    def get_context_data(self, **kwargs):
        url = self.payment.get_absolute_url()
        return super().get_context_data(payment=self.payment, cancel_url=url, **kwargs)

    def act(self, form):
        reason = form.cleaned_data["reason"]
        return payments.reverse(self.payment, reason=reason, by=self.request.user)
