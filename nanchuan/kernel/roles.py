"""What a person may do today, gathered from every app that can give a right.

A right is a `Grant`: a role, and the place it holds for. Apps register sources in `ready()`,
so that the kernel never learns who gives which right.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import CharField, F, IntegerField, QuerySet, Value
from django.utils import timezone

from nanchuan.kernel.prepared import prepared

ADMIN = "admin"  # accounts and settings, no personal data
STAFF = "staff"  # park office: the whole park, to read and to write
LEADER = "leader"  # reads the whole park
AUDITOR = "auditor"  # reads the whole park and its trail
LEAD = "lead"  # speaks for the lead unit of a group; place: group id
UNIT = "unit"  # speaks for a unit; place: unit id
SEAT = "seat"  # such a unit sits in a group; place: group id, none for the whole alliance
SECRETARY = "secretary"  # leads an organization; place: its path in the tree
MEMBER = "member"  # is a party member; place: member id

ALL = frozenset({ADMIN, STAFF, LEADER, AUDITOR, LEAD, UNIT, SECRETARY, MEMBER})
WHOLE_PARK = frozenset({STAFF, LEADER, AUDITOR})  # read everything


@dataclass(frozen=True)
class Grant:
    role: str
    place: Any = None


NOWHERE, NO_PATH = Value(0, IntegerField()), Value("", CharField())
Source = Callable[[int, date], Iterable[QuerySet]]
_sources: list[Source] = []


def role_source(source: Source) -> Source:
    """Register a function that yields what gives a user (by id) roles on a date, each as
    `places_held(…)`. The rows of all sources are asked for in one question.
    """
    _sources.append(source)
    return source


def places_held(role, rows: QuerySet, number=NOWHERE, path=NO_PATH) -> QuerySet:
    """Rows that give a role, at the place with that number or tree path if it has one."""
    role = role if isinstance(role, F) else Value(role, CharField())
    return rows.order_by().values_list(role, number, path)


@prepared(int, date)
def _held(user, on) -> QuerySet:
    first, *others = [rows for source in _sources for rows in source(user, on)]
    return first.union(*others, all=True)


def grants(user) -> frozenset[Grant]:
    """All grants of a user, read once per request (they live on the user object)."""
    if not (user.is_authenticated and user.is_active):
        return frozenset()
    if not hasattr(user, "_grants"):
        rows = _held(user.pk, timezone.localdate())
        user._grants = frozenset(Grant(role, path or number or None) for role, number, path in rows)
    return user._grants


def forget(user) -> None:
    """Read the rights anew at the next question; for long-lived user objects."""
    user.__dict__.pop("_grants", None)


def roles(user) -> frozenset[str]:
    return _roles_in(grants(user))


@lru_cache(maxsize=1000)
def _roles_in(held) -> frozenset[str]:
    return frozenset(grant.role for grant in held)


def has_role(user, *wanted: str) -> bool:
    return not roles(user).isdisjoint(wanted)


def places(user, role: str) -> list:
    """Where a user holds a role, e.g. the ids of the units it speaks for."""
    return sorted(
        grant.place for grant in grants(user) if grant.role == role and grant.place is not None
    )


@dataclass(frozen=True)
class Holding:
    """Whose role, and where in words: "第一党支部书记"."""

    user_id: int
    role: str
    words: str


HoldingSource = Callable[[Collection[int] | None], Iterable[Holding]]
_holding_sources: list[HoldingSource] = []


def holding_source(source: HoldingSource) -> HoldingSource:
    """Register a function that names the roles of today of some users, or of all for None.

    One query each, however many users: lists of accounts ask for a whole page at once.
    """
    _holding_sources.append(source)
    return source


def holdings(users: Collection[int] | None = None) -> list[Holding]:
    return [holding for source in _holding_sources for holding in source(users)]
