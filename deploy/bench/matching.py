"""How well needs are answered, on the labelled set of the tests, and how fast.

Speed is measured on the resources of that set, many times over, each by another unit with needs
that it has solved, without a database; through the boundary, with one, by `suggesting`.
"""

import time
import tracemalloc
from dataclasses import replace
from itertools import cycle, islice
from statistics import median

import suggesting
from services.matching.facts import Solved
from services.matching.ranking import Index
from tests.matching import precision
from tests.matching.labelled import HALVES, TODAY

ONE_AMONG, ONE_LIMIT = 10_000, 0.15  # resources; seconds
TABLE_NEEDS, TABLE_RESOURCES, TABLE_LIMIT = 500, 2000, 5
UNITS, CASES = 400, 5
SAMPLE = 60  # needs
FIRST = 10
RANKS = {
    "matching: precision@3": precision.by_portal,
    "matching: keyword search": precision.by_keyword,
    "matching: category only": precision.by_category,
}


def measure() -> list[dict]:
    return [*quality(), *speed(), *suggesting.measure()]


def quality():
    for half in HALVES:
        needs = len(precision.labelled().half(half))
        for name, rank in RANKS.items():
            yield figure(f"{name}, {half}", precision.precision(rank, half), needs)
        silent, of = precision.silent(precision.by_portal, half)
        yield figure(f"matching: nothing where nothing is, {half}", silent / of, of)


def speed():
    asks = [precision.ask_of(need) for need in precision.labelled().needs.values()]
    tracemalloc.start()
    index = Index(many(ONE_AMONG), TODAY)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    seconds = median(timed(lambda ask=ask: index.answer(ask, FIRST)) for ask in asks[:SAMPLE])
    yield figure(f"matching: one among {ONE_AMONG}, s (≤ {ONE_LIMIT})", seconds, ONE_AMONG)
    yield figure(f"matching: memory of {ONE_AMONG}, MB", held / 1e6, ONE_AMONG)
    offers = many(ONE_AMONG)
    yield figure(f"matching: {ONE_AMONG} read, s", timed(lambda: Index(offers, TODAY)), ONE_AMONG)
    few = offers[:TABLE_RESOURCES]
    whole = timed(lambda: table(few, islice(cycle(asks), TABLE_NEEDS)))
    name = f"matching: {TABLE_NEEDS} × {TABLE_RESOURCES}, s (≤ {TABLE_LIMIT})"
    yield figure(name, whole, TABLE_NEEDS)


def table(offers, asks):
    index = Index(offers, TODAY)
    return [index.answer(ask, FIRST) for ask in asks]


def timed(act) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def many(number):
    """Resources of the set over and over, by units that solved needs of it."""
    needs = cycle(precision.labelled().needs.values())
    solved = [
        tuple(Solved(need.key, need.title, need.content, 7) for need in islice(needs, CASES))
        for _ in range(UNITS)
    ]
    return [
        replace(
            offer,
            key=place,
            unit=place % UNITS,
            title=f"{offer.title} {place}",
            solved=solved[place % UNITS],
            load=place % 5,
        )
        for place, offer in enumerate(islice(cycle(precision.offers()), number))
    ]


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
