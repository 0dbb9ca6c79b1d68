"""Whom a channel reaches: an app or a sender registers how a person is addressed by it."""

from collections.abc import Callable

from django.db.models import QuerySet

_reach: dict[str, Callable[[QuerySet], QuerySet]] = {}


def reaches(channel: str) -> Callable:
    """Register a function that narrows accounts to those whom the channel can reach now."""

    def register(narrow: Callable[[QuerySet], QuerySet]) -> Callable[[QuerySet], QuerySet]:
        _reach[channel] = narrow
        return narrow

    return register


def reached_by(channel: str, people: QuerySet) -> QuerySet:
    """Accounts that a channel can reach; nobody by one that is not set up."""
    return _reach[channel](people) if channel in _reach else people.none()


def known() -> tuple[str, ...]:
    return tuple(_reach)
