"""Who works beside a person: in the same unit, the same organization, the park office."""

from members.models import Term
from members.speakers import speakers
from nanchuan.accounts.models import StaffPost, User
from nanchuan.kernel import roles
from nanchuan.notices.colleagues import colleague_source


@colleague_source
def of_the_same_units(user):
    return speakers(roles.places(user, roles.UNIT))


@colleague_source
def of_the_same_organizations(user):
    """Whoever holds a post in one that the person leads."""
    paths = roles.places(user, roles.SECRETARY)
    terms = Term.objects.current().filter(organization__path__in=paths)
    return User.objects.filter(pk__in=terms.values("member__user"))


@colleague_source
def of_the_office(user):
    held = StaffPost.objects.current()
    if not held.filter(user=user).exists():
        return User.objects.none()
    return User.objects.filter(pk__in=held.values("user"))
