"""Money comes in, a mistake is taken back, a quarter goes to the superior."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from members import dues
from members.actions import dues_billing as billing
from members.models import DuesBill, DuesHandover, DuesLine, DuesPayment, Organization
from nanchuan.kernel import events, serials
from nanchuan.kernel.periods import months_after
from nanchuan.kernel.states import StepRefused

MOST_MONTHS_BACK = 12


def check_day(day: date, today: date | None = None) -> None:
    """Raises StepRefused for a day that is still to come, or long past."""
    today = today or timezone.localdate()
    if day > today:
        raise StepRefused(_("日期不能晚于今天。"))
    if day < months_after(today, -MOST_MONTHS_BACK):
        raise StepRefused(_("日期不能早于一年前。请核对。"))


@transaction.atomic
def record(  # noqa: PLR0913
    bills: Iterable[DuesBill],
    *,
    organization: Organization,
    way: str,
    paid_on: date,
    by,
    at: datetime | None = None,
) -> list[DuesPayment]:
    """Members have paid these months in full (登记缴纳): a receipt of the organization for each.

    Raises StepRefused if one of them is not owed any more:
    then nothing is recorded.
    """
    check_day(paid_on, at and timezone.localdate(at))
    by_member = defaultdict(list)
    for bill in sorted(bills, key=lambda each: each.pk):
        by_member[bill.member_id].append(bill)
    if not by_member:
        raise StepRefused(_("请勾选已经缴纳的月份。"))
    facts = {"organization": organization, "way": way, "paid_on": paid_on, "recorded_by": by}
    return [_receive(rows, at, **facts) for rows in by_member.values()]


def _receive(bills, at, **facts) -> DuesPayment:
    for bill in bills:
        bill.step_to(DuesBill.Status.PAID)
    facts |= {"member_id": bills[0].member_id, "amount": sum(bill.amount for bill in bills)}
    payment = _write(recorded_at=at or timezone.now(), **facts)
    by = facts["recorded_by"]
    DuesLine.objects.bulk_create(DuesLine(payment=payment, bill=bill) for bill in bills)
    events.record("dues.paid", subject=payment, by=by, at=at, months=len(bills))
    return payment


def _write(**facts) -> DuesPayment:
    """The next number of the branch and year."""
    year = timezone.localdate(facts["recorded_at"]).year
    number = serials.take(f"费{facts['organization'].pk}", year).last  # data
    return DuesPayment.objects.create(year=year, number=number, **facts)


@transaction.atomic
def reverse(payment: DuesPayment, *, reason: str, by, at: datetime | None = None) -> DuesPayment:
    """A payment was recorded by mistake (冲正): its months are owed again, as base, relief and rate
    are now. The row stays, and a negative one says why. Raises StepRefused for what was taken
    back, or takes something back.
    """
    if payment.is_reversal:
        raise StepRefused(_("这是一笔冲正，不能再冲正。"))
    lines = list(payment.lines.filter(stands=True).select_related("bill").order_by("bill"))
    freed = payment.lines.filter(pk__in=[line.pk for line in lines], stands=True)
    if not lines or freed.update(stands=False) != len(lines):
        raise StepRefused(_("这笔缴纳已经冲正。"))
    for line in lines:
        line.bill.step_to(DuesBill.Status.OPEN)
    billing.renew(DuesBill.objects.filter(lines__in=lines), at=at)
    made = _take_back(payment, reason, by, at or timezone.now())
    events.record("dues.reversed", subject=made, by=by, at=at, receipt=payment.pk)
    return made


def _take_back(payment, reason, by, at) -> DuesPayment:
    try:
        return _write(
            member_id=payment.member_id,
            organization=payment.organization,
            amount=-payment.amount,
            way=payment.way,
            paid_on=timezone.localdate(at),
            reverses=payment,
            reason=reason,
            recorded_by=by,
            recorded_at=at,
        )
    except IntegrityError:
        raise StepRefused(_("这笔缴纳已经冲正。")) from None


@transaction.atomic
def print_receipt(payment: DuesPayment, *, by) -> bool:
    """A receipt is handed out (打印收据); returns whether it was before, so that it says 补打.

    Raises StepRefused for money that was taken back: a paper would say that it is there.
    """
    if not DuesPayment.objects.received().filter(pk=payment.pk).exists():
        raise StepRefused(_("这笔缴纳已经冲正，不能再开收据。"))
    DuesPayment.objects.filter(pk=payment.pk).update(printed=F("printed") + 1)
    payment.refresh_from_db(fields=["printed"])
    again = payment.printed > 1
    events.record("dues.printed", subject=payment, by=by, again=again)
    return again


@transaction.atomic
def hand_over(
    organization: Organization,
    *,
    quarter: date,
    handed_on: date,
    by,
    at: datetime | None = None,
) -> DuesHandover:
    """What came in during a finished quarter went to the superior (上缴).

    Raises StepRefused for a quarter that is not over or was handed over.
    """
    check_day(handed_on, at and timezone.localdate(at))
    quarter = dues.quarter_of(quarter)
    over_on = months_after(quarter, dues.MONTHS)
    if over_on > handed_on:
        raise StepRefused(_("季度结束以后才能登记上缴。"))
    key = organization.pk, quarter
    made, is_new = DuesHandover.objects.get_or_create(
        organization=organization,
        quarter=quarter,
        defaults={
            "receiver": Organization.objects.get_parent(organization),
            "amount": dues.received([key])[key],
            "handed_on": handed_on,
            "recorded_by": by,
            "recorded_at": at or timezone.now(),
        },
    )
    if not is_new:
        raise StepRefused(_("这个季度已经登记过上缴。"))
    events.record("dues.handed_over", subject=made, by=by, at=at, quarter=quarter.isoformat())
    return made
