"""How a channel fares: its turn, its last success, its last failure, and whether it stands still.

A key or a signature that is refused stops the channel until an administrator sets it up anew or
a test succeeds; what waits for it waits. Too much at once lets it rest for as long as the other
side asks.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce, Greatest, Now

from nanchuan.kernel import events
from nanchuan.notices.actions.setbacks import words_for
from nanchuan.notices.models import Channel
from nanchuan.notices.senders.answers import Refused, Rejected, Throttled, Unreachable

NO_REST = timedelta()
MINUTE = timedelta(minutes=1)
SHORTEST = 6  # letters of a secret


def take_turn(channel: Channel) -> bool:
    """One message of so many a minute, evenly spaced by the database's clock, so that all
    workers together keep the pace: of two at once, one has the turn."""
    free = Q(next_at=None) | Q(next_at__lte=Now())
    mine = Channel.objects.filter(free, pk=channel.pk)
    if not channel.per_minute:
        return mine.exists()
    return bool(mine.update(next_at=Now() + MINUTE / channel.per_minute))


class Seen:
    """What one batch saw of its channel; written down once, when it is over."""

    def __init__(self, channel: Channel | None):
        self.channel, self.failure, self.fault, self.well = channel, "", "", False
        self.rest = NO_REST

    def succeeded(self) -> None:
        self.well = True

    def failed(self, trouble: Exception) -> str:
        """Note it; returns its words."""
        self.failure = self.hidden(trouble)
        if isinstance(trouble, Rejected):
            self.fault = self.failure
        if isinstance(trouble, Throttled):
            self.rest = max(self.rest, trouble.rest)
        return self.failure

    def hidden(self, trouble: Exception) -> str:
        """The words of a trouble, in which no secret of the channel stands."""
        ours = isinstance(trouble, Refused | Rejected | Unreachable)
        words = str(trouble) if ours else words_for(trouble)
        for secret in secrets_of(self.channel):
            words = words.replace(secret, "…")
        return words[:300]


def secrets_of(channel: Channel | None) -> list[str]:
    """What must not stand in any text, the longest first: the secret settings, and of an address
    that is one also the parts that make it so."""
    if channel is None:
        return []
    found = {channel.token, *(channel.settings.get(name, "") for name in Channel.SECRETS)}
    webhook, url = (urlsplit(channel.settings.get(name, "")) for name in ("webhook", "url"))
    found.add(webhook.path.rpartition("/")[2])
    found |= {value for parts in (webhook, url) for _name, value in parse_qsl(parts.query)}
    return sorted((each for each in found if len(each) >= SHORTEST), key=len, reverse=True)


@contextmanager
def kept(channel: Channel | None) -> Iterator[Seen]:
    seen = Seen(channel)
    try:
        yield seen
    finally:
        if channel is not None:
            write_down(seen)


@transaction.atomic
def write_down(seen: Seen) -> None:
    facts = {}
    if seen.well:
        facts["succeeded_at"] = Now()
    if seen.failure:
        facts |= {"failed_at": Now(), "failure": seen.failure}
    if seen.rest:
        facts["next_at"] = Greatest(Coalesce("next_at", Now()), Now() + seen.rest)
    rows = Channel.objects.filter(pk=seen.channel.pk)
    if facts:
        rows.update(**facts)
    if seen.fault and rows.filter(fault="").update(fault=seen.fault):
        events.record("channel.stopped", subject=seen.channel, by=None, reason=seen.fault)


def mend(channel: Channel) -> None:
    """Set up anew, or tested well: what waits may go at once."""
    Channel.objects.filter(pk=channel.pk).update(fault="", next_at=None)
    channel.fault = ""
    channel.letters().filter(state="pending", due_at__gt=Now()).exclude(error="").update(
        due_at=Now()
    )
