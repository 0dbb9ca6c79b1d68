"""What the workers do for orders and the matching table when nobody asks. The rows say what is to
be done."""

import threading
import time

from celery import shared_task
from django.utils.translation import gettext_lazy as _

from nanchuan.notices import bell, watch
from nanchuan.notices.heartbeats import LONG, Work
from nanchuan.notices.tasks import PATIENCE, mark_tick
from services.actions import chasing, matchbuild, prompting, reckonings, solving

_working = threading.Lock()
_matching = threading.Lock()


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


@shared_task
def build_matching() -> None:
    """Work the matching table out, if the office has asked for it; once at a time in each
    process."""
    mark_tick(matchbuild.WORKER)
    if not _matching.acquire(blocking=False):
        return
    try:
        matchbuild.work_if_asked()
    finally:
        _matching.release()


watch.also(Work(matchbuild.WORKER, _("匹配表"), "heavy", LONG), build_matching)
matchbuild.called_by(
    ring=lambda: bell.ring(build_matching),
    is_silent=lambda: watch.is_silent(matchbuild.WORKER),
)
