"""Who hears of what happens in the alliance, when and in which words; one file per noun."""

from alliance.reminders import meetings, regulations, swaps, turns

__all__ = ["meetings", "regulations", "swaps", "turns"]
