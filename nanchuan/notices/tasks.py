"""What the workers do when nobody asks. Tasks carry no personal data: the rows say what is to be
done. Each channel has tasks of its own, so that one that hangs holds up no other."""

import threading
import time

from celery import shared_task
from celery.signals import worker_shutting_down
from django.db import transaction
from django.db.models.functions import Now

from nanchuan.kernel.events import on_record
from nanchuan.notices import bell
from nanchuan.notices.actions import deliveries, events, outages, reminders, robots
from nanchuan.notices.models import Delivery, Tick

PATIENCE = 25  # seconds; what is left then is for the next tick

_sending = {name: threading.Lock() for name in ("mail", "wecom", "sms")}
_asked = {name: threading.Event() for name in _sending}


@shared_task
def tick():
    """Turn events into reminders, and say those that are due; see what else stands still."""
    mark_tick("tick")
    outages.look()
    until = time.monotonic() + PATIENCE
    events.handle_waiting(until=until)
    told, more = reminders.expand_due(until=until)
    mark_tick("tick")
    if told:
        for channel in deliveries.waiting():
            bell.ring(SENDERS[channel])
    if more or time.monotonic() > until:
        bell.ring(tick)


@shared_task
def send_mail():
    """Send the mails that wait, batch by batch."""
    _send("mail", Delivery.Channel.EMAIL, send_mail)


@shared_task
def send_wecom():
    """Send the messages to persons that wait for the WeCom application."""
    _send("wecom", Delivery.Channel.WECOM_APP, send_wecom)


@shared_task
def send_sms():
    """Send the short messages that wait."""
    _send("sms", Delivery.Channel.SMS, send_sms)


SENDERS = {
    Delivery.Channel.EMAIL: send_mail,
    Delivery.Channel.WECOM_APP: send_wecom,
    Delivery.Channel.SMS: send_sms,
}


def _send(name, channel, again):
    """One batch at a time in each process: a worker that is killed repeats one message at most.

    Whoever asks while another thread sends leaves it to that one, which then looks once more.
    """
    mark_tick(name)
    _asked[name].set()
    while _asked[name].is_set() and _sending[name].acquire(blocking=False):
        try:
            _asked[name].clear()
            _send_all(name, channel, again)
        finally:
            _sending[name].release()


def _send_all(name, channel, again):
    until = time.monotonic() + PATIENCE
    while deliveries.send_batch(channel=channel):
        mark_tick(name)
        if time.monotonic() > until:
            bell.ring(again)
            return


@worker_shutting_down.connect
def stop_sending(**kwargs):
    """Between two messages, so that a worker that is asked to end does so in time."""
    deliveries.stopping.set()


@shared_task
def send_posts():
    """Put the digests of the groups together, and have each robot say its own."""
    mark_tick("robot")
    robots.plan_posts()
    for pk in robots.waiting():
        bell.ring(send_post, pk) or send_post(pk)


@shared_task
def send_post(pk):
    """What waits for one robot: a task each, so that none waits for another."""
    robots.send_posts(pk)


def mark_tick(name: str) -> None:
    """The heartbeat that /readyz looks for, by the database's clock."""
    Tick.objects.bulk_create(
        [Tick(name=name, at=Now())],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["at"],
    )


@on_record
def ring_after_commit():
    """Once for each transaction, however many events it records."""
    hung = transaction.get_connection().run_on_commit
    if not any(call is _ring_tick for _savepoints, call, _robust in hung):
        transaction.on_commit(_ring_tick, robust=True)


def _ring_tick():
    bell.ring(tick)
