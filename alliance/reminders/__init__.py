"""Who hears of what happens in the alliance, when and in which words; one file per noun."""

from alliance.reminders import (
    duties,
    handovers,
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
    "measures",
    "meetings",
    "minutes",
    "regulations",
    "swaps",
    "turns",
]
