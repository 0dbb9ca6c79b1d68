"""How long a year of sixty groups of twelve seats takes: derived, saved, with its history."""

import time
from datetime import date

from alliance.actions import turns
from alliance.models import Group, Seat
from members.models import Unit

GROUPS, SEATS = 60, 12
LIMIT = 1  # second
FOUNDED = date(2015, 7, 1)


def measure() -> list[dict]:
    groups = Group.objects.bulk_create(
        Group(name=f"轮值小组{number}", chain="测试", starts_on=FOUNDED)
        for number in range(1, GROUPS + 1)
    )
    units = Unit.objects.bulk_create(
        Unit(name=f"轮值企业{number}", kind=Unit.Kind.ENTERPRISE)
        for number in range(GROUPS * SEATS)
    )
    Seat.objects.bulk_create(
        Seat(group=groups[number // SEATS], unit=unit, order=number, starts_on=FOUNDED)
        for number, unit in enumerate(units)
    )
    year, took = date.today().year, []  # noqa: DTZ011
    for ahead in (0, 1, 2):
        started = time.perf_counter()
        made = turns.generate(groups, year=year + ahead, by=None)
        took.append((time.perf_counter() - started, len(made)))
    seconds, rows = max(took)
    return [
        {
            "page": f"rota of a year, {GROUPS} groups of {SEATS}",
            "kind": "other",
            "ratio": None,
            "sql": None,
            "rows": rows,
            "limit": LIMIT,
            "value": round(seconds, 3),
        }
    ]
