"""How long the office waits for its matching table: until all open needs stand beside their best
offers, with rows read and written, and until such a table is carried out. Nothing of it stays."""

import time
from datetime import timedelta
from itertools import cycle, islice

from django.db import transaction
from django.db.models import Max

from members.models import Unit
from nanchuan.accounts.models import User
from scale import NOW, STAFF
from services.actions import matchapply, matchbuild
from services.models import MatchLine, Need, Resource
from tests.matching import labelled

NEEDS, RESOURCES, LIMIT = 500, 2000, 5  # rows; seconds
UNITS = 100
LEAST_GIVEN = 100  # rows; with fewer, something else was measured


def measure() -> list[dict]:
    by = User.objects.get(pk=STAFF)
    with transaction.atomic():
        leave_only(fill_needs(by), fill_resources())
        began = time.perf_counter()
        table = matchbuild.ask(by=by)
        matchbuild.work(table)
        built = time.perf_counter() - began
        given = MatchLine.objects.given().count()
        table.refresh_from_db()
        began = time.perf_counter()
        done = matchapply.apply(seen=table.revision, by=by)
        applied = time.perf_counter() - began
        transaction.set_rollback(True)
    if table.total != NEEDS or given < LEAST_GIVEN or not done.booked:
        raise SystemExit(f"{table.total} needs, {given} with an offer, {done.booked} booked")
    name = f"matching table: {NEEDS} × {RESOURCES} with rows, s (≤ {LIMIT})"
    return [
        figure(name, built, given),
        figure(f"matching table: carried out, {given} rows, s", applied, done.booked),
    ]


def fill_needs(by) -> list[int]:
    """Needs of the labelled set over and over, of every urgency, published."""
    units = list(Unit.objects.order_by("pk")[:UNITS])
    first = _next(Need)
    texts = islice(cycle(labelled.load().needs.values()), NEEDS)
    made = [
        Need(
            pk=first + place,
            number=f"需-配-{place:04}",
            unit=units[place % len(units)],
            category=text.category,
            title=text.title[:60],
            content=text.content,
            urgency=Need.Urgency.values[place % 3],
            contact_name="联系人",
            contact_phone="13800001234",
            filed_by=by,
            filed_at=NOW - timedelta(hours=place),
            reviewed_at=NOW,
            status=Need.Status.PUBLISHED,
        )
        for place, text in enumerate(texts)
    ]
    Need.objects.bulk_create(made)
    return [need.pk for need in made]


def fill_resources() -> list[int]:
    """Resources of the set over and over, every fifth by hours, every fifth without an end."""
    units = list(Unit.objects.order_by("pk")[UNITS : 2 * UNITS]) or list(Unit.objects.all())
    first = _next(Resource)
    texts = islice(cycle(labelled.load().resources.values()), RESOURCES)
    made = [
        Resource(
            pk=first + place,
            number=f"资-配-{place:04}",
            unit=units[place % len(units)],
            category=text.category,
            title=text.title[:60],
            content=text.content,
            capacity=None if place % 5 == 0 else place % 4 + 1,
            is_timed=place % 5 == 1,
            needs_consent=place % 2 == 0,
            status=Resource.Status.AVAILABLE,
            reviewed_at=NOW,
        )
        for place, text in enumerate(texts)
    ]
    Resource.objects.bulk_create(made)
    return [resource.pk for resource in made]


def leave_only(needs, resources) -> None:
    """So that exactly so many stand against so many."""
    others = Need.objects.exclude(pk__in=needs)
    others.update(status=Need.Status.WITHDRAWN, dispatched_to=None)
    Resource.objects.exclude(pk__in=resources).update(status=Resource.Status.WITHDRAWN)


def _next(model) -> int:
    return (model.objects.aggregate(last=Max("pk"))["last"] or 0) + 1


def figure(page, value, rows):
    return {
        "page": page,
        "kind": "other",
        "ratio": None,
        "sql": None,
        "rows": rows,
        "limit": None,
        "value": round(value, 3),
    }
