"""Notices leave to persons one by one: claimed with a lease, looked at again, sent, then marked.

Each channel has its own batches and its own sender, so that none waits for another.
"""

import logging
import threading
import time
from contextlib import closing

from nanchuan.notices import senders
from nanchuan.notices.actions import health, leases
from nanchuan.notices.actions.looking import Looks
from nanchuan.notices.actions.setbacks import words_for
from nanchuan.notices.models import Channel, Delivery
from nanchuan.notices.senders.answers import Refused, Rejected, Throttled, Unreachable

logger = logging.getLogger(__name__)

State = Delivery.State
EMAIL = Delivery.Channel.EMAIL
BATCH = 50
MOST_FAILURES = leases.MOST_FAILURES
PATIENCE = 6  # seconds to wait for a channel's turn
stopping = threading.Event()  # this process is asked to end: no further message


def claim(limit: int = BATCH, channel: str = EMAIL) -> tuple[str, list[int]]:
    return leases.claim(Delivery.objects.filter(channel=channel), limit)


def renew(pk: int, token: str, *holds) -> bool:
    return leases.renew(Delivery.objects.filter(*holds), pk, token)


def mark_sent(pk: int, token: str) -> bool:
    return leases.mark_sent(Delivery.objects, pk, token)


def waiting() -> list[str]:
    """The channels by which something could leave now."""
    due = Delivery.objects.claimable().order_by()
    return list(due.values_list("channel", flat=True).distinct())


def send_batch(limit: int = BATCH, channel: str = EMAIL) -> int:
    """Claim a batch and send it over one connection; returns how many were claimed.

    A server that cannot be reached sets the whole batch back, for the fault is not in a message.
    """
    row = Channel.objects.working().filter(kind=channel).first()
    if not _may_send(row, channel):
        return 0
    token, pks = claim(limit, channel)
    if not pks:
        return 0
    with closing(senders.TO_PERSONS[channel](row)) as sender, health.kept(row) as seen:
        held = Delivery.objects.filter(pk__in=pks).values_list("pk", "reminder")
        looks = Looks(token, dict(held))
        all_tried = all(_try(pk, token, sender, seen, looks) for pk in pks)
    return len(pks) if all_tried else 0


def _may_send(row, channel) -> bool:
    """Mail goes without a row too; any other channel is set up, at work and rested."""
    if row is None:
        return channel == EMAIL and not Channel.objects.filter(kind=EMAIL).exists()
    return bool(row.per_minute) or health.take_turn(row)


def _try(pk, token, sender, seen, looks) -> bool:
    """Send one when the channel's turn has come; if it cannot take more, the rest is given back."""
    mine = Delivery.objects.filter(lease_by=token)
    if stopping.is_set() or not _turn(seen.channel):
        leases.release(mine)
        return False
    try:
        sender.connect()
    except (Refused, Unreachable, Rejected) as trouble:
        leases.put_back(mine, seen.failed(trouble))
        return False
    if not _send(pk, token, sender, seen, looks):
        leases.put_back(mine, seen.failure)
        return False
    return True


def _turn(row) -> bool:
    """Wait for the channel's next turn, if it has a pace."""
    until = time.monotonic() + PATIENCE
    while row is not None and row.per_minute and not health.take_turn(row):
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


def _send(pk, token, sender, seen, looks) -> bool:
    """Send one; whether the channel can take another."""
    look = looks.known(pk)
    if look is None or not renew(pk, token, look.unchanged()):
        look = None
        if not renew(pk, token):
            return True  # silenced meanwhile, or the lease ran out and another worker has it
    mine = Delivery.objects.filter(pk=pk, lease_by=token)
    try:
        look = look or looks.ask(pk)
        delivery = look.deliveries[pk]
        if settled := look.settles(delivery, sender):
            mine.filter(state=State.SENDING).update(**settled)
        else:
            sender.send(sender.write(delivery, look.rule, look.subject))
            mark_sent(pk, token)
            seen.succeeded()
    except Refused as refusal:
        mine.update(state=State.DEAD, error=seen.hidden(refusal))
    except (Throttled, Rejected) as trouble:
        leases.put_back(mine, seen.failed(trouble))
        return False
    except Unreachable as trouble:
        leases.put_back(mine, seen.failed(trouble))
        return delivery.channel == EMAIL  # there it may be one mailbox only
    except Exception as error:
        logger.exception("Delivery %s could not be sent", pk)
        leases.put_back(mine, words_for(error), most=MOST_FAILURES)
    return True
