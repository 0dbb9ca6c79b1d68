"""Who hears of what happens in the alliance, when and in which words; one file per noun."""

from alliance.reminders import (
    duties,
    handovers,
    items,
    measures,
    meetings,
    minutes,
    regulations,
    swaps,
    turns,
)

__all__ = [
    "duties",
    "handovers",
    "items",
    "measures",
    "meetings",
    "minutes",
    "regulations",
    "swaps",
    "turns",
]
