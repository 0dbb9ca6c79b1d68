"""Whom a notice reaches by which channel, and when: what its rule says, what the person chose, and
who stands in for whom.

The inbox is written at once. Mails and messages wait for the end of quiet hours, or for the digest
of whoever wants one; urgent rules wait for neither, obligatory ones not for the digest. What would
be too late by then does not wait.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from nanchuan.accounts.models import User
from nanchuan.kernel.querysets import sees
from nanchuan.notices import reach
from nanchuan.notices.models import Choice, Delivery, Habit, RuleSetting, StandIn
from nanchuan.notices.rules import NoticeRule

INBOX, EMAIL = Delivery.Channel.INBOX.value, Delivery.Channel.EMAIL.value
ON_WISH = frozenset({"sms"})  # costs money: only where a person or a rule asks for it
GRACE = timedelta(days=2)  # after which a mail goes by itself, should its digest never leave


@dataclass(frozen=True)
class Way:
    """One delivery to come. What is gathered leaves with the digest of `digest_at`."""

    person: int
    channel: str
    due_at: datetime
    digest_at: datetime | None = None


def channels_of(rule: NoticeRule, setting: RuleSetting | None = None) -> tuple[str, ...]:
    """Those of a rule that are there: the inbox, and what reaches people outside it."""
    there = (INBOX, *reach.known())
    decided = setting and setting.channels
    wanted = rule.channels if decided is None else decided
    return tuple(channel for channel in there if channel in wanted)


def ways(  # noqa: PLR0913, PLR0917
    rule: NoticeRule,
    people: Iterable[int],
    reminder,
    now: datetime,
    setting,
    deputies: Iterable[int] = (),
) -> list[Way]:
    """How some people hear of a reminder: two queries and one for each outside channel.

    `setting` is what the office decided about the rule, or None. `deputies` are those of them who
    hear it for somebody else: what they chose for themselves leaves nobody without a line.
    """
    people = list(people)
    router = _Router(rule, people, reminder, now, setting)
    router.bound.update(deputies)
    return [way for person in people for way in router.ways(person)]


class _Router:
    """What a rule and some people want, read once for all of them."""

    def __init__(self, rule, people, reminder, now, setting):
        self.rule, self.reminder, self.now = rule, reminder, now
        self.channels = channels_of(rule, setting)
        self.bound = set(people) if rule.is_obligatory else set()  # the inbox whatever they chose
        self.asked_for = frozenset(setting.channels or () if setting else ())
        chosen = Choice.objects.filter(user__in=people, kind=rule.kind) if rule.kind else ()
        self.chosen = {(row.user_id, row.channel): row.is_on for row in chosen}
        self.habits = {row.user_id: row for row in Habit.objects.filter(user__in=people)}
        self.usual = Habit.usual()
        accounts = User.objects.filter(pk__in=people)
        self.reached = {
            channel: set(reach.reached_by(channel, accounts).values_list("pk", flat=True))
            for channel in self.channels
            if channel != INBOX
        }

    def ways(self, person):
        if INBOX in self.channels and (person in self.bound or self.wants(person, INBOX)):
            yield Way(person, INBOX, self.reminder.due_at)
        outside = self.outside(person)
        if not outside:
            return
        habit = self.habits.get(person, self.usual)
        if (digest_at := self.digest_at(habit)) and EMAIL in outside:
            yield Way(person, EMAIL, digest_at + GRACE, digest_at)
            return
        due_at = self.due_at(habit)
        yield from (Way(person, channel, due_at) for channel in outside)

    def wants(self, person, channel) -> bool:
        usual = channel not in ON_WISH or channel in self.asked_for
        return self.chosen.get((person, channel), usual)

    def outside(self, person) -> list[str]:
        reached = [channel for channel in self.reached if person in self.reached[channel]]
        wanted = [channel for channel in reached if self.wants(person, channel)]
        return wanted or (reached[:1] if self.rule.is_obligatory else [])

    def due_at(self, habit) -> datetime:
        loud_from = habit.loud_from(self.now)
        waits = loud_from > self.now and not self.rule.is_urgent and self.is_of_use(loud_from)
        return loud_from if waits else self.reminder.due_at

    def digest_at(self, habit) -> datetime | None:
        if self.rule.is_urgent or self.rule.is_obligatory:
            return None
        at = habit.next_digest(self.now)
        return at if at and self.is_of_use(at) else None

    def is_of_use(self, at) -> bool:
        """Whether it is still worth saying then."""
        return self.reminder.expires_at is None or at < self.reminder.expires_at


def deputies(people: Iterable[int], rule: NoticeRule, subject, now: datetime) -> dict[int, int]:
    """Who is told in the place of whom: one question, and three more if somebody is away.

    A deputy who is away too hands it on. Where that ends in a circle, or with somebody who may
    not see the subject, the person is told after all.
    """
    if rule.is_personal:
        return {}
    today = timezone.localdate(now)
    away = dict(StandIn.objects.current(today).values_list("user", "deputy"))
    found = {person: _end_of(person, away) for person in people if person in away}
    users = User.objects.filter(pk__in=set(found.values()), is_active=True) if found else ()
    able = {user.pk for user in users if sees(user, subject)}
    return {person: deputy for person, deputy in found.items() if deputy in able}


def _end_of(person, away) -> int | None:
    met = {person}
    while person in away:
        person = away[person]
        if person in met:
            return None
        met.add(person)
    return person
