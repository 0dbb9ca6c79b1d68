from members.models.activities import Activity, ActivityKind, ActivityPhoto, Attendance
from members.models.organizations import Organization, OrganizationUnit, Placement
from members.models.people import Membership, PartyMember
from members.models.posts import Post, Term
from members.models.units import Liaison, Unit

__all__ = [
    "Activity",
    "ActivityKind",
    "ActivityPhoto",
    "Attendance",
    "Liaison",
    "Membership",
    "Organization",
    "OrganizationUnit",
    "PartyMember",
    "Placement",
    "Post",
    "Term",
    "Unit",
]
