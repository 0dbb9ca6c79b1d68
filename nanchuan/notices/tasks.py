"""What the workers do when nobody asks. Tasks carry no data: the rows say what is to be done."""

import threading
import time

from celery import shared_task
from django.db import transaction
from django.db.models.functions import Now

from nanchuan.kernel.events import on_record
from nanchuan.notices import bell
from nanchuan.notices.actions import deliveries, events, reminders
from nanchuan.notices.models import Tick

PATIENCE = 25  # seconds; what is left then is for the next tick

_sending = threading.Lock()


@shared_task
def tick():
    """Turn events into reminders, and say those that are due."""
    mark_tick("tick")
    until = time.monotonic() + PATIENCE
    events.handle_waiting(until=until)
    told, more = reminders.expand_due(until=until)
    mark_tick("tick")
    if told:
        bell.ring(send_mail)
    if more or time.monotonic() > until:
        bell.ring(tick)


@shared_task
def send_mail():
    """Send the mails that wait, batch by batch.

    One batch at a time in each process: a worker that is killed repeats one mail at most.
    """
    mark_tick("mail")
    if not _sending.acquire(blocking=False):
        return
    try:
        until = time.monotonic() + PATIENCE
        while deliveries.send_batch():
            mark_tick("mail")
            if time.monotonic() > until:
                bell.ring(send_mail)
                return
    finally:
        _sending.release()


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
