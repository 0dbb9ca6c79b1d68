"""Rows are held with a lease while they are sent: never lost, and nobody else's meanwhile.

A row is marked after the other side took it. A worker that is killed between the two sends that
one again, under the same id.
"""

import uuid
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from nanchuan.notices.actions.setbacks import distance
from nanchuan.notices.models.deliveries import Leased

State = Leased.State
LEASE = timedelta(seconds=60)
MOST_FAILURES = 5  # of our own making
MOST_ATTEMPTS = 150  # about six days of a server that does not answer


def claim(rows: QuerySet, limit: int) -> tuple[str, list[int]]:
    """Take some due rows for this worker; nobody else gets them until the lease runs out."""
    token = uuid.uuid4().hex
    with transaction.atomic():
        due = rows.claimable()
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        pks = list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:limit])
        rows.model.objects.filter(pk__in=pks).update(
            state=State.SENDING, lease_by=token, lease_until=Now() + LEASE
        )
    return token, pks


def renewal(rows: QuerySet, pk: int, token: str) -> tuple[QuerySet, dict]:
    """A fresh lease and one more attempt, if the row is still this worker's."""
    mine = rows.filter(pk=pk, lease_by=token, state=State.SENDING, lease_until__gt=Now())
    return mine, {"lease_until": Now() + LEASE, "attempts": F("attempts") + 1}


def mark(rows: QuerySet, pk: int, token: str) -> tuple[QuerySet, dict]:
    """What left has left, even if it was cancelled in that very moment."""
    mine = rows.filter(pk=pk, lease_by=token, state__in=[State.SENDING, State.CANCELLED])
    return mine, {"state": State.SENT, "sent_at": Now(), "error": ""}


def put_back(rows: QuerySet, words: str, most: int = MOST_ATTEMPTS) -> None:
    """Try again later, each time later; what never succeeds ends visibly."""
    for pk, attempts in rows.filter(state=State.SENDING).values_list("pk", "attempts"):
        mine = rows.filter(pk=pk, state=State.SENDING)
        if attempts < most:
            due_at = Now() + distance(max(attempts, 1))
            mine.update(state=State.PENDING, due_at=due_at, error=words[:300])
        else:
            mine.update(state=State.DEAD, error=words[:300])


def release(rows: QuerySet) -> None:
    """Give back what could not be tried, as if it had not been taken."""
    rows.filter(state=State.SENDING).update(state=State.PENDING)


def revive(rows: QuerySet) -> int:
    """Try what was given up once more, from the beginning; returns how many there were."""
    return rows.dead().update(
        state=State.PENDING, due_at=Now(), attempts=0, lease_by="", lease_until=None
    )
