"""Read an uploaded roster and compare it with the portal, row by row."""

import re
from contextlib import contextmanager

from django.db import transaction
from django.utils import translation

from members.importing import columns, store
from members.importing.judging import judge
from members.importing.roster import Choices, Roster, make_roster, read_table
from nanchuan.kernel.fields import mask_phone
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
    reading = batch.reading
    try:
        table = read_table(batch.source, reading.get("sheet", ""))
    except ImportRefused as refusal:
        batch.step_to(Status.FAILED, notice=str(refusal), source=b"", lease_until=None)
        return
    choices = Choices(
        mapping=_mapping(reading, table.headers), organization=reading.get("organization", "")
    )
    typed = _typed(batch) if reading.get("sheet", table.sheet) == table.sheet else {}
    roster = make_roster(
        table, choices, user=batch.by, name=batch.name, beat=batch.beat, typed=typed
    )
    if not roster.missing:
        judge(roster.lines, batch.by)
    store_roster(batch, roster, typed)


def _mapping(reading, headers) -> dict[int, str] | None:
    """As chosen for this file, or for an earlier one with the same headers."""
    if "mapping" in reading:
        return columns.clean_mapping(reading["mapping"], len(headers))
    earlier = ImportColumns.objects.filter(signature=columns.signature(headers)).first()
    return columns.clean_mapping(earlier.mapping, len(headers)) if earlier else None


def _typed(batch) -> dict[int, dict]:
    return {row.number: row.data["typed"] for row in batch.rows.all() if row.data["typed"]}


@transaction.atomic
def store_roster(batch: ImportBatch, roster: Roster, typed: dict | None = None) -> None:
    """The rows and the step in one transaction, so that no half of a file is ever shown."""
    batch.rows.all().delete()
    rows = [store.to_row(batch, line, (typed or {}).get(line.number)) for line in roster.lines]
    if not roster.missing:
        store.write_rows(rows)
    reading = {
        "sheet": roster.table.sheet,
        "sheets": roster.table.sheets,
        "headers": roster.table.headers,
        "mapping": roster.mapping,
        "organization": roster.organization,
        "missing": roster.missing,
        "remarks": roster.remarks(),
        "skipped": roster.table.skipped,
        "samples": _samples(roster.table),
    }
    batch.step_to(
        Status.COLUMNS if roster.missing else Status.READY,
        reading=reading,
        counts={} if roster.missing else count(rows),
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
    lines = [store.to_line(row) for row in rows]
    judge(lines, batch.by)
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
