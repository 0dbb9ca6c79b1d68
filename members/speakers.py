"""Who speaks for units, leads organizations and sits in the park office today: the same people
that `members.roles` and `accounts.roles` give the right to."""

from datetime import date

from django.db.models import Q, QuerySet

from members.models import Liaison, Term
from nanchuan.accounts.models import StaffPost, User
from nanchuan.kernel import roles
from nanchuan.kernel.periods import in_force


def speakers(units, on: date | None = None) -> QuerySet[User]:
    """Accounts of the liaisons of some units and of those who lead an organization of them.

    `units` is a list or a queryset of units. Each account stands in the answer once, and
    only while it may sign in.
    """
    leading = Term.objects.current(on).filter(
        in_force(on, "organization__unit_links__"),
        organization__unit_links__unit__in=units,
        post__leads=True,
    )
    named = Liaison.objects.current(on).filter(unit__in=units)
    return User.objects.filter(
        Q(pk__in=named.values("user")) | Q(pk__in=leading.values("member__user")), is_active=True
    )


def leaders(organizations, on: date | None = None) -> QuerySet[User]:
    """Accounts of those who lead one of some organizations themselves, not one above it."""
    terms = Term.objects.current(on).filter(organization__in=organizations, post__leads=True)
    return User.objects.filter(pk__in=terms.values("member__user"), is_active=True)


def park_office(on: date | None = None) -> QuerySet[User]:
    """Accounts with a post of the park office."""
    posts = StaffPost.objects.current(on).filter(role=roles.STAFF)
    return User.objects.filter(pk__in=posts.values("user"), is_active=True)


def park_leaders(on: date | None = None) -> QuerySet[User]:
    """Accounts of those who lead the park."""
    posts = StaffPost.objects.current(on).filter(role=roles.LEADER)
    return User.objects.filter(pk__in=posts.values("user"), is_active=True)
