"""The work on a batch that may take a while: reading, applying, undoing. Each all or nothing."""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from nanchuan.kernel import events
from nanchuan.kernel.importing import importers, store
from nanchuan.kernel.importing.lines import ERROR, NEW
from nanchuan.kernel.importing.models import MOST_ATTEMPTS, ImportBatch
from nanchuan.kernel.importing.previewing import Status, compare, read_batch, rejudge, speaking
from nanchuan.kernel.states import StepRefused

WORKER = "imports"  # the name of its heartbeat

logger = logging.getLogger(__name__)


class Worker:
    """Who does what a person cannot wait for; the app that has the worker says how to call it."""

    ring: Callable[[], None] = staticmethod(lambda: None)
    is_silent: Callable[[], bool] = staticmethod(lambda: False)


def called_by(*, ring: Callable[[], None], is_silent: Callable[[], bool]) -> None:
    Worker.ring, Worker.is_silent = staticmethod(ring), staticmethod(is_silent)


class Differs(Exception):
    """The portal has changed since the preview: something else would be done than was confirmed."""


def work(batch: ImportBatch) -> None:
    """Do what a batch waits for, if nobody else is at it."""
    if not batch.claim():
        return
    batch.refresh_from_db()
    with speaking(batch):
        if batch.attempts > MOST_ATTEMPTS:
            give_up(batch, _("多次处理都没有完成，什么都没有改变。请联系系统管理员查看日志。"))
            return
        {Status.READING: read_batch, Status.APPLYING: apply_batch, Status.UNDOING: undo_batch}[
            batch.status
        ](batch)


def work_on_all() -> None:
    """Every batch that nobody attends to; a broken one does not hold up the others."""
    for batch in ImportBatch.objects.unattended().order_by("asked_at"):
        try:
            work(batch)
        except Exception:  # the lease runs out and it is tried again, a few times
            logger.exception("Import %s failed", batch.pk)


def give_up(batch: ImportBatch, sentence: str) -> None:
    back = {
        Status.READING: Status.FAILED,
        Status.APPLYING: Status.READY,
        Status.UNDOING: Status.APPLIED,
    }
    batch.step_to(back[batch.status], notice=sentence, lease_until=None)


def apply_batch(batch: ImportBatch) -> None:
    """Everything that the preview shows, in one transaction; or nothing, and the reason."""
    try:
        with transaction.atomic():
            _apply(batch)
    except Differs:
        _show_again(batch, _("预览以后数据有了变化。下面是新的预览，请再核对一次。"))
    except IntegrityError:
        _show_again(batch, str(importers.of(batch.kind).same_meanwhile))
    except StepRefused as refusal:
        _show_again(batch, str(refusal))


def _apply(batch):
    if not _lock(batch, Status.APPLYING):
        return
    rows = list(batch.rows.all())
    if rejudge(batch, rows):
        raise Differs
    importer, told = importers.of(batch.kind), {"by": batch.asked_by, "at": batch.asked_at}
    lines = [row.line for row in rows if row.state != ERROR and not row.line.repeats]
    undo = importer.write(lines, batch, told)
    changed = [row for row in rows if row.number in undo]
    for row in changed:
        row.undo = undo[row.number]
    store.write_back(changed)
    new = sum(line.act == NEW for line in lines)
    facts = {"batch": batch.pk, "new": new, "changed": len(changed) - new}
    batch.step_to(
        Status.APPLIED,
        applied_at=batch.asked_at,
        expires_at=undo_until(batch.asked_at),
        source=b"",
        lease_until=None,
        done=len(rows),
    )
    events.record(importer.applied, subject=batch, **facts, **told)


def _lock(batch, status) -> bool:
    """One import at a time writes: whoever waits here sees what the one before has done.

    Says whether the batch still has the status; of two workers the second finds it gone.
    """
    at_work = ImportBatch.objects.filter(status__in=[Status.APPLYING, Status.UNDOING])
    found = dict(at_work.select_for_update().order_by("pk").values_list("pk", "status"))
    return found.get(batch.pk) == status


def _show_again(batch, sentence):
    """Back to the preview, as it would be now."""
    batch.refresh_from_db()
    compare(batch, list(batch.rows.all()))
    batch.step_to(Status.READY, notice=sentence, lease_until=None)


def undo_batch(batch: ImportBatch) -> None:
    """The whole import taken back in one transaction; or nothing, and what depends on it."""
    try:
        with transaction.atomic():
            _undo(batch)
    except StepRefused as refusal:
        batch.refresh_from_db()
        give_up(batch, str(refusal))
    except IntegrityError:
        batch.refresh_from_db()
        give_up(batch, str(importers.of(batch.kind).used_meanwhile))


def _undo(batch):
    if not _lock(batch, Status.UNDOING):
        return
    rows = list(batch.rows.all())
    importer, told = importers.of(batch.kind), {"by": batch.asked_by, "at": batch.asked_at}
    gone = importer.take_back(batch, rows, **told)
    batch.step_to(Status.UNDONE, lease_until=None, done=len(rows))
    events.record(importer.undone, subject=batch, batch=batch.pk, **gone, **told)


def undo_until(applied_at):
    return applied_at + timedelta(days=settings.IMPORT_UNDO_DAYS)
