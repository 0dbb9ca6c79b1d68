"""What is owed beside the clocks of a need: the ruling on an objection, by the office, and the help
of an assisting unit. Whoever owes it hears when it is due, whoever is above when it is a working
day late; each once, and only while people work."""

import time
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from nanchuan.kernel import calendar, events
from nanchuan.kernel.moments import database_now
from services import conditions, moments
from services.actions.holding import hold
from services.actions.rights import CARRIED
from services.clock import intervals
from services.models import Assistance, Need, Objection, Pause, Told


def rulings() -> QuerySet[Objection]:
    """Objections that the office has to rule on."""
    rows = Objection.objects.filter(ruled_at=None, dispatch__ended_at=None)
    rows = rows.filter(dispatch__need__status=Need.Status.DISPUTED)
    return rows.select_related("dispatch__need", "dispatch__unit")


def help_owed() -> QuerySet[Assistance]:
    """Help that units owe; nobody hears of what stands still."""
    rows = Assistance.objects.filter(done_at=None, ended_at=None, need__status__in=CARRIED)
    rows = rows.exclude(need__in=Pause.objects.filter(ended_at=None).values("need"))
    return rows.select_related("need", "unit")


OWED = {"need.ruling_chased": rulings, "need.help_chased": help_owed}


def prompt_due(*, until: float = float("inf")) -> int:
    """Tell what is due by the database's clock; returns how many words were said."""
    now, told = database_now(), 0
    if not calendar.is_working_moment(now):
        return 0
    for name, rows in OWED.items():
        due = rows().filter(due_at__lte=now, told__lt=Told.LATE).order_by("due_at", "pk")
        for pk in list(due.values_list("pk", flat=True)):
            if time.monotonic() > until:
                return told
            told += prompt(name, pk, now)
    return told


@transaction.atomic
def prompt(name: str, pk: int, now: datetime) -> int:
    """What one row has to say now; of two workers, or a worker and somebody who does what is
    owed, one comes first."""
    rows = OWED[name]().filter(pk=pk)
    if (found := rows.first()) is None:
        return 0
    hold(_need(found))
    row = rows.first()  # as it is now that no act moves its need
    levels = list(_levels(row, now)) if row else []
    if not levels:
        return 0
    row.told = levels[-1]
    row.save(update_fields=["told"])
    for level in levels:
        facts = {"row": pk, "level": level, "due_at": row.due_at.isoformat()}
        unit = {"unit": _unit(row).pk, "unit_name": str(_unit(row))}
        events.record(name, subject=_need(row), at=now, **facts, **unit)
    return len(levels)


def _levels(row, now) -> Iterator[int]:
    """Those that were not told yet, one after the other."""
    moment_of = {Told.DUE: row.due_at, Told.LATE: calendar.after(row.due_at, 1)}
    for level, moment in moment_of.items():
        if row.told < level and moment <= now:
            yield level


def reckon() -> None:
    """When it is due, anew after the working calendar changed."""
    changed: dict[type, list] = {Objection: [], Assistance: []}
    for row in rulings():
        _move(row, moments.same_day(row.raised_at), changed)
    _move_help(Assistance.objects.all(), changed)
    _store(changed)


def resume(need: Need) -> None:
    """What stood still moves by as much as it stood."""
    changed: dict[type, list] = {Assistance: []}
    _move_help(need.assistances.all(), changed)
    _store(changed)


def help_due(need: Need, asked_at: datetime, pauses: Iterable[Pause] = ()) -> datetime:
    """Until when a unit that is asked at a moment has to assist."""
    days = conditions.limit(need, "assist_days")
    return calendar.run_out(asked_at, days, intervals(pauses))


def _move_help(rows, changed):
    waiting = rows.filter(done_at=None, ended_at=None).select_related("need__charter")
    for row in waiting.prefetch_related("need__pauses"):
        _move(row, help_due(row.need, row.asked_at, row.need.pauses.all()), changed)


def _store(changed):
    for model, rows in changed.items():
        model.objects.bulk_update(rows, ["due_at"], batch_size=500)


def _move(row, due_at, changed):
    if row.due_at != due_at:
        row.due_at = due_at
        changed[type(row)].append(row)


def _need(row) -> Need:
    return row.need if isinstance(row, Assistance) else row.dispatch.need


def _unit(row):
    return row.unit if isinstance(row, Assistance) else row.dispatch.unit
