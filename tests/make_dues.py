"""Makers for dues: a branch with a keeper, members with a base, months billed and paid."""

from datetime import date
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from members.actions import dues_bases, dues_billing, dues_payments
from members.models import DuesBase, DuesBill, Post
from members.models.dues import first_of
from nanchuan.kernel.periods import months_after
from tests import make

BASE = Decimal("4321.09")  # charged at 1 %: 43.21


def month(back: int = 0) -> date:
    """The first day of this month, or of one so many months ago."""
    return months_after(first_of(timezone.localdate()), -back)


def keeper(of, **kwargs):
    """An account of a member of the organization whose post keeps its dues."""
    account = make.user(**kwargs)
    person = make.member(of, user=account, name=account.name)
    make.term(of, person, "组织委员", starts_on=make.LONG_AGO)
    Post.objects.filter(name="组织委员").update(keeps_dues=True, leads=False, sole=False)
    return account


def based(member, amount=BASE, kind="employed", since=None, by=None):
    """A member with a base as it stands in the table: nothing is billed yet."""
    return DuesBase.objects.create(
        member=member,
        kind=kind,
        amount=None if kind == "fixed" else amount,
        starts_on=since or make.LONG_AGO,
        set_by=by or make.user(),
    )


def billed(member, back: int = 0) -> DuesBill:
    """The bill of a member for a month, so many months ago."""
    dues_billing.bill(Q(member=member), month(back))
    return DuesBill.objects.standing().get(member=member, month=month(back))


def paid(bills, by, organization=None, at=None):
    """One member has paid some months."""
    bills = list(bills)
    day = timezone.localdate(at) if at else timezone.localdate()
    return dues_payments.record(
        bills,
        organization=organization or bills[0].organization,
        way="cash",
        paid_on=day,
        by=by,
        at=at,
    )[0]


def rows(member, by) -> dict:
    """A payment and a relief of a member, for the matrix of pages and personas."""
    based(member)
    payment = paid([billed(member, 1)], by)
    facts = {"amount": Decimal(1), "reason": "困难", "starts_on": month(), "ends_on": month(-2)}
    return {"duespayment": payment, "duesrelief": dues_bases.relieve(member, by=by, **facts)}
