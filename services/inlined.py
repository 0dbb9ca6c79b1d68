"""Rows that come as a column of the row they hang on, so that a page with many parts asks once for
the short ones; and rows of a relation that a page has read already."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db.models import Model, QuerySet
from django.utils import timezone

from members.models import Unit
from nanchuan.kernel.lines import Lines


def inlined(rows: QuerySet, *names: str, unit: str = "") -> Lines:
    """Fields of rows as a column, in the order of the rows; with the names of the unit that stands
    in the field `unit`."""
    fields = {name: name for name in ("id", *names)}
    if unit:
        fields |= {f"{unit}_id": f"{unit}_id", "name": f"{unit}__name"}
        fields["short_name"] = f"{unit}__short_name"
    return Lines(rows, **fields)


def revived(model: type[Model], lines: Iterable[dict], *, unit: str = "", **known) -> list:
    """The same as rows of the model, with what is `known` of all of them."""
    return [_row(model, line, unit, known) for line in lines]


def _row(model, line, unit, known):
    fields = {each.attname: each for each in model._meta.concrete_fields}
    given = {name: _value(fields[name], raw) for name, raw in line.items() if name in fields}
    row = model(**given, **known)
    if unit and given[f"{unit}_id"]:
        names = {"name": line["name"], "short_name": line["short_name"]}
        setattr(row, unit, Unit(pk=given[f"{unit}_id"], **names))
    return row


def _value(field, raw):
    value = field.to_python(raw)
    if isinstance(value, datetime) and timezone.is_naive(value):
        return value.replace(tzinfo=UTC)  # as SQLite keeps moments
    return value


def keep(record: Model, relation: str, rows: list) -> None:
    """Rows of a relation as a prefetch would have left them."""
    found = getattr(record, relation).all()
    found._result_cache, found._prefetch_done = rows, True
    record.__dict__.setdefault("_prefetched_objects_cache", {})[relation] = found
