"""The desk of a branch: who keeps its dues ticks who has paid; who oversees it sees no amount."""

from collections import defaultdict
from tempfile import TemporaryFile

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import FormView, TemplateView

from members import dues
from members.actions import dues_billing as billing
from members.actions import dues_payments as payments
from members.dues_lacking import without_account
from members.forms.dues import HandoverForm, PayForm
from members.models import DuesBill, DuesHandover, DuesPayment, Membership, Organization
from members.models.dues import DuesBase, billed_by, first_of, keepers, kept_by
from members.models.dues_bills import bills_at
from members.models.organizations import below
from nanchuan.kernel import events, exporting, roles
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.views import FormActionMixin, file_response, take_step

Status = DuesBill.Status
MOST_RECEIPTS = 12
MONTHS_OF_YEAR = range(1, 13)


def desks(user):
    """Organizations whose desk a person may open: those kept, and those overseen."""
    rows = Organization.objects.all()
    if roles.has_role(user, roles.STAFF):
        return rows
    led = below(roles.places(user, roles.SECRETARY))
    return rows.filter(Q(pk__in=kept_by(user).order_by().values("pk")) | led)


class BranchMixin:
    """A page of one branch's dues: `keeps` says whether the reader may know amounts."""

    keeper_only = False

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.organization = get_object_or_404(desks(request.user), pk=kwargs["pk"])
        self.keeps = kept_by(request.user).filter(pk=self.organization.pk).exists()
        writes = request.method == "POST"
        if (self.keeper_only or writes) and not self.keeps:
            raise PermissionDenied

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            organization=self.organization, keeps=self.keeps, desk=self.desk_url, **kwargs
        )

    @property
    def desk_url(self):
        return branch_url(self.organization)


def branch_url(organization):
    return reverse("members:duesbranch-detail", args=[organization.pk])


class BranchDesk(BranchMixin, FormActionMixin, FormView):
    """Who still owes which months; one act for as many as are ticked (登记缴纳)."""

    form_class = PayForm
    template_name = "members/duesbranch_detail.html"
    success_message = gettext_lazy("已登记，并开出 %(object)d 张收据。")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"organization": self.organization}

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        chosen = set(self.request.POST.getlist("bills"))
        context["people"] = self._people(chosen)
        context["month"] = first_of(timezone.localdate())
        context["keeper_terms"] = (
            keepers().filter(organization=self.organization).select_related("member__user", "post")
        )
        context["nobody"] = without_account(
            [(term.member.name, term.member.user_id) for term in context["keeper_terms"]]
        )
        if self.keeps:
            context |= self._for_keeper()
        return context

    def _people(self, chosen):
        """A line for each member with open months, the longest first."""
        rows = DuesBill.objects.owed().filter(bills_at(self.organization))
        rows = rows.select_related("member").order_by("month", "member__pinyin", "pk")
        lines = {}
        for bill in rows if self.keeps else rows.defer("amount"):
            line = lines.setdefault(bill.member_id, {"member": bill.member, "bills": []})
            bill.is_chosen = str(bill.pk) in chosen
            line["bills"].append(bill)
        for line in lines.values():
            line["months"] = line["bills"][0].months_open()
            line["sum"] = sum(bill.amount for bill in line["bills"]) if self.keeps else None
        return sorted(lines.values(), key=lambda each: each["bills"][0].month)

    def _for_keeper(self):
        here = Membership.objects.counted().filter(billed_by(self.organization))
        rows = list(here.select_related("member").order_by("member__pinyin", "pk"))
        bases = DuesBase.objects.of([row.member_id for row in rows], first_of(timezone.localdate()))
        received = DuesPayment.objects.filter(organization=self.organization)
        return {
            "members": rows,
            "without_base": [row.member for row in rows if row.member_id not in bases],
            "payments": received.select_related("member").order_by("-recorded_at", "-pk")[
                :MOST_RECEIPTS
            ],
        }

    def act(self, form):
        typed = form.cleaned_data
        made = payments.record(
            typed["bills"],
            organization=self.organization,
            way=typed["way"],
            paid_on=typed["paid_on"],
            by=self.request.user,
        )
        return len(made)

    def get_success_url(self):
        return self.desk_url


@require_POST
def branch_bill(request, pk):
    """What is owed for this month, for whom a base is known (核定本月)."""
    organization = get_object_or_404(desks(request.user), pk=pk)
    if not kept_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied
    month = first_of(timezone.localdate())
    return take_step(
        request,
        lambda of, by: billing.bill_branch(of, month, by=by),
        organization,
        done=_("已核定 %(year)d 年 %(month)d 月的党费。")
        % {"year": month.year, "month": month.month},
        to=branch_url(organization),
    )


