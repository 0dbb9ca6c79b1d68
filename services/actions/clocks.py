"""The clocks of a need: begun, stopped and reckoned anew inside the transaction of the act.

Numbers are those of the charter that the need began under, whatever was adopted since; what a
moment is in working time, `kernel.calendar` says; when a level is told, `services.clock`.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Min, OuterRef, Subquery

from members.models import Unit
from services import clock as reckoned
from services.actions import prompting
from services.models import Clock, Extension, Need, Pause

Kind = Clock.Kind
CHUNK = 500  # needs reckoned in one transaction


def begin(need: Need, kind: str, *, at: datetime, unit: Unit | None = None) -> Clock:
    """A step begins to be owed, by a unit or (None) by the office."""
    clock = _begun(need, kind, at, unit, _pauses([need.pk])[need.pk])
    clock.save()
    reckon(need)
    return clock


def first(need: Need, *, at: datetime) -> Clock:
    """The office begins to owe the review of a need that is filed; the caller stores both."""
    clock = _begun(need, Kind.REVIEW, at, None, ())
    need.due_at = clock.due_at
    return clock


def follow(need: Need, done: str, *begun: str, at: datetime, unit: Unit) -> None:
    """One step is done, and a unit begins to owe others."""
    _running([need.pk]).filter(kind=done).update(done_at=at, next_at=None)
    pauses = _pauses([need.pk])[need.pk]
    Clock.objects.bulk_create(_begun(need, kind, at, unit, pauses) for kind in begun)
    reckon(need)


def finish(need: Need, kind: str, *, at: datetime) -> None:
    """The step is done; nothing happens if it was not owed."""
    _running([need.pk]).filter(kind=kind).update(done_at=at, next_at=None)
    reckon(need)


def stop(need: Need, *kinds: str, at: datetime) -> None:
    """Nobody owes it any more (all kinds, unless told): withdrawn, declined, given to others."""
    rows = _running([need.pk])
    if kinds:
        rows = rows.filter(kind__in=kinds)
    rows.update(stopped_at=at, next_at=None)
    reckon(need)


def pause(  # noqa: PLR0913
    need: Need, why: str, *, at: datetime, reason: str = "", expected_on=None, by=None
) -> Pause:
    """The alliance's clocks stand still; the enterprise's own waiting goes on."""
    pause = Pause.objects.create(
        need=need, why=why, started_at=at, reason=reason, expected_on=expected_on, by=by
    )
    reckon(need)
    return pause


def resume(need: Need, why: str, *, at: datetime) -> None:
    need.pauses.filter(why=why, ended_at=None).update(ended_at=at)
    prompting.resume(need)
    reckon(need)


def extend(extension: Extension) -> None:
    """The days that the office granted are added."""
    clock = extension.clock
    clock.extra_days += extension.days
    clock.save(update_fields=["extra_days"])
    reckon(clock.need)


def make_complex(need: Need) -> None:
    """What turned out to be complex has the days of a complex need, from the same beginning."""
    _running([need.pk]).filter(kind=Kind.SOLVE).update(days=reckoned.days_for(need, Kind.SOLVE))
    reckon(need)


def reckon(need: Need) -> None:
    """Store when each running clock is due and who is told next, and on the need the first of
    these moments; nothing there while they stand still. The same few questions for each need."""
    need.due_at = _reckon([need.pk]).get(need.pk)
    Need.objects.filter(pk=need.pk).update(due_at=need.due_at)


def reckon_many(needs: Iterable[int]) -> int:
    """The same for many, given by their primary keys; returns how many have a clock that runs."""
    needs, found = sorted(needs), 0
    for start in range(0, len(needs), CHUNK):
        found += reckon_chunk(needs[start : start + CHUNK])
    return found


@transaction.atomic
def reckon_chunk(needs: list[int]) -> int:
    """No act moves one of them meanwhile: each act takes the row of its need first."""
    locked = Need.objects.select_for_update(no_key=True).filter(pk__in=needs).order_by("pk")
    before = dict(locked.values_list("pk", "due_at"))
    first = _reckon(needs)
    moved = [pk for pk in needs if first.get(pk) != before.get(pk)]
    if moved:
        standing = [pk for pk in moved if pk in first]
        running = Clock.objects.filter(need=OuterRef("pk"), done_at=None, stopped_at=None)
        due = running.order_by().values("need").annotate(first=Min("due_at"))
        Need.objects.filter(pk__in=standing).update(due_at=Subquery(due.values("first")))
        Need.objects.filter(pk__in=set(moved) - set(standing)).update(due_at=None)
    return len(first)


def open_needs():
    """The needs with a clock that has neither run out nor been stopped."""
    rows = Clock.objects.filter(done_at=None, stopped_at=None).order_by("need_id")
    return rows.values_list("need_id", flat=True).distinct()


def _begun(need, kind, at, unit, pauses) -> Clock:
    clock = Clock(
        need=need,
        kind=kind,
        unit=unit,
        regulation=need.charter,
        days=reckoned.days_for(need, kind),
        started_at=at,
    )
    _is_changed(clock, pauses)
    return clock


def _reckon(needs) -> dict[int, datetime]:
    """Store the moments of running clocks; the first due moment of each need whose clocks do not
    stand still."""
    pauses, first, changed = _pauses(needs), {}, []
    for clock in _running(needs).select_related("regulation"):
        still = pauses[clock.need_id]
        if _is_changed(clock, still):
            changed.append(clock)
        if not reckoned.is_paused(still):
            first[clock.need_id] = min(first.get(clock.need_id, clock.due_at), clock.due_at)
    # Rows that are there already: one statement for many, unlike an update of each.
    Clock.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["pk"],
        update_fields=["due_at", "next_at"],
    )
    return first


def _is_changed(clock, pauses) -> bool:
    before = clock.due_at, clock.next_at
    clock.due_at = reckoned.due(clock, pauses)
    step = reckoned.next_step(clock, pauses)
    clock.next_at = step and step[1]
    return (clock.due_at, clock.next_at) != before


def _pauses(needs):
    found = defaultdict(list)
    for pause in Pause.objects.filter(need__in=needs):
        found[pause.need_id].append(pause)
    return found


def _running(needs):
    return Clock.objects.filter(need__in=needs, done_at=None, stopped_at=None)
