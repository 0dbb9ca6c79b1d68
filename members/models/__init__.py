from members.models.absences import Absence
from members.models.activities import (
    Activity,
    ActivityFile,
    ActivityKind,
    ActivityPhoto,
    Attendance,
    Decision,
    Participation,
)
from members.models.appraisals import Appraisal, Appraisee, Grade
from members.models.ballots import PeerResult, Urn
from members.models.dues import DuesBase, DuesRate, DuesRelief
from members.models.dues_bills import DuesBill, DuesHandover, DuesLine, DuesPayment
from members.models.duties import DutyRule, Exemption
from members.models.handbooks import YearWords
from members.models.instructors import Instructor
from members.models.kept import Change, KeptYear
from members.models.lifemeetings import LifeMeeting, LifePart, Rectification, SuggestionBox
from members.models.organizations import (
    Organization,
    OrganizationChange,
    OrganizationName,
    OrganizationUnit,
    Placement,
)
from members.models.people import Membership, PartyMember
from members.models.plans import PlannedActivity
from members.models.posts import CommitteeTerm, Post, Term
from members.models.rules import KindRule, Rule
from members.models.studies import SelfStudy, Study, StudyFile, StudyMaterial
from members.models.suggestions import Suggestion
from members.models.talks import TalkNote
from members.models.transfers import Transfer
from members.models.trees import Tree
from members.models.units import IndustryChain, Liaison, Unit, UnitContact

__all__ = [
    "Absence",
    "Activity",
    "ActivityFile",
    "ActivityKind",
    "ActivityPhoto",
    "Appraisal",
    "Appraisee",
    "Attendance",
    "Change",
    "CommitteeTerm",
    "Decision",
    "DuesBase",
    "DuesBill",
    "DuesHandover",
    "DuesLine",
    "DuesPayment",
    "DuesRate",
    "DuesRelief",
    "DutyRule",
    "Exemption",
    "Grade",
    "IndustryChain",
    "Instructor",
    "KeptYear",
    "KindRule",
    "Liaison",
    "LifeMeeting",
    "LifePart",
    "Membership",
    "Organization",
    "OrganizationChange",
    "OrganizationName",
    "OrganizationUnit",
    "Participation",
    "PartyMember",
    "PeerResult",
    "Placement",
    "PlannedActivity",
    "Post",
    "Rectification",
    "Rule",
    "SelfStudy",
    "Study",
    "StudyFile",
    "StudyMaterial",
    "Suggestion",
    "SuggestionBox",
    "TalkNote",
    "Term",
    "Transfer",
    "Tree",
    "Unit",
    "UnitContact",
    "Urn",
    "YearWords",
]
