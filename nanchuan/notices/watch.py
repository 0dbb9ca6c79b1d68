"""A worker that hears no bell looks by itself.

The broker may be down for hours, or a worker may have lost its line to it without noticing (seen
with a Redis that froze). Reminders go out all the same, only a little later.
"""

import logging
import threading
import time
from datetime import timedelta

from celery.signals import worker_init
from django.db import close_old_connections
from django.db.models.functions import Now

from nanchuan.notices import heartbeats
from nanchuan.notices.models import Tick
from nanchuan.notices.tasks import send_mail, send_posts, send_sms, send_wecom, tick

logger = logging.getLogger(__name__)

PAUSE = 10  # seconds between two looks at the clock
QUIET = timedelta(seconds=45)  # several ticks have been missed by then

_watched = {
    "tick": tick,
    "mail": send_mail,
    "wecom": send_wecom,
    "sms": send_sms,
    "robot": send_posts,
}


def also(work: heartbeats.Work, task) -> None:
    """Another app's work; the task marks its heartbeat with the name."""
    heartbeats.expect(work)
    _watched[work.name] = task


@worker_init.connect
def keep_watch(**kwargs):
    threading.Thread(target=_watch, name="watch", daemon=True).start()


def _watch():
    while True:
        time.sleep(PAUSE)
        close_old_connections()
        look()


def is_silent(name: str) -> bool:
    """Whether nobody has done a kind of work lately: no worker runs."""
    return not Tick.objects.filter(name=name, at__gt=Now() - 2 * QUIET).exists()


def look() -> None:
    """Do the work that no task has done for a while."""
    for name, task in _watched.items():
        try:
            if not Tick.objects.filter(name=name, at__gt=Now() - QUIET).exists():
                logger.warning("No %s for %s, so this worker looks by itself", name, QUIET)
                task()
        except Exception:
            logger.exception("Looking without a bell failed; the next look comes soon")
