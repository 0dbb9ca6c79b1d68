"""What the workers do for members when nobody asks. The rows say what is to be done."""

import threading

from celery import shared_task

from members.actions import transfers
from nanchuan.kernel.importing import working
from nanchuan.notices import bell, watch
from nanchuan.notices.tasks import mark_tick

_working = threading.Lock()


@shared_task
def expire_transfers() -> None:
    """Letters that nobody received while they were valid. Every hour, so that a machine that was
    off at midnight catches up."""
    transfers.expire_overdue()


@shared_task
def work_on_imports():
    """Read, apply and undo the files that wait; one at a time in each process."""
    mark_tick(working.WORKER)
    if not _working.acquire(blocking=False):
        return
    try:
        working.work_on_all()
    finally:
        _working.release()


watch.also(working.WORKER, work_on_imports)
working.called_by(
    ring=lambda: bell.ring(work_on_imports),
    is_silent=lambda: watch.is_silent(working.WORKER),
)
