"""Choosing how one is told."""

from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.kernel.states import StepRefused
from nanchuan.notices import routing
from nanchuan.notices.actions import digests
from nanchuan.notices.models import Choice, Habit, StandIn


@transaction.atomic
def choose(wanted: dict[tuple[str, str], bool], habit: dict, *, by) -> Habit:
    """Keep what a person wants: by (kind, channel), and the hours. What waits follows at once.

    Only what differs from the usual is a row, so that everybody else follows the usual.
    """
    kinds, channels = ({pair[place] for pair in wanted} for place in (0, 1))
    Choice.objects.filter(user=by, kind__in=kinds, channel__in=channels).delete()
    Choice.objects.bulk_create(
        Choice(user=by, kind=kind, channel=channel, is_on=is_on)
        for (kind, channel), is_on in wanted.items()
        if is_on != (channel not in routing.ON_WISH)
    )
    kept, _made = Habit.objects.update_or_create(user=by, defaults=habit)
    digests.move(by, kept.next_digest(timezone.now()))
    return kept


def go_away(deputy, starts_on: date, ends_on: date, *, by) -> StandIn:
    """Name who is told while one is away. Raises StepRefused if another one is named then."""
    row = StandIn(user=by, deputy=deputy, starts_on=starts_on, ends_on=ends_on)
    if StandIn.objects.filter(user=by).overlapping(starts_on, ends_on).exists():
        raise StepRefused(_("这段时间已有代收安排，请先取消原来的安排。"))
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:  # the other one was named in this very moment
        raise StepRefused(_("这段时间已有代收安排，请先取消原来的安排。")) from None
    return row


@transaction.atomic
def come_back(row: StandIn) -> None:
    """From today on one is told oneself; what was heard in one's place stays written down."""
    today = timezone.localdate()
    if row.starts_on >= today:
        StandIn.objects.filter(pk=row.pk).delete()
        return
    yesterday = date.fromordinal(today.toordinal() - 1)
    StandIn.objects.filter(pk=row.pk, ends_on__gte=today).update(ends_on=yesterday)
