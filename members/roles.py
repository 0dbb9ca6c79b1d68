from datetime import date

from django.db.models import CharField, IntegerField, QuerySet, Value
from django.utils import timezone

from members.models import Liaison, Membership, OrganizationUnit, Term
from nanchuan.kernel.periods import in_force
from nanchuan.kernel.prepared import prepared
from nanchuan.kernel.roles import MEMBER, SECRETARY, UNIT, Grant, role_source

NOWHERE, NO_PATH = Value(0, IntegerField()), Value("", CharField())


@role_source
def people_and_units(user, known):
    """A member in force; whoever leads an organization today; whoever speaks for a unit.

    The liaison of a unit speaks for it, and so does who leads an organization of it.
    """
    for role, number, path in held(user.pk, timezone.localdate()):
        yield Grant(role, path or number)


@prepared(int, date)
def held(user, on) -> QuerySet:
    """Role, id and tree path of each place where a user holds it: one question for all."""
    joined = Membership.objects.current(on).filter(member__user=user)
    terms = Term.objects.current(on).filter(member__user=user, post__leads=True)
    led = OrganizationUnit.objects.current(on).filter(
        in_force(on, "organization__terms__"),
        organization__terms__member__user=user,
        organization__terms__post__leads=True,
    )
    named = Liaison.objects.current(on).filter(user=user)
    return _places(MEMBER, joined, "member").union(
        _places(SECRETARY, terms, path="organization__path"),
        _places(UNIT, led, "unit"),
        _places(UNIT, named, "unit"),
        all=True,
    )


def _places(role, rows, number=NOWHERE, path=NO_PATH):
    return rows.order_by().values_list(Value(role, CharField()), number, path)
