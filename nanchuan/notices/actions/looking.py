"""What still holds when something is about to leave: looked at again, once for all that is said of
one reminder in a batch.

A look serves for two seconds, and only as long as nothing has happened in the portal since: every
change of state records an event in its own transaction.
"""

import time
from dataclasses import dataclass, field
from itertools import pairwise

from django.db.models import BooleanField, Case, Max, Value, When
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from nanchuan.kernel.models import Event
from nanchuan.notices.actions.reminders import audience_of, subject_of
from nanchuan.notices.models import Delivery, Reminder
from nanchuan.notices.rules import CANCEL, SEND, NoticeRule, Verdict, rule_named

State = Delivery.State
FRESH = 2  # seconds
SOON = 0.05  # seconds that a message may wait for the one before it


@dataclass(frozen=True)
class Look:
    """What one reminder is now, and of the rows that a worker holds, whom it still concerns."""

    at: float  # of the monotonic clock
    last_event: int
    rule: NoticeRule
    reminder: Reminder
    subject: object
    verdict: Verdict
    deliveries: dict[int, Delivery]
    audience: frozenset[int]
    written: dict = field(default_factory=dict)  # ahead of their turn
    taken_up: dict[int, float] = field(default_factory=dict)  # and when

    def is_fresh(self) -> bool:
        return time.monotonic() - self.at < FRESH

    def take_up(self, pk: int) -> None:
        """Its lease was renewed, and nothing had happened yet."""
        self.taken_up[pk] = time.monotonic()

    def is_taken_up(self, pk: int) -> bool:
        return time.monotonic() - self.taken_up.get(pk, -SOON) < SOON

    def message(self, pk: int, sender):
        return self.written.pop(pk, None) or sender.write(
            self.deliveries[pk], self.rule, self.subject
        )

    def settles(self, pk: int, sender) -> dict:
        """What becomes of the row instead of a message; nothing if it may go."""
        delivery = self.deliveries[pk]
        if self.reminder.has_expired:
            return {"state": State.MISSED}
        if self.verdict == CANCEL:
            return {"state": State.CANCELLED, "error": _("事项已取消或变更。")}
        if self.verdict != SEND:
            return {"state": State.PENDING, "due_at": self.verdict.due_at}
        if delivery.recipient_id not in self.audience:
            return {"state": State.CANCELLED, "error": _("收件人已不在通知范围内。")}
        if not sender.address_of(delivery.recipient):
            return {"state": State.CANCELLED, "error": _without(delivery.channel)}
        return {}


class Looks:
    """Those of one batch."""

    def __init__(self, token: str, pks: list[int], sender):
        self._token, self._sender, self._after = token, sender, dict(pairwise(pks))
        held = Delivery.objects.filter(pk__in=pks)
        self._reminders = dict(held.values_list("pk", "reminder"))
        self._known: dict[int, Look] = {}

    def known(self, pk: int) -> Look | None:
        look = self._known.get(self._reminders[pk])
        return look if look and look.is_fresh() else None

    def ask(self, pk: int) -> Look:
        number = self._reminders[pk]
        look = self._known[number] = _look(number, self._token)
        return look

    def write_after(self, pk: int) -> tuple[int, Look] | None:
        """Write the message that follows before its turn: it goes only if the look that it was
        written by still holds then."""
        following = self._after.get(pk)
        if following is None:
            return None
        look = self.known(following) or self.ask(following)
        if look.settles(following, self._sender):
            return None
        look.written[following] = look.message(following, self._sender)
        return following, look


def _look(number, token) -> Look:
    at, last_event = time.monotonic(), Event.objects.aggregate(last=Max("pk"))["last"] or 0
    expired = Case(
        When(expires_at__lte=Now(), then=True), default=Value(False), output_field=BooleanField()
    )
    reminders = Reminder.objects.annotate(has_expired=expired).select_related(
        "subject_type", "event"
    )
    reminder = reminders.prefetch_related("relays__person").get(pk=number)
    rule = rule_named(reminder.rule)
    subject = subject_of(reminder, rule)
    held = Delivery.objects.filter(reminder=number, lease_by=token).select_related("recipient")
    deliveries = {row.pk: row for row in held}
    for row in deliveries.values():
        row.reminder = reminder
    verdict = CANCEL if subject is None else rule.verdict(subject, reminder)
    audience = frozenset()
    if verdict == SEND:
        people = [row.recipient_id for row in deliveries.values()]
        asked = audience_of(rule, subject, reminder).filter(pk__in=people)
        audience = frozenset(asked.values_list("pk", flat=True))
    return Look(at, last_event, rule, reminder, subject, verdict, deliveries, audience)


def _without(channel):
    if channel == Delivery.Channel.EMAIL:
        return _("收件人没有登记邮箱。")
    return _("收件人没有登记这个渠道的接收地址。")
