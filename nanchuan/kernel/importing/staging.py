"""A list comes in: uploaded, looked at, put right, confirmed, perhaps taken back.

A short file is worked on at once, a long one by the worker; `work` is the same for both.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from nanchuan.kernel.importing import columns, importers, previewing, store
from nanchuan.kernel.importing.models import ImportBatch, ImportColumns, ImportRow
from nanchuan.kernel.importing.reading import SMALL, unpacked_size
from nanchuan.kernel.states import StepRefused

SHORT = 200  # rows, at most; a kind of list may say less
Status = ImportBatch.Status


@transaction.atomic
def upload(data: bytes, name: str, *, kind: str, by, at: datetime | None = None) -> ImportBatch:
    """Somebody brings a file (上传清单). Nothing is saved of it but the file itself, encrypted."""
    now = at or timezone.now()
    return ImportBatch.objects.create(
        kind=kind,
        name=name[:150],
        by=by,
        asked_by=by,
        asked_at=now,
        uploaded_at=now,
        expires_at=now + timedelta(hours=settings.IMPORT_STAGED_HOURS),
        language=get_language() or settings.LANGUAGE_CODE,
        source=data,
    )


def is_short(batch: ImportBatch) -> bool:
    """Whether the person can wait for the next step of a batch."""
    if batch.status == Status.READING and not batch.counts:
        return unpacked_size(batch.source) <= SMALL
    return sum(batch.counts.values()) <= min(SHORT, importers.of(batch.kind).short)


@transaction.atomic
def choose_columns(batch: ImportBatch, *, mapping: dict, sheet: str, place=None, by) -> None:
    """The file is read anew with other columns, from another sheet (对应列)."""
    mapping = importers.of(batch.kind).columns.clean_mapping(
        mapping, len(batch.reading.get("headers", ()))
    )
    same_sheet = sheet == batch.reading.get("sheet")
    reading = dict(batch.reading) | {
        "sheet": sheet,
        "place": str(place.name) if place else "",
    }
    if same_sheet:
        reading["mapping"] = mapping
        signature = columns.signature(batch.kind, batch.reading["headers"])
        ImportColumns.objects.update_or_create(signature=signature, defaults={"mapping": mapping})
    else:  # the columns of another sheet are others
        reading.pop("mapping", None)
    batch.step_to(Status.READING, reading=reading, notice="", done=0, attempts=0, lease_until=None)
    batch.refresh_from_db()


@transaction.atomic
def correct(batch: ImportBatch, number: int, cells: dict[str, str], *, by) -> None:
    """The cells of a line are put right in the preview (更正单元格)."""
    rows = _open_rows(batch)
    row = next((row for row in rows if row.number == number), None)
    if row is None:
        raise StepRefused(_("没有这一行。请刷新后再试。"))
    _retype(row, cells)
    _compare(batch, rows)


@transaction.atomic
def accept_name(batch: ImportBatch, typed: str, place, *, by) -> int:
    """A misspelt place is read as the one it means, on every line; returns how many."""
    importer = importers.of(batch.kind)
    field, wanted = importer.place, importer.spelling(typed)
    rows = _open_rows(batch)
    meant = [
        row
        for row in rows
        if (name := row.data["facts"].get(field, "")) and importer.spelling(name) == wanted
    ]
    for row in meant:
        _retype(row, {field: place.name})
    _compare(batch, rows)
    return len(meant)


@transaction.atomic
def leave_out(batch: ImportBatch, number: int, *, by) -> None:
    """A line is taken out of the preview (删去一行)."""
    rows = _open_rows(batch)
    batch.rows.filter(number=number).delete()
    _compare(batch, [row for row in rows if row.number != number])


def _open_rows(batch) -> list[ImportRow]:
    """The rows of a preview that nobody is applying; whoever comes second waits."""
    locked = ImportBatch.objects.select_for_update().only("status", "by", "kind").get(pk=batch.pk)
    if not locked.is_open:
        raise StepRefused(_("这份文件不在待确认的状态，不能再改。请刷新后再看。"))
    return list(batch.rows.all())


def _retype(row, cells):
    typed = row.data["typed"] | cells
    line = importers.of(row.batch.kind).parse(row.number, row.data["cells"] | cells)
    row.data, row.touched = store.to_row(row.batch, line, typed).data, True


def _compare(batch, rows):
    """Judge all lines again: one line may be about the same as another."""
    with previewing.speaking(batch):
        previewing.compare(batch, rows)


@transaction.atomic
def confirm(
    batch: ImportBatch, *, by, skip_errors: bool = False, at: datetime | None = None
) -> None:
    """What the preview shows is to be done (确认导入).

    Raises StepRefused if lines with errors are not to be skipped, or nothing is left to do.
    """
    batch.refresh_from_db(fields=["counts", "status"])
    errors = batch.counts.get("error", 0)
    if errors and not skip_errors:
        raise StepRefused(
            _("还有 %(number)d 行有错误。请先更正，或者选择跳过这些行。") % {"number": errors}
        )
    if not any(batch.counts.get(state) for state in ("new", "changed", "warning")):
        raise StepRefused(_("没有可以导入的变化。"))
    batch.step_to(
        Status.APPLYING,
        asked_by=by,
        asked_at=at or timezone.now(),
        skips_errors=skip_errors,
        notice="",
        done=0,
        attempts=0,
        lease_until=None,
    )
    batch.refresh_from_db()


@transaction.atomic
def undo(batch: ImportBatch, *, by, at: datetime | None = None) -> None:
    """What the import did is to be taken back (撤销导入)."""
    if not batch.may_be_undone and batch.status == Status.APPLIED:
        raise StepRefused(_("可以撤销的期限已过。"))
    batch.step_to(
        Status.UNDOING,
        asked_by=by,
        asked_at=at or timezone.now(),
        notice="",
        done=0,
        attempts=0,
        lease_until=None,
    )
    batch.refresh_from_db()


@transaction.atomic
def discard(batch: ImportBatch, *, by) -> None:
    """A file that was not applied goes at once with all that was read from it (放弃)."""
    locked = ImportBatch.objects.select_for_update().only("status").get(pk=batch.pk)
    if locked.status not in (Status.READY, Status.COLUMNS, Status.FAILED):
        raise StepRefused(_("这份文件已经导入或正在处理，不能放弃。"))
    batch.delete()
