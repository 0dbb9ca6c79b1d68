"""The labelled set of needs and resources, as its README explains."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

HERE = Path(__file__).parent
TODAY = date(2026, 9, 1)  # the day of a need that names none
CHAINS = ("carpet", "lithium", "solar")
HALVES = ("tuning", "held out")


@dataclass(frozen=True)
class Need:
    key: str
    chain: str
    category: str
    urgency: str
    title: str
    content: str
    day: date | None
    quantity: Decimal | None
    half: Literal["tuning", "held out"]


@dataclass(frozen=True)
class Resource:
    """Its chain is the giver's; empty for the park office and whoever is outside."""

    key: str
    chain: str
    category: str
    title: str
    content: str
    capacity: Decimal | None
    unit: str
    area: str
    conditions: str
    valid_until: date | None


@dataclass(frozen=True)
class Labelled:
    """Needs and resources by key, and for each need the keys of what answers it: maybe none."""

    needs: dict[str, Need]
    resources: dict[str, Resource]
    relevant: dict[str, set[str]]

    def half(self, name: Literal["tuning", "held out"]) -> list[Need]:
        return [need for need in self.needs.values() if need.half == name]


def load() -> Labelled:
    needs = [
        Need(**row | {"day": _day(row["day"]), "quantity": _number(row["quantity"])})
        for row in rows("needs.csv")
    ]
    resources = [
        Resource(
            **row | {"capacity": _number(row["capacity"]), "valid_until": _day(row["valid_until"])}
        )
        for row in rows("resources.csv")
    ]
    relevant: dict[str, set[str]] = {}
    for row in rows("relevant.csv"):
        answers = relevant.setdefault(row["need"], set())
        answers |= {row["resource"]} - {""}
    return Labelled(
        {need.key: need for need in needs},
        {resource.key: resource for resource in resources},
        relevant,
    )


def rows(name: str) -> Iterator[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None
