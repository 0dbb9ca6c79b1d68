"""Who gets what of what there is (匹配表): pure, row by row, each from what is left.

What was fixed by hand is taken first. Then the rows come in their order, and each gets the best of
its offers of which there still is enough: nothing that a row got is taken away again for one that
stands further down, so that everybody can be told why.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from services import capacity
from services.capacity import Held

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Given:
    """So much of an offer; of what goes by hours, for a span."""

    offer: Hashable
    quantity: int = 1
    span: Span | None = None


@dataclass(frozen=True)
class Row:
    """What asks: its offers, best first, how much of each if not one, and the day on which it is
    wanted. `is_open` False: it is given nothing by itself, `fixed` says what it has all the same.
    """

    key: Hashable
    offers: Sequence[Hashable] = ()
    quantities: Mapping[Hashable, int] = field(default_factory=dict)
    day: date | None = None
    is_open: bool = True
    fixed: Given | None = None


@dataclass(frozen=True)
class Stock:
    """What there is of an offer, and what is promised of it; `capacity` None: it never runs out.

    `spans` are the hours that can be proposed of what goes by hours, the earliest first, and
    `days` those of the days on which somebody wants it.
    """

    capacity: int | None = None
    held: tuple[Held, ...] = ()
    is_timed: bool = False
    spans: tuple[Span, ...] = ()
    days: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)

    def at(self, day: date | None) -> tuple[Span | None, ...]:
        """When a row can have it."""
        if not self.is_timed:
            return (None,)
        return self.days.get(day, ()) if day else self.spans


class Ledger:
    """What is left of each offer while rows take from it."""

    def __init__(self, stocks: Mapping[Hashable, Stock]):
        self._stocks = stocks
        self._taken: dict[Hashable, list[Held]] = defaultdict(list)

    def left(self, offer: Hashable, span: Span | None = None) -> int | None:
        stock = self._stocks[offer]
        held = [*stock.held, *self._taken[offer]]
        return capacity.left(stock.capacity, held, *(span or (None, None)))

    def taken(self, offer: Hashable) -> int:
        """What rows have taken of it, at whatever hours."""
        return sum(each.quantity for each in self._taken[offer])

    def take(self, given: Given) -> None:
        begins, ends = given.span or (None, None)
        self._taken[given.offer].append(Held(given.quantity, begins, ends))

    def best_of(self, offer: Hashable, row: Row) -> Given | None:
        """As much of it as a row asks for, at the first hours at which there is enough; None:
        there is not."""
        if offer not in self._stocks:
            return None
        quantity = row.quantities.get(offer, 1)
        for span in self._stocks[offer].at(row.day):
            left = self.left(offer, span)
            if left is None or left >= quantity:
                return Given(offer, quantity, span)
        return None


def allocate(rows: Iterable[Row], stocks: Mapping[Hashable, Stock]) -> dict[Hashable, Given | None]:
    """What each row gets."""
    rows, ledger = list(rows), Ledger(stocks)
    for row in rows:
        if row.fixed is not None and row.fixed.offer in stocks:
            ledger.take(row.fixed)
    found = {}
    for row in rows:
        found[row.key] = row.fixed or (_first(row, ledger) if row.is_open else None)
    return found


def _first(row, ledger) -> Given | None:
    for offer in row.offers:
        if given := ledger.best_of(offer, row):
            ledger.take(given)
            return given
    return None
