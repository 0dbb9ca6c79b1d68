"""Who hears of what happens to needs, when and in which words; one file for each part of the
loop."""

from services.reminders import clocks, cofilers, dispatches, resources, review, solving, work
from services.reminders.base import NeedRule, people_of

__all__ = [
    "NeedRule",
    "clocks",
    "cofilers",
    "dispatches",
    "people_of",
    "resources",
    "review",
    "solving",
    "work",
]
