"""All running clocks reckoned anew after the working calendar changed: at once where they are few,
else by the workers, chunk by chunk, so that a worker that is killed loses nothing."""

import time
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from nanchuan.kernel import calendar
from nanchuan.kernel.moments import database_now
from services.actions import clocks, prompting
from services.models import Reckoning

FEW = 200  # needs that are reckoned while somebody waits
LAG = timedelta(seconds=3 * calendar.FRESH)  # by then no process knows the old calendar any more


@transaction.atomic
def ask(*, by=None) -> Reckoning:
    """Within the transaction that changed the calendar."""
    needs = list(clocks.open_needs())
    asked = Reckoning.objects.create(asked_by=by, total=len(needs))
    with calendar.supposing(calendar.read()):
        prompting.reckon()
        if len(needs) <= FEW:
            clocks.reckon_many(needs)
    if len(needs) <= FEW:
        asked.done, asked.passed_at = len(needs), timezone.now()
        asked.save()
    return asked


def at_work() -> Reckoning | None:
    """The one that people wait for, to show how far it is."""
    return Reckoning.objects.filter(passed_at=None).first()


def work(*, until: float = float("inf")) -> bool:
    """Go on with what is asked for; says whether nothing that people wait for is left."""
    pending = list(_pending())
    if pending:
        calendar.forget()
    for pk in pending:
        while _chunk(pk):
            if time.monotonic() > until:
                return at_work() is None
    return at_work() is None


def _pending():
    """What was not gone through yet, or not for the second time."""
    rows = Reckoning.objects.filter(finished_at=None)
    again = Q(passed_at__lte=database_now() - LAG)
    return rows.filter(Q(passed_at=None) | again).values_list("pk", flat=True)


@transaction.atomic
def _chunk(pk) -> bool:
    """The next needs of one reckoning; says whether it goes on. Another worker does not take the
    same ones."""
    rows = Reckoning.objects.filter(pk=pk, finished_at=None)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    asked = rows.first()
    if asked is None:
        return False
    needs = list(clocks.open_needs().filter(need_id__gt=asked.last)[: clocks.CHUNK])
    if needs:
        clocks.reckon_chunk(needs)
        asked.last = needs[-1]
        if asked.passed_at is None:
            asked.done = min(asked.done + len(needs), asked.total)
        asked.save(update_fields=["last", "done"])
        return True
    _through(asked)
    return False


def _through(asked):
    """The first time, or the second and last."""
    rows = Reckoning.objects.filter(pk=asked.pk)
    if asked.passed_at is None:
        rows.update(passed_at=Now(), last=0, done=asked.total)
    else:
        rows.update(finished_at=Now())
