from alliance.models.agenda import AgendaItem, Support, Topic
from alliance.models.checkins import CheckIn, Guest
from alliance.models.duties import Duty
from alliance.models.feeds import Feed
from alliance.models.files import (
    AgendaFile,
    CheckInFile,
    DutyFile,
    HandoverFile,
    ItemFile,
    MeasureFile,
    RegulationFile,
)
from alliance.models.groups import Group, GroupContact, Lead, Seat
from alliance.models.handovers import Handover, Signature
from alliance.models.items import ItemStep
from alliance.models.kinds import KindItem, MeetingKind, Series
from alliance.models.measures import Measure, MeasureNote, MeasureStep, Milestone
from alliance.models.meetings import Invitation, Meeting
from alliance.models.minutes import Minutes, MinutesRevision
from alliance.models.regulations import DutyItem, DutyKind, Regulation, Section, SignOff
from alliance.models.resolutions import (
    ActionItem,
    ItemExtension,
    ItemNote,
    Resolution,
    Vote,
)
from alliance.models.turns import Assignment, Decline, Origin, Swap, Turn

__all__ = [
    "ActionItem",
    "AgendaFile",
    "AgendaItem",
    "Assignment",
    "CheckIn",
    "CheckInFile",
    "Decline",
    "Duty",
    "DutyFile",
    "DutyItem",
    "DutyKind",
    "Feed",
    "Group",
    "GroupContact",
    "Guest",
    "Handover",
    "HandoverFile",
    "Invitation",
    "ItemExtension",
    "ItemFile",
    "ItemNote",
    "ItemStep",
    "KindItem",
    "Lead",
    "Measure",
    "MeasureFile",
    "MeasureNote",
    "MeasureStep",
    "Meeting",
    "MeetingKind",
    "Milestone",
    "Minutes",
    "MinutesRevision",
    "Origin",
    "Regulation",
    "RegulationFile",
    "Resolution",
    "Seat",
    "Section",
    "Series",
    "SignOff",
    "Signature",
    "Support",
    "Swap",
    "Topic",
    "Turn",
    "Vote",
]
