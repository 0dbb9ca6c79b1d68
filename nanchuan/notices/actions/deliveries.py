"""Notices leave to persons one by one: claimed with a lease, looked at again, sent, then marked.

Each channel has its own batches and its own sender, so that none waits for another.
"""

import logging
import threading
import time
from contextlib import closing, suppress
from functools import partial

from django.db.models import Subquery
from django.db.models.functions import Coalesce

from nanchuan.kernel.models import Event
from nanchuan.kernel.prepared import LARGEST, prepared_update
from nanchuan.notices import senders
from nanchuan.notices.actions import health, leases
from nanchuan.notices.actions.looking import Looks
from nanchuan.notices.actions.setbacks import words_for
from nanchuan.notices.models import Channel, Delivery
from nanchuan.notices.senders.answers import Refused, Rejected, Throttled, Unreachable

logger = logging.getLogger(__name__)

State = Delivery.State
EMAIL = Delivery.Channel.EMAIL
BATCH = 100
MOST_FAILURES = leases.MOST_FAILURES
PATIENCE = 6  # seconds to wait for a channel's turn
stopping = threading.Event()  # this process is asked to end: no further message


def claim(limit: int = BATCH, channel: str = EMAIL) -> tuple[str, list[int]]:
    return leases.claim(Delivery.objects.filter(channel=channel), limit)


def renew(pk: int, token: str, last_event: int = LARGEST - 1) -> bool:
    """If it is still held, and no later event was recorded."""
    return bool(_renew(pk, token, last_event))


@prepared_update(int, str, int)
def _renew(pk, token, last_event):
    newest = Event.objects.order_by("-pk").values("pk")[:1]  # read off the end of an index
    quiet = Delivery.objects.alias(newest=Coalesce(Subquery(newest), 0))
    return leases.renewal(quiet.filter(newest__lte=last_event), pk, token)


@prepared_update(int, str)
def mark_sent(pk, token):
    return leases.mark(Delivery.objects, pk, token)


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
        looks = Looks(token, pks, sender)
        all_tried = all(_try(pk, token, sender, seen, looks) for pk in pks)
    return len(pks) if all_tried else 0


def _may_send(row, channel) -> bool:
    """Mail goes without a row too; any other channel is set up, at work and rested."""
    if row is None:
        return channel == EMAIL and not Channel.objects.filter(kind=EMAIL).exists()
    return bool(row.per_minute) or health.take_turn(row)


def _try(pk, token, sender, seen, looks) -> bool:
    """Send one when the channel's turn has come; if it cannot take more, the rest is given back."""
    if stopping.is_set() or not _turn(seen.channel):
        leases.release(_held(token))
        return False
    try:
        sender.connect()
    except (Refused, Unreachable, Rejected) as trouble:
        leases.put_back(_held(token), seen.failed(trouble))
        return False
    if not _send(pk, token, sender, seen, looks):
        leases.put_back(_held(token), seen.failure)
        return False
    return True


def _held(token, **which):
    return Delivery.objects.filter(lease_by=token, **which)


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
    if look is None or not (look.is_taken_up(pk) or renew(pk, token, look.last_event)):
        look = None
        if not renew(pk, token):
            return True  # silenced meanwhile, or the lease ran out and another worker has it
    try:
        look = look or looks.ask(pk)
        if settled := look.settles(pk, sender):
            _held(token, pk=pk, state=State.SENDING).update(**settled)
        else:
            sender.send(look.message(pk, sender), partial(_prepare, pk, token, looks))
            mark_sent(pk, token)
            seen.succeeded()
    except Refused as refusal:
        _held(token, pk=pk).update(state=State.DEAD, error=seen.hidden(refusal))
    except (Throttled, Rejected) as trouble:
        leases.put_back(_held(token, pk=pk), seen.failed(trouble))
        return False
    except Unreachable as trouble:
        leases.put_back(_held(token, pk=pk), seen.failed(trouble))
        return look.deliveries[pk].channel == EMAIL  # there it may be one mailbox only
    except Exception as error:
        logger.exception("Delivery %s could not be sent", pk)
        leases.put_back(_held(token, pk=pk), words_for(error), most=MOST_FAILURES)
    return True


def _prepare(pk, token, looks):
    """While the other side takes one: write the next and take it up, so that it can go at once.
    What cannot be done now is done, and fails, in its turn."""
    with suppress(Exception):
        if ready := looks.write_after(pk):
            following, look = ready
            if renew(following, token, look.last_event):
                look.take_up(following)
