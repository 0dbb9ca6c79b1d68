"""What the workers do for members when nobody asks. The rows say what is to be done."""

import threading

from celery import shared_task

from members.actions import import_work, transfers
from nanchuan.notices import watch
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
    mark_tick(import_work.WORKER)
    if not _working.acquire(blocking=False):
        return
    try:
        import_work.work_on_all()
    finally:
        _working.release()


watch.also(import_work.WORKER, work_on_imports)
