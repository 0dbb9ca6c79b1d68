"""How fast suggestions are, asked through the boundary for a need among many resources in the
database: in a process that has read them, after one was changed, and in a fresh process.

What is written for it is rolled back.
"""

import time
from datetime import timedelta
from itertools import cycle, islice
from statistics import median

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from members.models import Unit
from nanchuan.accounts.models import User
from scale import STAFF
from services import offers, shelves, suggesting
from services.models import Need, Resource, Solution
from tests.matching import precision

AMONG, LIMIT = 10_000, 150  # resources; ms
ASKED, SOLVED, CHANGES = 40, 2000, 12
FIELDS = {"audience": "alliance", "contact_name": "张联络", "contact_phone": "13900000000"}


def measure() -> list[dict]:
    with transaction.atomic():
        try:
            return list(_figures())
        finally:
            transaction.set_rollback(True)
            cache.clear()


def _figures():
    resources, needs, user = _filled()
    for name, ready in (("first of all", cache.clear), ("fresh process", lambda: None)):
        ready()
        shelves.forget()
        offers.reading.cache_clear()
        yield _figure(f"suggestions: {name}, ms", _timed(needs[0], user))
    warm = median(_timed(need, user) for need in needs)
    yield _figure(f"suggestions: one among {AMONG}, ms (≤ {LIMIT})", warm)
    changed = median(
        _timed(need, user)
        for resource, need in zip(resources, islice(cycle(needs), CHANGES), strict=False)
        if _change(resource)
    )
    yield _figure(f"suggestions: one changed before, ms (≤ {LIMIT})", changed)


def _change(resource) -> bool:
    resource.title += "（新）"  # data
    resource.save(update_fields=["title"])
    return True


def _timed(need, user) -> float:
    began = time.perf_counter()
    suggesting.for_need(need, user)
    return 1000 * (time.perf_counter() - began)


def _filled():
    units = list(Unit.objects.order_by("pk"))
    Resource.objects.bulk_create(
        Resource(
            number=f"资-B-{place}",
            unit=units[place % len(units)],
            category=offer.category,
            title=offer.title,
            content=offer.content,
            capacity=offer.left,
            measure=offer.measure[:8],
            status=Resource.Status.AVAILABLE,
            reviewed_at=timezone.now(),
            changed_at=timezone.now() - timedelta(days=1),
        )
        for place, offer in enumerate(islice(cycle(precision.offers()), AMONG))
    )
    user = User.objects.get(pk=STAFF)
    past = _needs("过", SOLVED, units, user, status="closed")
    Solution.objects.bulk_create(
        Solution(need=need, text="已解决", offered_by=user, confirmed_at=timezone.now(), rating=5)
        for need in past
    )
    needs = _needs("求", ASKED, units, user, status="published")
    return list(Resource.objects.order_by("-pk")[:CHANGES]), needs, user


def _needs(mark, number, units, user, *, status) -> list[Need]:
    now = timezone.now()
    asked = cycle(precision.labelled().needs.values())
    return Need.objects.bulk_create(
        Need(
            number=f"需-{mark}-{place}",
            unit=units[place % len(units)],
            accepted_by=units[(place + 1) % len(units)] if status == "closed" else None,
            accepted_at=now if status == "closed" else None,
            category=need.category,
            title=need.title,
            content=need.content,
            status=status,
            filed_by=user,
            filed_at=now,
            reviewed_at=now,
            **FIELDS,
        )
        for place, need in enumerate(islice(asked, number))
    )


def _figure(page, value):
    return {
        "page": page,
        "kind": "other",
        "ratio": None,
        "sql": None,
        "rows": AMONG,
        "limit": None,
        "value": round(value, 1),
    }
