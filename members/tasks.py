"""What the workers do for members when nobody asks. The rows say what is to be done."""

import threading

from celery import shared_task
from django.utils.translation import gettext_lazy as _

from members.actions import dues_arrears, dues_billing, duty_sweeps, transfers
from members.checkup import kept
from nanchuan.kernel.importing import working
from nanchuan.notices import bell, watch
from nanchuan.notices.heartbeats import LONG, Work
from nanchuan.notices.tasks import mark_tick

_working = threading.Lock()


@shared_task
def expire_transfers() -> None:
    """Letters that nobody received while they were valid. Every hour, so that a machine that was
    off at midnight catches up."""
    transfers.expire_overdue()


@shared_task
def keep_duties() -> None:
    """Secretaries hear of what is due, the office of what was missed; said once, asked twice a day,
    so that a machine that was off catches up."""
    duty_sweeps.tell_what_is_due()
    duty_sweeps.tell_what_was_missed()


@shared_task
def keep_checkup() -> None:
    """The check-up of the new day, before anybody looks."""
    kept.reckon_ahead()


@shared_task
def keep_dues() -> None:
    """What members owe for this month, and who is to hear that months are open. Every hour; what
    was done before is not done again."""
    dues_billing.bill_all()
    dues_arrears.sweep()


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


watch.also(Work(working.WORKER, _("批量导入"), "heavy", LONG), work_on_imports)
working.called_by(
    ring=lambda: bell.ring(work_on_imports),
    is_silent=lambda: watch.is_silent(working.WORKER),
)
