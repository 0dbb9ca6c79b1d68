"""Lines of a list as encrypted rows, and back."""

from collections.abc import Iterable
from datetime import date

from nanchuan.kernel.importing.importers import Importer
from nanchuan.kernel.importing.lines import Change, Line, Note
from nanchuan.kernel.importing.models import ImportBatch, ImportRow

PORTION = 500


def to_row(batch: ImportBatch, line: Line, typed: dict | None = None) -> ImportRow:
    """`typed` holds the cells that were put right by hand, to survive another reading."""
    data = {
        "cells": line.cells,
        "facts": line.facts,
        "derived": line.derived,
        "notes": line.notes,
        "findings": line.findings,
        "act": line.act,
        "matched": line.matched,
        "changes": line.changes,
        "suggestion": line.suggestion,
        "repeats": line.repeats,
        "known": line.known.pk if line.known else None,
        "typed": typed or {},
    }
    return ImportRow(batch=batch, number=line.number, state=line.state, data=data)


def to_line(importer: Importer, row: ImportRow) -> Line:
    """What was read from the file, and what was found when it was last compared."""
    data = row.data
    return importer.line_class(
        number=row.number,
        cells=data["cells"],
        facts=_with_days(importer, data["facts"]),
        derived=_with_days(importer, data["derived"]),
        notes=[Note(*note) for note in data["notes"]],
        findings=[Note(*note) for note in data["findings"]],
        act=data["act"],
        matched=data["matched"],
        changes=[Change(*change) for change in data["changes"]],
        suggestion=tuple(data["suggestion"]) if data["suggestion"] else None,
        repeats=data["repeats"],
    )


def _with_days(importer, facts):
    return {
        name: date.fromisoformat(value)
        if name in importer.days and isinstance(value, str)
        else value
        for name, value in facts.items()
    }


def outcome(row: ImportRow) -> tuple:
    """What the person who confirmed has seen of a line; the rest may differ."""
    data = row.data
    return (
        row.state,
        data["act"],
        data.get("known"),
        [list(change) for change in data["changes"]],
        [list(note) for note in data["findings"]],
    )


def write_rows(rows: Iterable[ImportRow]) -> None:
    ImportRow.objects.bulk_create(rows, batch_size=PORTION)


def write_back(rows: Iterable[ImportRow]) -> None:
    """Rows that are there already, as one statement for many."""
    ImportRow.objects.bulk_create(
        rows,
        batch_size=PORTION,
        update_conflicts=True,
        unique_fields=["pk"],
        update_fields=["state", "data", "undo"],
    )
