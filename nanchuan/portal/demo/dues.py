"""Dues of two branches over six months: one member three months in arrears, one with a relief."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from members import dues
from members.actions import dues_bases, dues_payments
from members.models import DuesBill, Membership
from members.models.dues import first_of, keepers
from nanchuan.kernel.periods import months_after
from nanchuan.portal.demo import park

MONTHS = 6
IN_ARREARS = 3  # months
PAY_DAY = timedelta(days=11)
BASES = ("2860.00", "3640.50", "4275.00", "5120.00", "6388.80", "8150.00", "11200.00")


def load(made, account) -> None:
    lead, secretary = park.GROUPS[0][2][:2]
    _branch(made, made.branches[secretary], account(made, "treasurer", "treasurer"))
    _branch(made, made.branches[lead], account(made, "treasurer2", ""))


def _branch(made, branch, open_account) -> None:
    """Bases and bills since then; paid each month by all but one, the present month by half."""
    term = keepers(made.today).select_related("member").get(organization=branch)
    by = open_account(term.member)
    rows = Membership.objects.counted(made.today).filter(organization=branch).order_by("member")
    people = [row for row in rows.select_related("member") if _base(made, row, by)]
    late, eased = people[-1].member, people[-2].member
    this = first_of(made.today)
    for back in range(MONTHS - 1, -1, -1):
        month = months_after(this, -back)
        bills = DuesBill.objects.owed().filter(month=month, member__in=[r.member for r in people])
        paid = [
            bill
            for number, bill in enumerate(bills.order_by("member"))
            if (back or number % 2) and not (bill.member_id == late.pk and back <= IN_ARREARS)
        ]
        at = made.at((made.today - min(month + PAY_DAY, made.today)).days, 9)
        day = timezone.localdate(at)
        if paid:
            dues_payments.record(
                paid, organization=branch, way="transfer", paid_on=day, by=by, at=at
            )
    _relieve(made, eased, by)
    _hand_over(made, branch, by)


def _base(made, row, by) -> bool:
    """From the first of the six months in which the person belonged to the branch."""
    first = months_after(first_of(made.today), 1 - MONTHS)
    months = [months_after(first, number) for number in range(MONTHS)]
    since = next((month for month in months if row.starts_on <= month), None)
    if since is None:
        return False
    amount = Decimal(made.random.choice(BASES))
    at = made.at((made.today - since).days, 9)
    dues_bases.set_base(row.member, kind="employed", amount=amount, starts_on=since, by=by, at=at)
    return True


def _relieve(made, member, by):
    this = first_of(made.today)
    dues_bases.relieve(
        member,
        amount=Decimal(5),
        reason="家庭遭遇变故，经支部研究减少缴纳（示例）",
        starts_on=this,
        ends_on=months_after(this, 2),
        by=by,
        at=made.at(0, 8),
    )


def _hand_over(made, branch, by):
    """The last finished quarter, some days after its end."""
    for quarter in dues.quarters([branch], made.today).get(branch.pk, [])[-1:]:
        over_on = months_after(quarter.first, dues.MONTHS)
        day = min(over_on + timedelta(days=6), made.today)
        at = made.at((made.today - day).days, 11)
        dues_payments.hand_over(branch, quarter=quarter.first, handed_on=day, by=by, at=at)
