"""Texts as they are compared: in one spelling, and by the pieces that they share."""

import unicodedata

from services.likeness import pieces, runs

__all__ = ["normal", "pieces", "shared"]
MOST_SHARED = 4


def normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def shared(text: str, other: str) -> tuple[str, ...]:
    """The longest runs of characters that both have, in the order of the first."""
    whole = normal(other)
    found = []
    for run in runs(text):
        found += [run] if run in whole else _within(run, whole)
    return tuple(dict.fromkeys(each for each in found if len(each) > 1))[:MOST_SHARED]


def _within(run, whole):
    if run[0].isascii():
        return []
    found, place = [], 0
    while place < len(run) - 1:
        end = place + 2
        if run[place:end] in whole:
            while end < len(run) and run[place : end + 1] in whole:
                end += 1
            found.append(run[place:end])
            place = end
        else:
            place += 1
    return found
