"""Who hears of what happens in the alliance, when and in which words; one file per noun."""

from alliance.reminders import measures, meetings

__all__ = ["measures", "meetings"]
