"""What still holds when something is about to leave: looked at again, once for all that is said of
one reminder in a batch.

A look serves for a second, and only as long as nothing has happened in the portal since: every
change of state records an event in its own transaction.
"""

import time
from dataclasses import dataclass

from django.db.models import BooleanField, Case, Exists, Max, Q, Value, When
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from nanchuan.kernel.models import Event
from nanchuan.notices.actions.reminders import audience_of, subject_of
from nanchuan.notices.models import Delivery, Reminder
from nanchuan.notices.rules import CANCEL, SEND, NoticeRule, Verdict, rule_named

State = Delivery.State
FRESH = 1  # seconds


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

    def is_fresh(self) -> bool:
        return time.monotonic() - self.at < FRESH

    def unchanged(self) -> Q:
        """For an UPDATE that is to find its row only if nothing has happened since."""
        return ~Exists(Event.objects.filter(pk__gt=self.last_event))

    def settles(self, delivery: Delivery, sender) -> dict:
        """What becomes of the row instead of a message; nothing if it may go."""
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

    def __init__(self, token: str, reminders: dict[int, int]):
        self._token, self._reminders = token, reminders  # of each delivery
        self._known: dict[int, Look] = {}

    def known(self, pk: int) -> Look | None:
        look = self._known.get(self._reminders[pk])
        return look if look and look.is_fresh() else None

    def ask(self, pk: int) -> Look:
        number = self._reminders[pk]
        look = self._known[number] = _look(number, self._token)
        return look


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
