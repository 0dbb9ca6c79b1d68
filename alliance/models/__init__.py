from alliance.models.groups import Group, Seat
from alliance.models.meetings import Invitation, Meeting, MeetingKind
from alliance.models.turns import Turn

__all__ = ["Group", "Invitation", "Meeting", "MeetingKind", "Seat", "Turn"]
