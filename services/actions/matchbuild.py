"""The matching table is worked out (编制匹配表): all open needs beside their best offers.

A person asks for it and sees how far it is; a worker reckons without holding anything, and writes
in one transaction what was found. Rows that a hand has locked stay as they are.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from nanchuan.accounts.models import User
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused
from services import matchtable, suggesting
from services.actions.matchtable import hold_table, mark
from services.actions.rights import office, require
from services.matching.allocating import allocate
from services.matching.facts import Kind
from services.models import MatchLine, MatchTable, Need
from services.models.matchtable import MOST_ATTEMPTS

WORKER = "matching"  # the name of its heartbeat
EVERY = 50  # needs between two beats
MOST_OFFERS = 5
SHORT = 60  # needs that a person can wait for; what is longer is the worker's
WRITTEN = (
    "place",
    "offers",
    "barred",
    "resource",
    "quantity",
    "starts_at",
    "ends_at",
    "is_settled",
    "cause",
    "reason",
    "is_locked",
    "refusal",
    "booking",
    "revision",
    "changed_by",
)
Cause = MatchLine.Cause
logger = logging.getLogger(__name__)


class Worker:
    """Who does what a person cannot wait for; `tasks` says how to call it."""

    ring: Callable[[], None] = staticmethod(lambda: None)
    is_silent: Callable[[], bool] = staticmethod(lambda: False)


def called_by(*, ring: Callable[[], None], is_silent: Callable[[], bool]) -> None:
    Worker.ring, Worker.is_silent = staticmethod(ring), staticmethod(is_silent)


@transaction.atomic
def ask(*, keeps: bool = True, by: User | None, at: datetime | None = None) -> MatchTable:
    """The office asks for it; what is locked stays, unless it says that nothing shall
    (`keeps`)."""
    require(by is None or office(by))
    table = hold_table()
    if table.is_at_work:
        raise StepRefused(_("匹配表正在计算，请稍候。"))
    if not keeps:
        MatchLine.objects.by_hand().update(is_locked=False)
    table.asked_at, table.asked_by = at or timezone.now(), by
    table.language = translation.get_language() or table.language
    table.done, table.total = 0, matchtable.asking().count()
    table.lease_until, table.attempts, table.has_failed = None, 0, False
    table.save()
    return table


def proceed(table: MatchTable) -> None:
    """A short table is worked out at once, a long one by the worker."""
    if table.total <= SHORT:
        work(table)
    else:
        transaction.on_commit(Worker.ring)


def work(table: MatchTable) -> None:
    """Work it out, if it is asked for and nobody else is at it."""
    if not table.claim():
        return
    table.refresh_from_db()
    if table.attempts > MOST_ATTEMPTS:
        MatchTable.objects.filter(pk=table.pk).update(
            asked_at=None, lease_until=None, has_failed=True
        )
        return
    with translation.override(table.language):
        _write(table, *_found(table))


def work_if_asked() -> None:
    for table in MatchTable.objects.unattended():
        try:
            work(table)
        except Exception:  # the lease runs out and it is tried again, a few times
            logger.exception("The matching table could not be worked out")


# ── Reckoning ───────────────────────────────────────────────────────────────────────────────


def _found(table) -> tuple[list[Need], dict[int, tuple[list, list]]]:
    """The needs in order, and for each its offers and what is barred, as a row keeps them."""
    needs, found = list(matchtable.asking()), {}
    for start in range(0, len(needs), EVERY):
        some = needs[start : start + EVERY]
        answers = suggesting.for_needs(some, table.asked_by, most=MOST_OFFERS)
        for need in some:
            suggested, left = answers[need.pk]
            found[need.pk] = [_offer(each) for each in suggested], [_barred(each) for each in left]
        table.beat(len(found))
    return needs, found


def _offer(suggested) -> list:
    """How much is left the table says itself, as of the moment it is looked at."""
    reasons = [reason for reason in suggested.reasons if reason.kind != Kind.LEFT]
    return [suggested.resource.pk, list(suggesting.words_of(reasons))]


def _barred(left) -> list:
    return [left.resource.pk, left.said]


@transaction.atomic
def _write(table, needs, found) -> None:
    """What was found, unless somebody else has written it meanwhile."""
    asked_at, held = table.asked_at, hold_table()
    if held.asked_at != asked_at:
        return
    now = timezone.now()
    lines = {line.need_id: line for line in MatchLine.objects.by_hand().filter(booking=None)}
    revisions = dict(MatchLine.objects.values_list("need", "revision"))
    offers = {need.pk: [key for key, _words in found[need.pk][0]] for need in needs}
    known = matchtable.load(_keys(offers, lines.values()))
    rows = [matchtable.row_of(need, offers[need.pk], lines.get(need.pk), known) for need in needs]
    stocks = matchtable.stocks(known, now, {row.day for row in rows if row.day})
    given = allocate(rows, stocks)
    made = [
        _line(place, need, found[need.pk], given[need.pk], lines.get(need.pk), revisions)
        for place, need in enumerate(needs, 1)
    ]
    MatchLine.objects.exclude(need__in=[need.pk for need in needs]).delete()
    MatchLine.objects.bulk_create(
        made,
        update_conflicts=True,
        unique_fields=["need"],
        update_fields=WRITTEN,
        batch_size=200,
    )
    by = held.asked_by
    held.asked_at, held.lease_until, held.built_at = None, None, now
    held.done = held.total = len(made)
    held.save()
    mark(held, by)
    numbers = {"needs": len(made), "given": sum(line.is_given for line in made)}
    events.record("matching.built", subject=held, by=by, at=now, **numbers)


def _keys(offers, lines) -> Iterable[int]:
    """Of what is offered, and of what was given by hand."""
    return set().union(*offers.values()) | {line.resource_id for line in lines if line.is_given}


def _line(place, need, found, given, locked, revisions) -> MatchLine:  # noqa: PLR0913, PLR0917
    offers, barred = found
    line = locked or MatchLine(need=need)
    line.pk = None  # found by its need
    line.place, line.offers, line.barred = place, offers, barred
    line.revision = revisions.get(need.pk, 0) + 1
    if locked:
        return line
    if given:
        line.resource_id, line.quantity = given.offer, given.quantity
        line.starts_at, line.ends_at = given.span or (None, None)
    else:
        line.cause = matchtable.seen_to(need) or _lack(offers, barred)
    return line


def _lack(offers, barred) -> str:
    if offers:
        return Cause.SPENT
    return Cause.BARRED if barred else Cause.LACKING
