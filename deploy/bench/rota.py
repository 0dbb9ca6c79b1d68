"""How long a year of sixty groups of twelve seats takes: derived, saved, with its history.

The usual case is a year of quarters, the worst one of months after three years of such turns.
"""

import time
from datetime import date

from alliance.actions import planning
from alliance.models import Assignment, Group, Regulation, Seat, Turn
from alliance.models.settings import Text
from members.models import Unit
from nanchuan.kernel.periods import day_before, months_after

GROUPS, SEATS = 60, 12
LIMIT = 1  # second
FOUNDED = date(2015, 7, 1)
YEARS = 3  # of history


def measure() -> list[dict]:
    this = date.today().year  # noqa: DTZ011
    quarters = founded("轮值小组")
    months = founded("逐月轮值小组")
    planned(quarters, this)  # what is left of this year is no measure
    usual = max(planned(quarters, year) for year in (this + 1, this + 2))
    served_by_month(months, date(this + 1 - YEARS, 1, 1))
    for version in Regulation.objects.adopted().filter(text=Text.ROTA):
        version.settings["turn_months"] = 1
        version.save(update_fields=["settings"])
    return [
        row(f"rota of a year, {GROUPS} groups of {SEATS}", usual),
        row(f"rota of months, {YEARS} years before", planned(months, this + 1)),
    ]


def founded(name):
    groups = Group.objects.bulk_create(
        Group(name=f"{name}{number}", chain="测试", starts_on=FOUNDED)
        for number in range(1, GROUPS + 1)
    )
    units = Unit.objects.bulk_create(
        Unit(name=f"{name}企业{number}", kind=Unit.Kind.ENTERPRISE)
        for number in range(GROUPS * SEATS)
    )
    Seat.objects.bulk_create(
        Seat(group=groups[number // SEATS], unit=unit, order=number, starts_on=FOUNDED)
        for number, unit in enumerate(units)
    )
    return groups


def served_by_month(groups, begin):
    """A month each, one seat after the other, until the end of this year."""
    seats = {}
    for seat in Seat.objects.filter(group__in=groups).order_by("order"):
        seats.setdefault(seat.group_id, []).append(seat)
    rows = Turn.objects.bulk_create(
        Turn(
            group=group,
            seat=seats[group.pk][number % SEATS],
            due_seat=seats[group.pk][number % SEATS],
            starts_on=months_after(begin, number),
            ends_on=day_before(months_after(begin, number + 1)),
        )
        for group in groups
        for number in range(YEARS * 12)
    )
    Assignment.objects.bulk_create(
        Assignment(turn=turn, seat=turn.seat, origin="order") for turn in rows
    )


def planned(groups, year) -> tuple[float, int]:
    """Seconds, and how many turns."""
    started = time.perf_counter()
    made = planning.generate(groups, year=year, by=None)
    return time.perf_counter() - started, len(made)


def row(name, took) -> dict:
    seconds, rows = took
    facts = {"page": name, "kind": "other", "ratio": None, "sql": None, "limit": LIMIT}
    return facts | {"rows": rows, "value": round(seconds, 3)}
