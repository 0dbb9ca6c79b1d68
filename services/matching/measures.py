"""How much of an offer a need takes, in the measure of that offer."""

import re
from math import ceil

HELPERS = frozenset({"expert", "team", "volunteers"})  # their number says how many come
# Of what is counted so, a need takes one, whatever number it names.
ONE_EACH = re.compile(r"(家|家次|场|次)(/.*)?|份")  # data
SAME = (  # so many of the first measure are one of it
    {"人": 1, "名": 1, "位": 1},  # data
    {"元": 1, "万元": 10_000, "万": 10_000, "亿元": 100_000_000},  # data
    {"公斤": 1, "千克": 1, "吨": 1000},  # data
    {"平方米": 1, "平米": 1, "㎡": 1},  # data
)


def needed(ask, offer) -> int:
    """`ask` has a quantity and a measure, `offer` a category and a measure. What is counted in
    another way says nothing of how much is needed: one, then."""
    if ask.quantity is None or offer.category in HELPERS:
        return 1
    if not ask.measure:
        return 1 if ONE_EACH.fullmatch(offer.measure) else ask.quantity
    if ask.measure == offer.measure:
        return ask.quantity
    for sizes in SAME:
        if ask.measure in sizes and offer.measure in sizes:
            return ceil(ask.quantity * sizes[ask.measure] / sizes[offer.measure])
    return 1
