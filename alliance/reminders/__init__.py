"""Who hears of what happens in the alliance, when and in which words; one file per noun."""

from alliance.reminders import (
    agenda,
    duties,
    handovers,
    invitations,
    measures,
    meetings,
    regulations,
    swaps,
    topics,
    turns,
)

__all__ = ["duties", "handovers", "measures", "meetings", "regulations", "swaps", "turns"]
__all__ += ["agenda", "invitations", "topics"]
