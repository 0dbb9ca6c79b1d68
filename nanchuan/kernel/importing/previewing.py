"""Read an uploaded list and compare it with the portal, row by row."""

import re
from contextlib import contextmanager

from django.db import transaction
from django.utils import translation

from nanchuan.kernel.fields import mask_phone
from nanchuan.kernel.importing import columns, importers, store
from nanchuan.kernel.importing.importers import Choices, Made
from nanchuan.kernel.importing.models import ImportBatch, ImportColumns, ImportRow
from nanchuan.kernel.importing.reading import ImportRefused

Status = ImportBatch.Status
NUMBER = re.compile(r"(?:\d[\s-]?){7,}[\dXx]?")  # of a person or a phone
MOST_SAMPLE = 20


@contextmanager
def speaking(batch: ImportBatch):
    """Sentences about the rows are in the language of whoever brought the file."""
    with translation.override(batch.language):
        yield


def read_batch(batch: ImportBatch) -> None:
    """File → rows with a state each; or why it cannot be read; or which columns are missing."""
    reading, importer = batch.reading, importers.of(batch.kind)
    try:
        table = importer.read_table(batch.source, reading.get("sheet", ""))
    except ImportRefused as refusal:
        batch.step_to(Status.FAILED, notice=str(refusal), source=b"", lease_until=None)
        return
    choices = Choices(
        mapping=_mapping(batch, importer, table.headers), place=reading.get("place", "")
    )
    typed = _typed(batch) if reading.get("sheet", table.sheet) == table.sheet else {}
    made = importer.make(
        table, choices, user=batch.by, name=batch.name, beat=batch.beat, typed=typed
    )
    if not made.missing:
        importer.judge(made.lines, batch.by)
    store_made(batch, made, typed)


def _mapping(batch, importer, headers) -> dict[int, str] | None:
    """As chosen for this file, or for an earlier one with the same headers."""
    if "mapping" in batch.reading:
        return importer.columns.clean_mapping(batch.reading["mapping"], len(headers))
    signature = columns.signature(batch.kind, headers)
    earlier = ImportColumns.objects.filter(signature=signature).first()
    return importer.columns.clean_mapping(earlier.mapping, len(headers)) if earlier else None


def _typed(batch) -> dict[int, dict]:
    return {row.number: row.data["typed"] for row in batch.rows.all() if row.data["typed"]}


@transaction.atomic
def store_made(batch: ImportBatch, made: Made, typed: dict | None = None) -> None:
    """The rows and the step in one transaction, so that no half of a file is ever shown."""
    batch.rows.all().delete()
    rows = [store.to_row(batch, line, (typed or {}).get(line.number)) for line in made.lines]
    if not made.missing:
        store.write_rows(rows)
    reading = {
        "sheet": made.table.sheet,
        "sheets": made.table.sheets,
        "headers": made.table.headers,
        "mapping": made.mapping,
        "place": made.place,
        "missing": made.missing,
        "remarks": made.remarks,
        "skipped": made.table.skipped,
        "samples": _samples(made.table),
    }
    batch.step_to(
        Status.COLUMNS if made.missing else Status.READY,
        reading=reading,
        counts={} if made.missing else count(rows),
        done=len(rows),
        lease_until=None,
    )


def _samples(table) -> list[str]:
    """The first thing that stands below each header, to recognise a column by; numbers masked."""
    firsts = (
        next((cells[index] for _number, cells in table.rows if cells[index] != ""), "")
        for index in range(len(table.headers))
    )
    return [_masked(str(cell[0] if isinstance(cell, list) else cell)) for cell in firsts]


def _masked(text) -> str:
    text = re.sub(r"[\s-]", "", text.removesuffix(".0")) if NUMBER.search(text) else text
    return NUMBER.sub(lambda found: mask_phone(found.group()), text)[:MOST_SAMPLE]


def compare(batch: ImportBatch, rows: list[ImportRow]) -> None:
    """Judge rows anew and keep what became of them; only rows that changed are written."""
    changed = rejudge(batch, rows)
    store.write_back(changed)
    batch.counts = count(rows)
    batch.save(update_fields=["counts"])


def rejudge(batch: ImportBatch, rows: list[ImportRow]) -> list[ImportRow]:
    """The rows of which something else would become now; each knows it then."""
    importer = importers.of(batch.kind)
    lines = [store.to_line(importer, row) for row in rows]
    importer.judge(lines, batch.by)
    changed = []
    for row, line in zip(rows, lines, strict=True):
        fresh = store.to_row(batch, line, row.data["typed"])
        if store.outcome(fresh) != store.outcome(row) or getattr(row, "touched", False):
            changed.append(row)
        row.state, row.data = fresh.state, fresh.data
        row.line = line
    return changed


def count(rows) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.state] = counts.get(row.state, 0) + 1
    return counts
