"""Who hears of what happens in the alliance, when and in which words; one file per noun."""

from alliance.reminders import duties, handovers, meetings

__all__ = ["duties", "handovers", "meetings"]
