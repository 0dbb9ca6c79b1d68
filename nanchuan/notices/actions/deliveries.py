"""Mails leave one by one: claimed with a lease, looked at again, sent, then marked.

Never lost: a row is marked after the server took the mail. A worker that is killed between the
two sends that one mail again, under the same Message-ID.
"""

import logging
import uuid
from contextlib import closing
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from nanchuan.notices import mail
from nanchuan.notices.actions.reminders import audience_of, subject_of
from nanchuan.notices.actions.setbacks import distance, words_for
from nanchuan.notices.models import Delivery, Reminder
from nanchuan.notices.rules import CANCEL, SEND, rule_named

logger = logging.getLogger(__name__)

State = Delivery.State
LEASE = timedelta(seconds=60)
BATCH = 20
MOST_FAILURES = 5  # of our own making
MOST_ATTEMPTS = 150  # about six days of a mail server that does not answer


def claim(limit: int = BATCH) -> tuple[str, list[int]]:
    """Take some due mails for this worker; nobody else gets them until the lease runs out."""
    token = uuid.uuid4().hex
    with transaction.atomic():
        due = Delivery.objects.claimable().filter(channel=Delivery.Channel.EMAIL)
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        pks = list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:limit])
        Delivery.objects.filter(pk__in=pks).update(
            state=State.SENDING, lease_by=token, lease_until=Now() + LEASE
        )
    return token, pks


def send_batch(limit: int = BATCH) -> int:
    """Claim a batch and send it over one connection; returns how many were claimed.

    A server that cannot be reached sets the whole batch back, for the fault is not in a mail.
    """
    token, pks = claim(limit)
    with closing(mail.Postman()) as postman:
        for pk in pks:
            try:
                postman.connect()
            except mail.Unreachable as trouble:
                _put_back(Delivery.objects.filter(lease_by=token), trouble)
                return 0
            _send(pk, token, postman)
    return len(pks)


def _send(pk, token, postman):
    if not renew(pk, token):
        return  # silenced meanwhile, or the lease ran out and another worker has it
    mine = Delivery.objects.filter(pk=pk, lease_by=token)
    try:
        delivery = mine.select_related("recipient", "reminder__subject_type").get()
        rule = rule_named(delivery.reminder.rule)
        subject = subject_of(delivery.reminder, rule)
        if settled := _look_again(delivery, rule, subject):
            mine.filter(state=State.SENDING).update(**settled)
        else:
            postman.send(mail.write(delivery, rule, subject))
            mark_sent(pk, token)
    except mail.Refused as refusal:
        mine.update(state=State.DEAD, error=str(refusal)[:300])
    except mail.Unreachable as trouble:
        _put_back(mine, trouble)
    except Exception as error:
        logger.exception("Delivery %s could not be sent", pk)
        _put_back(mine, error, most=MOST_FAILURES)


def _look_again(delivery, rule, subject) -> dict:
    """What becomes of the row instead of a mail; nothing if it may go."""
    reminder, person = delivery.reminder, delivery.recipient
    if Reminder.objects.filter(pk=reminder.pk, expires_at__lte=Now()).exists():
        return {"state": State.MISSED}
    verdict = CANCEL if subject is None else rule.verdict(subject, reminder)
    if verdict == CANCEL:
        return {"state": State.CANCELLED, "error": _("事项已取消或变更。")}
    if verdict != SEND:
        return {"state": State.PENDING, "due_at": verdict.due_at}
    if not audience_of(rule, subject, reminder).filter(pk=person.pk).exists():
        return {"state": State.CANCELLED, "error": _("收件人已不在通知范围内。")}
    if not person.email:
        return {"state": State.CANCELLED, "error": _("收件人没有登记邮箱。")}
    return {}


def renew(pk: int, token: str) -> bool:
    """A fresh lease and one more attempt, if the row is still this worker's."""
    mine = Delivery.objects.filter(
        pk=pk, lease_by=token, state=State.SENDING, lease_until__gt=Now()
    )
    return bool(mine.update(lease_until=Now() + LEASE, attempts=F("attempts") + 1))


def mark_sent(pk: int, token: str) -> bool:
    """What left has left, even if it was cancelled in that very moment."""
    mine = Delivery.objects.filter(
        pk=pk, lease_by=token, state__in=[State.SENDING, State.CANCELLED]
    )
    return bool(mine.update(state=State.SENT, sent_at=Now(), error=""))


def _put_back(rows, error, most=MOST_ATTEMPTS):
    """Try again later, each time later; what never succeeds ends visibly."""
    for pk, attempts in rows.filter(state=State.SENDING).values_list("pk", "attempts"):
        mine = rows.filter(pk=pk, state=State.SENDING)
        if attempts < most:
            due_at = Now() + distance(max(attempts, 1))
            mine.update(state=State.PENDING, due_at=due_at, error=words_for(error))
        else:
            mine.update(state=State.DEAD, error=words_for(error))
