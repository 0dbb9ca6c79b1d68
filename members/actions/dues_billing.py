"""Each month every member in force owes what the rate makes of the base (党费核定)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import DuesBase, DuesBill, DuesRate, DuesRelief, Membership, Organization
from members.models.dues import billed_by, first_of
from nanchuan.kernel import events
from nanchuan.kernel.periods import months_after
from nanchuan.kernel.states import StepRefused

Status = DuesBill.Status
GROUP = Organization.Kind.PARTY_GROUP
MOST_MONTHS_BACK = 12
BATCH = 500


def months_until(month: date, last: date) -> list[date]:
    """Every month from one to another, by its first day."""
    found = []
    while month <= last:
        found.append(month)
        month = months_after(month, 1)
    return found


def bill_all(*, on: date | None = None, at: datetime | None = None) -> int:
    """What is owed for the month of a day in the whole park; returns how many bills are new.

    Asked again, or by two at once, it adds only what is missing: the database holds that a
    member has one bill a month.
    """
    return bill(Q(), first_of(on or timezone.localdate()), at=at)


def bill_branch(organization: Organization, month: date, *, by, at: datetime | None = None) -> int:
    """The same for one organization and a month of the last year (补充核定).

    Raises StepRefused for a month that has not begun or lies further back.
    """
    month, now = first_of(month), first_of(timezone.localdate())
    if month > now:
        raise StepRefused(_("这个月还没有开始。"))
    if month < months_after(now, -MOST_MONTHS_BACK):
        raise StepRefused(_("只能核定最近 12 个月的党费。"))
    return bill(billed_by(organization), month, by=by, at=at)


@transaction.atomic
def bill(of: Q, month: date, *, by=None, at: datetime | None = None, is_told: bool = True) -> int:
    at = at or timezone.now()
    rows = Membership.objects.counted(month).filter(of).select_related("organization")
    places = {row.member_id: row.organization for row in rows}
    billed = DuesBill.objects.standing().filter(month=month, member__in=list(places))
    for member in billed.values_list("member", flat=True):
        del places[member]
    made = _make(places, month, at)
    DuesBill.objects.bulk_create(made, batch_size=BATCH, ignore_conflicts=True)
    return _tell(month, at, by) if made and is_told else len(made)


def _make(places: dict[int, Organization], month: date, at: datetime) -> list[DuesBill]:
    """The bills of some members for a month; none for whom no base is known."""
    facts = Facts(list(places), month)
    collects = _collecting(places.values())
    return [
        DuesBill(
            member_id=member,
            organization_id=collects[place.pk],
            month=month,
            made_at=at,
            **facts.of(member),
        )
        for member, place in places.items()
        if member in facts.bases
    ]


def _collecting(places: Iterable[Organization]) -> dict[int, int]:
    """Who collects for each organization: a branch for its groups, else itself."""
    found = {place.pk: place for place in places}
    above = {
        place.pk: place.path[: -Organization.steplen]
        for place in found.values()
        if place.kind == GROUP
    }
    rows = Organization.objects.filter(path__in=set(above.values())) if above else ()
    by_path = {row.path: row.pk for row in rows}
    return {pk: by_path.get(above.get(pk), pk) for pk in found}


class Facts:
    """Bases, reliefs and rates of one month, for some members: three queries."""

    def __init__(self, members, month: date):
        self.bases = DuesBase.objects.of(members, month)
        self.reliefs = DuesRelief.objects.of(members, month)
        self.rates = DuesRate.objects.of(month)

    def of(self, member: int) -> dict:
        base, relief = self.bases[member], self.reliefs.get(member)
        rate = self.rates[base.kind]
        amount = rate.owed(base.amount)
        if relief:
            amount = min(amount, relief.amount)
        status = Status.OPEN if amount else Status.WAIVED
        return {"base": base, "rate": rate, "relief": relief, "amount": amount, "status": status}


def _tell(month: date, at: datetime, by) -> int:
    """One event for each organization, with the number of bills and nobody's name."""
    numbers: dict[Organization, int] = defaultdict(int)
    rows = DuesBill.objects.filter(month=month, made_at=at).select_related("organization")
    for row in rows.defer("amount"):
        numbers[row.organization] += 1
    happened = [
        (organization, {"month": month.isoformat(), "number": number})
        for organization, number in numbers.items()
    ]
    events.record_many("dues.billed", happened, by=by, at=at)
    return sum(numbers.values())


@transaction.atomic
def renew(bills, *, at: datetime | None = None) -> int:
    """What is not paid yet is worked out anew after base, relief or rate changed (重新核定).

    A bill that would say another amount is voided and a new one takes its place; what is paid
    stays as it is. Returns how many were replaced.
    """
    at, months = at or timezone.now(), defaultdict(list)
    unpaid = bills.filter(status__in=[Status.OPEN, Status.WAIVED])
    for row in unpaid.select_for_update(of=("self",)).select_related("member"):
        months[row.month].append(row)
    return sum(_replace(rows, month, at) for month, rows in sorted(months.items()))


def _replace(rows: list[DuesBill], month: date, at: datetime) -> int:
    facts, gone, made = Facts([row.member_id for row in rows], month), [], []
    for row in rows:
        new = facts.of(row.member_id)
        if (new["amount"], new["rate"].pk) != (row.amount, row.rate_id):
            gone.append(row.pk)
            made.append(
                DuesBill(
                    member_id=row.member_id,
                    organization_id=row.organization_id,
                    month=month,
                    made_at=at,
                    told=row.told,
                    **new,
                )
            )
    DuesBill.objects.filter(pk__in=gone).update(status=Status.VOID)
    DuesBill.objects.bulk_create(made, batch_size=BATCH)
    return len(made)
