"""Who hears of what happens to needs, when and in which words; one file for each part of the
loop."""

from services.reminders import (
    clocks,
    cofilers,
    dispatches,
    owed,
    projects,
    resources,
    review,
    solving,
    work,
)
from services.reminders.base import NeedRule, people_of

__all__ = [
    "NeedRule",
    "clocks",
    "cofilers",
    "dispatches",
    "owed",
    "people_of",
    "projects",
    "resources",
    "review",
    "solving",
    "work",
]
