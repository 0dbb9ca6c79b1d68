from datetime import date

from django.db.models import Q

from members.models import Liaison, Membership, OrganizationUnit, Term
from nanchuan.kernel.periods import in_force
from nanchuan.kernel.roles import MEMBER, SECRETARY, UNIT, places_held, role_source


@role_source
def people_and_units(user, on):
    """A member in force; whoever leads an organization; whoever speaks for a unit."""
    joined = Membership.objects.current(on).filter(member__user=user)
    terms = Term.objects.current(on).filter(member__user=user, post__leads=True)
    yield places_held(MEMBER, joined, "member")
    yield places_held(SECRETARY, terms, path="organization__path")
    for rows in spoken_for(user, on):
        yield places_held(UNIT, rows, "unit")


def spoken_for(user, on: date) -> list:
    """Rows of the units that a person speaks for: as leader of an organization of theirs, or as
    their liaison."""
    led = OrganizationUnit.objects.current(on).filter(
        in_force(on, "organization__terms__"),
        organization__terms__member__user=user,
        organization__terms__post__leads=True,
    )
    return [led, Liaison.objects.current(on).filter(user=user)]


def speaks_for(user, on: date, unit: str) -> Q:
    """Rows whose `unit` is one that a person speaks for."""
    led, named = spoken_for(user, on)
    return Q(**{f"{unit}__in": led.values("unit")}) | Q(**{f"{unit}__in": named.values("unit")})
