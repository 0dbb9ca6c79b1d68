"""Field changes of many rows at once, as auditlog keeps them of one.

auditlog hooks `save()`; statements that write thousands of rows pass it by and say so here.
"""

from collections.abc import Iterable

from auditlog.cid import get_cid
from auditlog.diff import model_instance_diff
from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models

CREATE, UPDATE, DELETE = LogEntry.Action.CREATE, LogEntry.Action.UPDATE, LogEntry.Action.DELETE


def columns(model: type[models.Model], *secret: str) -> list[str]:
    """What auditlog is to keep of a model: its columns but the secret ones. Unless told, it asks
    whatever points at a row, too."""
    return [field.name for field in model._meta.concrete_fields if field.name not in secret]


def log_many(action: int, rows: Iterable[tuple], *, by=None) -> None:
    """`rows` are pairs of a record before and after; None before it was made or once it is gone."""
    entries = [_entry(action, before, after, by) for before, after in rows]
    LogEntry.objects.bulk_create([entry for entry in entries if entry.changes], batch_size=500)


def _entry(action, before, after, by) -> LogEntry:
    record: models.Model = after or before
    return LogEntry(
        content_type=ContentType.objects.get_for_model(record),
        object_pk=str(record.pk),
        object_id=record.pk,
        object_repr=str(record),
        action=action,
        changes=model_instance_diff(before, after),
        actor=by,
        cid=get_cid(),
    )
