from members.models.absences import Absence
from members.models.activities import Activity, ActivityKind, ActivityPhoto, Attendance
from members.models.instructors import Instructor
from members.models.organizations import (
    Organization,
    OrganizationChange,
    OrganizationName,
    OrganizationUnit,
    Placement,
)
from members.models.people import Membership, PartyMember
from members.models.posts import CommitteeTerm, Post, Term
from members.models.rules import KindRule, Rule
from members.models.transfers import Transfer
from members.models.trees import Tree
from members.models.units import IndustryChain, Liaison, Unit, UnitContact

__all__ = [
    "Absence",
    "Activity",
    "ActivityKind",
    "ActivityPhoto",
    "Attendance",
    "CommitteeTerm",
    "IndustryChain",
    "Instructor",
    "KindRule",
    "Liaison",
    "Membership",
    "Organization",
    "OrganizationChange",
    "OrganizationName",
    "OrganizationUnit",
    "PartyMember",
    "Placement",
    "Post",
    "Rule",
    "Term",
    "Transfer",
    "Tree",
    "Unit",
    "UnitContact",
]
