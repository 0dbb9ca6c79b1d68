"""How a channel addresses a person: what was typed here, or else what an app knows.

@address_source("sms")
def phones(people):  # a queryset of accounts
    return PartyMember.objects.filter(user__in=people).values_list("user", "phone")
"""

from collections.abc import Callable

from django.db.models import Exists, OuterRef, Q, QuerySet

from nanchuan.accounts.models import User
from nanchuan.notices.models import Address, Channel
from nanchuan.notices.reach import reaches

Source = Callable[[QuerySet], QuerySet]
_sources: dict[str, Source] = {}


def address_source(channel: str) -> Callable[[Source], Source]:
    """Register rows of (account, address) that an app knows of some accounts."""

    def register(source: Source) -> Source:
        _sources[channel] = source
        return source

    return register


def address_of(channel: str, person: User) -> str:
    """Where a channel finds a person, or nothing."""
    own = Address.objects.filter(user=person, channel=channel).first()
    return own.value if own else known_address(channel, person)


def known_address(channel: str, person: User) -> str:
    """What an app knows of a person who has typed nothing."""
    if channel not in _sources:
        return ""
    known = _sources[channel](User.objects.filter(pk=person.pk)).first()
    return known[1] if known else ""


def _is_on(kind) -> bool:
    return Channel.objects.working().filter(kind=kind).exists()


def addressed(channel: str, people: QuerySet) -> QuerySet:
    """Those of some accounts whom a channel can address."""
    found = Q(Exists(Address.objects.filter(user=OuterRef("pk"), channel=channel)))
    if source := _sources.get(channel):
        found |= Q(pk__in=source(User.objects.all()).order_by().values("user"))
    return people.filter(found)


@reaches("email")
def by_mail(people):
    """Without a row, or while the row is on, to everybody who has an address."""
    off = Channel.objects.filter(kind="email").exists() and not _is_on("email")
    return people.none() if off else people.exclude(email="")


@reaches("wecom_app")
def by_wecom(people):
    return addressed("wecom_app", people) if _is_on("wecom_app") else people.none()


@reaches("sms")
def by_phone(people):
    return addressed("sms", people) if _is_on("sms") else people.none()
