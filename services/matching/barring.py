"""What a need cannot have, however well it fits."""

from datetime import date

from services.matching.facts import Ask, Barred, Offer, Why
from services.matching.measures import needed


def barred(ask: Ask, offer: Offer, today: date) -> Barred | None:
    """The first thing that stands in the way, or None."""
    for wrong in offer.wrong:
        if wrong.ask == ask.key:
            return Barred(offer, Why.WRONG, wrong.why)
    why = _unit(ask, offer) or _time(offer, ask.day or today) or _quantity(ask, offer)
    return why and Barred(offer, why)


def _unit(ask, offer):
    if ask.unit is not None and ask.unit == offer.unit:
        return Why.OWN
    return Why.OTHER_CHAIN if offer.only and ask.chain not in offer.only else None


def _time(offer, day):
    if offer.is_paused:
        return Why.PAUSED
    if offer.free_until and offer.free_until < day:
        return Why.EXPIRED
    return Why.NOT_YET if offer.free_from and offer.free_from > day else None


def _quantity(ask, offer):
    if offer.left is None:
        return None
    if offer.left <= 0:
        return Why.EXHAUSTED
    return Why.TOO_SMALL if offer.left < needed(ask, offer) else None
