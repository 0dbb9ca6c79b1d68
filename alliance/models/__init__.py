from alliance.models.duties import Duty
from alliance.models.feeds import Feed
from alliance.models.files import DutyFile, HandoverFile, MeasureFile, RegulationFile
from alliance.models.groups import Group, GroupContact, Lead, Seat
from alliance.models.handovers import Handover, Signature
from alliance.models.measures import Measure, MeasureNote, MeasureStep, Milestone
from alliance.models.meetings import Invitation, Meeting, MeetingKind
from alliance.models.regulations import DutyItem, DutyKind, Regulation, Section, SignOff
from alliance.models.turns import Assignment, Decline, Origin, Swap, Turn

__all__ = [
    "Assignment",
    "Decline",
    "Duty",
    "DutyFile",
    "DutyItem",
    "DutyKind",
    "Feed",
    "Group",
    "GroupContact",
    "Handover",
    "HandoverFile",
    "Invitation",
    "Lead",
    "Measure",
    "MeasureFile",
    "MeasureNote",
    "MeasureStep",
    "Meeting",
    "MeetingKind",
    "Milestone",
    "Origin",
    "Regulation",
    "RegulationFile",
    "Seat",
    "Section",
    "SignOff",
    "Signature",
    "Swap",
    "Turn",
]
