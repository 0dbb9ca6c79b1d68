"""What a member's dues are worked out from, and months in which the member pays less."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from members.actions import dues_billing as billing
from members.models import DuesBase, DuesBill, DuesRate, DuesRelief, Membership, PartyMember
from members.models.dues import first_of
from nanchuan.kernel import events
from nanchuan.kernel.periods import day_before, months_after
from nanchuan.kernel.states import StepRefused

MOST_MONTHS_AHEAD = 1


@transaction.atomic
def set_base(  # noqa: PLR0913
    member: PartyMember,
    *,
    kind: str,
    starts_on: date,
    by,
    amount: Decimal | None = None,
    at: datetime | None = None,
) -> DuesBase:
    """From a month on a member's dues are worked out from this base, in yuan a month (核定基数).

    What is owed since then and not paid is worked out anew, and what is missing is billed.
    Raises StepRefused for a month in which the member was elsewhere, or far from today.
    """
    month = first_of(starts_on)
    check_month(member, month)
    fixed = kind == DuesRate.Kind.FIXED
    if not fixed and not amount:
        raise StepRefused(_("请填写计算基数。"))
    base = DuesBase.objects.create(
        member=member,
        kind=kind,
        amount=None if fixed else amount,
        starts_on=month,
        set_by=by,
        set_at=at or timezone.now(),
    )
    events.record("dues.based", subject=base, by=by, at=at, month=month.isoformat())
    work_out(member, month, at=at)
    return base


def check_month(member: PartyMember, month: date) -> None:
    """Raises StepRefused unless the member belongs since then to where the dues are kept now."""
    now = first_of(timezone.localdate())
    if month > months_after(now, MOST_MONTHS_AHEAD):
        raise StepRefused(_("最晚可以从下个月起。"))
    if month < months_after(now, -billing.MOST_MONTHS_BACK):
        raise StepRefused(_("最早可以从 12 个月前起。"))
    here = Membership.objects.current().filter(member=member).values("organization")
    then = Membership.objects.current(min(month, timezone.localdate()))
    if not then.filter(member=member, organization__in=here).exists():
        raise StepRefused(_("该同志这个月一日不在本党组织，请从之后的月份填起。"))


def work_out(member: PartyMember, month: date, *, at: datetime | None = None) -> None:
    """From a month on: bills that are not paid are renewed, and what is missing is billed."""
    billing.renew(DuesBill.objects.filter(member=member, month__gte=month), at=at)
    for each in billing.months_until(month, first_of(timezone.localdate())):
        billing.bill(Q(member=member), each, at=at, is_told=False)


@transaction.atomic
def relieve(  # noqa: PLR0913
    member: PartyMember,
    *,
    amount: Decimal,
    reason: str,
    starts_on: date,
    ends_on: date,
    by,
    at: datetime | None = None,
) -> DuesRelief:
    """For some months a member pays at most `amount` yuan, 0 for nothing (减免)."""
    first, last = first_of(starts_on), first_of(ends_on)
    check_month(member, first)
    if last < first:
        raise StepRefused(_("结束的月份不能早于开始的月份。"))
    until = day_before(months_after(last, 1))
    relief = DuesRelief(
        member=member, amount=amount, reason=reason, starts_on=first, ends_on=until, set_by=by
    )
    if DuesRelief.objects.filter(member=member).overlapping(first, until).exists():
        raise StepRefused(_("这段时间已有减免。请先结束原有的减免。"))
    relief.save()
    facts = {"from": first.isoformat(), "until": until.isoformat()}
    events.record("dues.relieved", subject=relief, by=by, at=at, **facts)
    work_out(member, first, at=at)
    return relief


@transaction.atomic
def end_relief(relief: DuesRelief, *, by, at: datetime | None = None) -> None:
    """A relief ends with the month before this one, or with its first if it has just begun."""
    relief = DuesRelief.objects.select_for_update().get(pk=relief.pk)
    this = first_of(timezone.localdate())
    last = max(day_before(this), day_before(months_after(relief.starts_on, 1)))
    if relief.ends_on and last >= relief.ends_on:
        raise StepRefused(_("这次减免不需要提前结束。"))
    relief.ends_on = last
    relief.save(update_fields=["ends_on"])
    events.record("dues.relief_ended", subject=relief, by=by, at=at, until=last.isoformat())
    work_out(relief.member, first_of(months_after(last, 1)), at=at)
