"""Who has not paid for some months is told, in neutral words, at each of three steps."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from members.models import DuesBill, Rule
from members.models.dues import first_of
from nanchuan.kernel import events
from nanchuan.kernel.periods import months_after

STEPS = (Rule.Code.DUES_FIRST, Rule.Code.DUES_SECOND, Rule.Code.DUES_LAST)


def steps(on: date | None = None) -> dict[int, Rule]:
    """Months in arrears → the rule that says so, fewest first."""
    rules = Rule.objects.of_each(STEPS, on)
    return {rule.value: rule for rule in sorted(rules.values(), key=lambda each: each.value)}


def sweep(*, on: date | None = None) -> int:
    """Members whose oldest open month is as old as a step are told once of it (催缴).

    A step that was missed while the machine was off is not made up for by several notices: only
    the highest one reached is told. Returns how many are told.
    """
    on, told = on or timezone.localdate(), 0
    for months in sorted(steps(on), reverse=True):
        due = DuesBill.objects.oldest().filter(
            month__lte=months_after(first_of(on), -months), told__lt=months
        )
        told += sum(_tell(bill, months) for bill in due.defer("amount").order_by("pk"))
    return told


@transaction.atomic
def _tell(bill: DuesBill, months: int) -> bool:
    """Of two sweeps at once only one moves the mark, so the member hears once."""
    waiting = DuesBill.objects.owed().filter(pk=bill.pk, told__lt=months)
    if not waiting.update(told=months):
        return False
    events.record("dues.arrears", subject=bill, months=months)
    return True
