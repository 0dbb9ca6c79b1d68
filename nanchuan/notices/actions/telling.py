"""What a reminder becomes for some people: a line in the inbox, and mails and messages to come."""

from django.utils.translation import gettext as _

from nanchuan.kernel import bulk
from nanchuan.notices import routing
from nanchuan.notices.actions import digests
from nanchuan.notices.models import Delivery, Notice, Relay
from nanchuan.notices.routing import INBOX

State = Delivery.State


def tell(people: list[int], rule, subject, reminder, setting) -> None:
    """The inbox and its mark in one transaction: exactly once. Each of the people has a row
    afterwards, also whoever chose not to hear, so that nobody is asked about again.

    `people` are primary keys of accounts that have no row yet; `reminder` knows what the database
    takes for `now`, `setting` is what the office decided about the rule.
    """
    instead = routing.deputies(people, rule, subject, reminder.now)
    listeners = _listeners(people, instead, rule, reminder)
    ways = routing.ways(rule, listeners, reminder, reminder.now, setting, instead.values())
    Relay.objects.bulk_create(
        Relay(reminder_id=reminder.pk, person_id=person, deputy_id=deputy)
        for person, deputy in instead.items()
    )
    inbox = {way.person for way in ways if way.channel == INBOX}
    bulk.insert(
        Notice,
        [
            {"recipient_id": person, "reminder_id": reminder.pk, "arrived_at": reminder.now}
            for person in listeners
            if person in inbox
        ],
    )
    silent = _silent({*people, *listeners} - inbox, ways, instead, rule, reminder)
    at_once = [_delivery(reminder, way) for way in ways if not way.digest_at]
    bulk.insert(Delivery, [*at_once, *silent])
    gathered = [way for way in ways if way.digest_at]
    rows = Delivery.objects.bulk_create(Delivery(**_delivery(reminder, way)) for way in gathered)
    digests.gather({row: way.digest_at for row, way in zip(rows, gathered, strict=True)})


def _listeners(people, instead, rule, reminder) -> list[int]:
    """Whoever hears it: of those away only what is obligatory, and their deputies once."""
    here = [person for person in people if rule.is_obligatory or person not in instead]
    others = set(instead.values()) - set(people)
    if not others:
        return here
    heard = Delivery.objects.filter(reminder=reminder.pk, recipient__in=others)
    return here + sorted(others - set(heard.values_list("recipient", flat=True)))


def _delivery(reminder, way):
    sent = {"state": State.SENT, "sent_at": reminder.now} if way.channel == INBOX else {}
    facts = {"recipient_id": way.person, "channel": way.channel, "due_at": way.due_at}
    return {"reminder_id": reminder.pk} | facts | sent


def _silent(people, ways, instead, rule, reminder):
    """Rows of those who find no line in their inbox, each with the reason."""
    outside = {way.person for way in ways}
    for person in sorted(people):
        if person in instead and not rule.is_obligatory:
            reason = _("外出期间由代收人接收。")
        elif INBOX in rule.channels:
            reason = _("本人选择不在站内接收这类消息。")
        elif person in outside:
            continue  # it is said outside alone
        else:
            reason = _("没有可以送达的渠道。")
        yield {
            "reminder_id": reminder.pk,
            "recipient_id": person,
            "channel": INBOX,
            "due_at": reminder.due_at,
            "state": State.SUPPRESSED,
            "error": reason,
        }
