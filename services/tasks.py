"""What the workers do for orders when nobody asks. The rows say what is to be done."""

import threading
import time

from celery import shared_task

from nanchuan.notices.tasks import PATIENCE
from services.actions import chasing, prompting, reckonings, solving

_working = threading.Lock()


@shared_task
def keep_orders() -> None:
    """Clocks are reckoned anew after the calendar changed, late steps are told upward, silent
    enterprises are taken to have confirmed. Every tick; done twice, nothing happens the second
    time. One at a time in each process."""
    if not _working.acquire(blocking=False):
        return
    try:
        until = time.monotonic() + PATIENCE
        if reckonings.work(until=until):  # nobody is chased by the old calendar
            chasing.chase_due(until=until)
            prompting.prompt_due(until=until)
        solving.confirm_silent_due()
    finally:
        _working.release()
