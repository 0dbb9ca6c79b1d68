"""Who hears of what happens in the alliance, when and in which words; one file per noun."""

from alliance.reminders import (
    agenda,
    duties,
    handovers,
    invitations,
    items,
    measures,
    meetings,
    minutes,
    regulations,
    swaps,
    topics,
    turns,
)

__all__ = [
    "agenda",
    "duties",
    "handovers",
    "invitations",
    "items",
    "measures",
    "meetings",
    "minutes",
    "regulations",
    "swaps",
    "topics",
    "turns",
]
