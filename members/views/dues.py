"""Dues as a member sees them, and in numbers for those who look after branches."""

from collections import Counter, defaultdict

from django.shortcuts import redirect
from django.utils import timezone
from django.views.generic import ListView, TemplateView

from members import dues
from members.actions import dues_arrears
from members.dues_lacking import keepers_of, lacking, without_account
from members.models import DuesBill, DuesHandover, DuesPayment, DuesRelief, Organization
from members.models.dues import DuesBase, first_of, kept_by
from members.models.organizations import below
from nanchuan.kernel import roles
from nanchuan.kernel.periods import months_after

Status = DuesBill.Status
MOST_RECEIPTS = 24
MOST_BILLS = 36


class DuesList(TemplateView):
    """What I owe, what I have paid, my receipts (我的党费)."""

    template_name = "members/dues_list.html"

    def get(self, request, *args, **kwargs):
        if not roles.has_role(request.user, roles.MEMBER):
            return redirect("members:dues-figures")
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        user = self.request.user
        own = {"member__user": user}
        bills = list(DuesBill.objects.standing().filter(**own).order_by("-month")[:MOST_BILLS])
        owed = [bill for bill in bills if bill.status == Status.OPEN]
        payments = DuesPayment.objects.filter(**own).select_related("organization")
        return super().get_context_data(
            bills=bills,
            owed=owed,
            owed_sum=sum(bill.amount for bill in owed),
            payments=payments[:MOST_RECEIPTS],
            bases=DuesBase.objects.filter(**own)[:1],
            reliefs=DuesRelief.objects.filter(**own).current(),
            keeps=kept_by(user),
            **kwargs,
        )


class DuesFigures(ListView):
    """Branch by branch how many have paid, and sums behind which nobody can be seen (党费情况)."""

    template_name = "members/dues_figures.html"
    paginate_by = 25

    def get_queryset(self):
        rows = Organization.objects.counted()
        if not roles.has_role(self.request.user, *roles.WHOLE_PARK):
            rows = rows.filter(below(roles.places(self.request.user, roles.SECRETARY)))
        return rows.order_by("path")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        today = timezone.localdate()
        month = first_of(today)
        context["rows"] = lines(context["object_list"], today)
        context["month"] = month
        context["first_step"] = min(dues_arrears.steps(today), default=0)
        context["fewest"] = dues.FEWEST
        context["opens"] = roles.has_role(self.request.user, roles.STAFF, roles.SECRETARY)
        return context


def lines(organizations, today) -> list[dict]:
    """A line for each organization; the number of queries does not grow with them."""
    organizations = list(organizations)
    counted = _counted(organizations, first_of(today))
    late = _late(organizations, today)
    quarters = dues.quarters(organizations, today)
    last = {pk: rows[-1] for pk, rows in quarters.items()}
    sums = dues.received((pk, each.first) for pk, each in last.items() if each.is_shown)
    handed = _handed(organizations)
    due = {pk: sum(found.values()) - found[Status.WAIVED] for pk, found in counted.items()}
    keepers = keepers_of(organizations)
    idle = [each for each in organizations if not (due.get(each.pk) or late[each.pk])]
    lacks = lacking(idle, keepers)
    return [
        {
            "organization": each,
            "due": due.get(each.pk, 0),
            "paid": counted[each.pk][Status.PAID],
            "open": counted[each.pk][Status.OPEN],
            "late": late[each.pk],
            "quarter": (quarter := last.get(each.pk)),
            "sum": sums.get((each.pk, quarter.first)) if quarter else None,
            "handed": handed.get(each.pk),
            "lack": (lack := lacks.get(each.pk)),
            "nobody": None if lack else without_account(keepers[each.pk]),
        }
        for each in organizations
    ]


def _counted(organizations, month):
    counted = defaultdict(Counter)
    rows = DuesBill.objects.standing().filter(organization__in=organizations, month=month)
    for organization, status in rows.order_by().values_list("organization", "status"):
        counted[organization][status] += 1
    return counted


def _late(organizations, today) -> Counter:
    """How many members have not paid for as long as the first step says."""
    months = min(dues_arrears.steps(today), default=0)
    rows = DuesBill.objects.owed().filter(
        organization__in=organizations, month__lte=months_after(first_of(today), -months)
    )
    pairs = rows.order_by().values_list("organization", "member").distinct()
    return Counter(organization for organization, _member in pairs)


def _handed(organizations):
    rows = DuesHandover.objects.filter(organization__in=organizations).order_by("quarter")
    return {row.organization_id: row for row in rows.defer("amount")}
