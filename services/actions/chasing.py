"""Late steps are told upward (催办): the unit, its secretary, the office, the leaders of the park;
each level once, and only while people work."""

import time
from datetime import datetime

from django.db import transaction

from nanchuan.kernel import calendar, events
from nanchuan.kernel.moments import database_now
from services import clock as reckoned
from services.models import Clock, Need, Pause

BATCH = 200
Level = Clock.Level


def chase_due(*, until: float = float("inf")) -> int:
    """Tell what is due by the database's clock; returns how many words went up.

    Levels that fell due while nobody worked, or no machine ran, follow one another in their order.
    """
    now, told = database_now(), 0
    if not calendar.is_working_moment(now):
        return 0
    while found := list(_due(now)):
        for pk in found:
            if time.monotonic() > until:
                return told
            told += chase(pk, now)
    return told


def _due(now):
    rows = Clock.objects.filter(next_at__lte=now, done_at=None, stopped_at=None)
    return rows.order_by("next_at", "pk").values_list("pk", flat=True)[:BATCH]


@transaction.atomic
def chase(pk: int, now: datetime) -> int:
    """The next level of one clock, if it is due; of two workers, or a worker and somebody who
    does the step, one comes first."""
    clock = _held(pk)
    if clock is None:
        return 0
    pauses = list(Pause.objects.filter(need=clock.need_id))
    before = clock.level, clock.next_at
    step = reckoned.next_step(clock, pauses)
    if step is None or step[1] > now:  # reckoned anew meanwhile
        _move(clock, before, next_at=step and step[1])
        return 0
    level, _at = step
    clock.level, clock.told_of = max(level, clock.level), clock.due_at
    following = reckoned.next_step(clock, pauses)
    facts = {"level": clock.level, "told_of": clock.told_of}
    if not _move(clock, before, next_at=following and following[1], **facts):
        return 0
    return _tell(clock, level, now)


def _held(pk):
    """The clock, while no act moves its need."""
    need = Need.objects.select_for_update(of=("self",), no_key=True)
    need = need.filter(clocks=pk).only("pk").first()
    rows = Clock.objects.filter(pk=pk, done_at=None, stopped_at=None)
    return need and rows.select_related("need", "regulation").first()


def _move(clock, before, **facts) -> bool:
    """Compare and swap: what was told once is not told again."""
    level, next_at = before
    same = Clock.objects.filter(pk=clock.pk, level=level, next_at=next_at)
    return bool(same.filter(done_at=None, stopped_at=None).update(**facts))


def _tell(clock, level, now) -> int:
    if level == Level.NONE and now >= clock.due_at:
        return 0  # too late for a word ahead: the next one says that it is late
    name = "need.chased" if level else "need.nearing"
    facts = {"clock": clock.pk, "kind": clock.kind, "level": level}
    facts["due_at"] = clock.due_at.isoformat()
    events.record(name, subject=clock.need, at=now, **facts)
    return 1
