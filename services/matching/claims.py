"""What speaks for an offer beside its subject: each a fact, and how much of it, from 0 to 1."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median_low

from services.matching.facts import (
    Ask,
    CategoryAnswers,
    Doubted,
    EnoughLeft,
    FewOrders,
    FreeThen,
    HasSolved,
    Offer,
    Reason,
    SameChain,
    Solved,
)
from services.matching.measures import needed

CATEGORIES = {  # of resources that answer needs of a category, the likeliest first
    "policy": ("policy", "expert", "team", "volunteers"),
    "staff": ("channel", "training", "expert"),
    "finance": ("funds", "channel", "policy"),
    "technology": ("team", "expert", "venue", "channel"),
    "orders": ("channel", "funds", "training"),
    "approvals": ("expert", "team", "volunteers", "venue"),
    "logistics": ("channel", "venue", "expert"),
    "party_work": ("expert", "team", "venue", "volunteers"),
    "other": ("venue", "volunteers", "expert"),
}
FEW_ORDERS = 2  # a unit that has so few open is free
AMPLE = 2  # times what is asked: more left says no more
SPARE_DAYS = 120  # there for so long after the day: longer says no more


@dataclass(frozen=True, slots=True)
class Claim:
    """A fact, and how much it speaks for the offer."""

    value: float
    reason: Reason


def of(
    ask: Ask, offer: Offer, today: date, cases: Sequence[Solved], doubts: Sequence[Hashable]
) -> list[Claim]:
    """`cases`: needs like this one that its unit solved; `doubts`: those that it did not answer."""
    known = (
        _category(ask, offer),
        _chain(ask, offer),
        _left(ask, offer),
        _free(offer, ask.day or today),
        _solved(cases),
        _load(offer.load),
        _doubt(doubts),
    )
    return [claim for claim in known if claim]


def of_unit(cases: Sequence[Solved], load: int | None) -> list[Claim]:
    """What speaks for a unit, whatever it offers."""
    return [claim for claim in (_solved(cases), _load(load)) if claim]


def _category(ask, offer):
    likely = CATEGORIES.get(ask.category, ())
    if offer.category not in likely:
        return None
    value = 1 - likely.index(offer.category) / len(likely)
    return Claim(value, CategoryAnswers(ask.category, offer.category))


def _chain(ask, offer):
    return Claim(1.0, SameChain(ask.chain)) if ask.chain and ask.chain == offer.chain else None


def _left(ask, offer):
    """Of what is counted."""
    if offer.left is None:
        return None
    ample = AMPLE * (needed(ask, offer) if ask.measure else ask.quantity or 1)
    return Claim(float(min(offer.left / ample, 1)), EnoughLeft(offer.left, offer.measure))


def _free(offer, day):
    if offer.by_hours:
        return None
    until = offer.free_until
    spare = SPARE_DAYS if until is None else min((until - day).days, SPARE_DAYS)
    return Claim((1 + spare) / (1 + SPARE_DAYS), FreeThen(day, until))


def _solved(cases):
    if not cases:
        return None
    days = median_low(case.days for case in cases)
    keys = tuple(case.key for case in cases)
    return Claim(_many(len(cases)), HasSolved(len(cases), days, keys))


def _load(number):
    if number is None or number > FEW_ORDERS:
        return None
    return Claim(1 / (1 + number), FewOrders(number))


def _doubt(keys):
    return Claim(_many(len(keys)), Doubted(len(keys), tuple(keys))) if keys else None


def _many(number):
    """The first says most."""
    return 1 - 1 / (1 + number)
