"""Who may stand in for whom: the people beside a person, gathered from the apps that know them."""

from collections.abc import Callable

from django.db.models import Q, QuerySet

from nanchuan.accounts.models import User

Source = Callable[[User], QuerySet]
_sources: list[Source] = []


def colleague_source(source: Source) -> Source:
    """Register a function that answers the accounts of those who work beside a user."""
    _sources.append(source)
    return source


def colleagues(user) -> QuerySet:
    """Accounts that a person may name as deputy; what they may see, is asked each time anew."""
    found = Q(pk__in=[])
    for source in _sources:
        found |= Q(pk__in=source(user).order_by().values("pk"))
    return User.objects.filter(found, is_active=True).exclude(pk=user.pk).order_by("name", "pk")
