"""Who speaks for units today: the same people that `members.roles` gives the right to."""

from datetime import date

from django.db.models import Q, QuerySet

from members.models import Liaison, Term
from nanchuan.accounts.models import User
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
