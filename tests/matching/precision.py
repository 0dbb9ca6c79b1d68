"""How well the labelled set is answered: by the portal, and by what it is compared with.

All of them choose among the same resources: those that a need can have at all.
"""

from collections.abc import Callable
from functools import cache

from services.matching.barring import barred
from services.matching.claims import CATEGORIES
from services.matching.facts import Ask, Offer, only_for
from services.matching.ranking import Index, suggest
from tests.matching.labelled import TODAY, Labelled, Need, Resource, load

FIRST = 3
NAMES = {"carpet": "藏毯", "lithium": "锂电", "solar": "光伏"}
Rank = Callable[[Need], list[str]]


@cache
def labelled() -> Labelled:
    return load()


@cache
def index() -> Index:
    return Index(offers(), TODAY)


def offers() -> list[Offer]:
    return [offer_of(resource) for resource in labelled().resources.values()]


def ask_of(need: Need) -> Ask:
    return Ask(
        need.key, need.chain, need.category, need.title, need.content, need.quantity, need.day
    )


def offer_of(resource: Resource) -> Offer:
    return Offer(
        resource.key,
        resource.key,
        resource.chain,
        resource.category,
        resource.title,
        resource.content,
        left=resource.capacity,
        measure=resource.unit,
        area=resource.area,
        conditions=resource.conditions,
        only=only_for(resource.conditions, NAMES),
        free_until=resource.valid_until,
    )


# ── What is measured ────────────────────────────────────────────────────────────────────────


def precision(rank: Rank, half: str) -> float:
    """precision@3 as the README defines it."""
    shares = []
    for need in labelled().half(half):
        if relevant := labelled().relevant[need.key]:
            right = sum(key in relevant for key in rank(need)[:FIRST])
            shares.append(right / min(FIRST, len(relevant)))
    return sum(shares) / len(shares)


def silent(rank: Rank, half: str) -> tuple[int, int]:
    """For how many of the needs that nothing answers nothing is proposed."""
    needs = [need for need in labelled().half(half) if not labelled().relevant[need.key]]
    return sum(not rank(need) for need in needs), len(needs)


def by_portal(need: Need) -> list[str]:
    return [found.offer.key for found in suggest(ask_of(need), index(), FIRST)]


def by_keyword(need: Need) -> list[str]:
    """A plain search: how many pairs of characters of the title a resource has."""
    pairs = {need.title[place : place + 2] for place in range(len(need.title) - 1)}
    return _first(need, lambda offer: sum(pair in offer.title + offer.content for pair in pairs))


def by_category(need: Need) -> list[str]:
    likely = CATEGORIES[need.category][::-1]
    return _first(
        need, lambda offer: 1 + likely.index(offer.category) if offer.category in likely else 0
    )


def _first(need, score) -> list[str]:
    ask = ask_of(need)
    scores = {
        offer.key: found
        for offer in index().offers
        if (found := score(offer)) and not barred(ask, offer, TODAY)
    }
    return sorted(scores, key=lambda key: (-scores[key], key))[:FIRST]