class BranchLedger(BranchMixin, TemplateView):
    """Member by month of a year (党费台账): paid or open; with amounts for the keeper only."""

    template_name = "members/duesbranch_ledger.html"

    def get(self, request, *args, **kwargs):
        if request.GET.get("export") == "xlsx":
            return self._sheet()
        return super().get(request, *args, **kwargs)

    @property
    def year(self) -> int:
        asked, today = self.request.GET.get("year", ""), timezone.localdate()
        is_year = asked.isascii() and asked.isdigit() and len(asked) == len("2026")
        return min(max(int(asked), 2000), today.year) if is_year else today.year

    def get_context_data(self, **kwargs):
        year = self.year
        return super().get_context_data(
            rows=self._rows(),
            year=year,
            before=year - 1,
            after=year + 1 if year < timezone.localdate().year else None,
            months=MONTHS_OF_YEAR,
            quarters=self._quarters(),
            handovers=handovers_of(self.organization, self.keeps),
            fewest=dues.FEWEST,
            **kwargs,
        )

    def _rows(self):
        bills = DuesBill.objects.standing().filter(
            organization=self.organization, month__year=self.year
        )
        bills = bills.select_related("member").order_by("member__pinyin", "member", "month")
        if not self.keeps:  # who may not know amounts does not learn of a relief either
            bills = bills.exclude(status=Status.WAIVED).defer("amount")
        found = defaultdict(dict)
        for bill in bills:
            found[bill.member][bill.month.month] = bill
        return [self._row(member, by_month) for member, by_month in found.items()]

    def _row(self, member, by_month):
        cells = [self._cell(by_month.get(number)) for number in MONTHS_OF_YEAR]
        paid = [bill for bill in by_month.values() if bill.status == Status.PAID]
        total = sum(bill.amount for bill in paid) if self.keeps else None
        return {"member": member, "cells": cells, "paid": len(paid), "sum": total}

    def _cell(self, bill):
        if bill is None:
            return {"status": "", "words": "—", "amount": None}
        words = bill.get_status_display()
        return {
            "status": bill.status,
            "words": words,
            "amount": bill.amount if self.keeps else None,
        }

    def _quarters(self):
        """Finished quarters of the year with what came in, where that may be shown."""
        found = dues.quarters([self.organization]).get(self.organization.pk, [])
        found = [each for each in found if each.first.year == self.year]
        keys = [(self.organization.pk, each.first) for each in found if each.is_shown or self.keeps]
        sums = dues.received(keys)
        return [(each, sums.get((self.organization.pk, each.first))) for each in found]

    def _columns(self):
        yield Column(_("姓名"), lambda row: row["member"].name, 12)
        for number in MONTHS_OF_YEAR:
            yield Column(_("%(month)d 月") % {"month": number}, self._written(number - 1), 12)
        yield Column(_("已交月数"), lambda row: row["paid"], 10)
        if self.keeps:
            yield Column(_("已交合计（元）"), lambda row: f"{row['sum']:.2f}", 14)

    def _written(self, index):
        def write(row):
            cell = row["cells"][index]
            return " ".join(
                filter(None, [cell["words"], "" if cell["amount"] is None else f"{cell['amount']}"])
            )

        return write

    def _sheet(self):
        file, rows, by = TemporaryFile(), self._rows(), self.request.user  # noqa: SIM115
        title = _("党费台账")
        exporting.write_xlsx(
            file,
            title=title,
            columns=list(self._columns()),
            rows=rows,
            by=by,
            above=[
                (_("党组织"), self.organization.name),
                (_("年度"), _("%(year)d 年") % {"year": self.year}),
            ],
        )
        events.record(
            "dues.exported", subject=self.organization, by=by, year=self.year, rows=len(rows)
        )
        return file_response(file, f"{title}-{self.year}.xlsx", exporting.CONTENT_TYPE)


def handovers_of(organization, keeps) -> list[tuple]:
    """What was handed over, each with its amount where the reader may know it."""
    rows = list(DuesHandover.objects.filter(organization=organization).select_related("receiver"))
    found = dues.quarters([organization]).get(organization.pk, ())
    told = {each.first for each in found if each.is_shown}
    return [(row, row.amount if keeps or row.quarter in told else None) for row in rows]


class BranchHandover(BranchMixin, FormActionMixin, FormView):
    """A finished quarter goes to the superior (登记上缴)."""

    keeper_only = True
    form_class = HandoverForm
    template_name = "members/duesbranch_handover.html"
    success_message = gettext_lazy("已登记“%(object)s”。")

    def get_form_kwargs(self):
        done = DuesHandover.objects.filter(organization=self.organization)
        done = set(done.values_list("quarter", flat=True))
        found = dues.quarters([self.organization]).get(self.organization.pk, [])
        open_ones = [each.first for each in found if each.first not in done]
        return super().get_form_kwargs() | {"quarters": open_ones}

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=self.get_success_url(), **kwargs)

    def act(self, form):
        return payments.hand_over(self.organization, by=self.request.user, **form.facts())

    def get_success_url(self):
        return reverse("members:duesbranch-ledger", args=[self.organization.pk])
