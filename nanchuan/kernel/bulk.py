"""Many rows of one table at once, where to make a model instance of each takes longer than the
database needs for it: `bulk_create` without instances, which nobody asks for afterwards."""

from collections.abc import Iterable

from django.db import connection
from django.db.models import Model

AT_ONCE = 1000  # rows in one statement


def insert(model: type[Model], rows: Iterable[dict]) -> None:
    """`rows` are values by the names of columns (`recipient_id`); what is left out is as the field
    has it by default. For fields whose values the driver takes as they are."""
    rows = list(rows)
    if not rows:
        return
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    columns = [_values(field, rows) for field in fields]
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column) for field in fields)
    into = f"INSERT INTO {quote(model._meta.db_table)} ({names})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for start in range(0, len(rows), AT_ONCE):
                part = [column[start : start + AT_ONCE] for column in columns]
                cursor.execute(*_statement(into, fields, part))
        else:
            adapted = [
                [field.get_db_prep_save(value, connection) for value in column]
                for field, column in zip(fields, columns, strict=True)
            ]
            places = ", ".join(["%s"] * len(fields))
            cursor.executemany(f"{into} VALUES ({places})", list(zip(*adapted, strict=True)))


def _values(field, rows):
    name = field.attname
    if field.has_default() and callable(field.default):
        return [row[name] if name in row else field.get_default() for row in rows]
    usual = field.get_default()
    return [row.get(name, usual) for row in rows]


def _statement(into, fields, columns):
    """What is the same in all rows is said once, the rest as arrays: PostgreSQL takes longer to
    read a thousand rows of VALUES than to write them."""
    told, given, arrays = [], [], [list(range(len(columns[0])))]
    unnested, named = ["%s::integer[]"], ["number"]
    for number, (field, column) in enumerate(zip(fields, columns, strict=True)):
        # Without the length: a cast to `varchar(10)` would cut what an insert refuses.
        kind = field.db_type(connection).split("(")[0]
        if all(value == column[0] for value in column):
            told.append(f"%s::{kind}")
            given.append(column[0])
        else:
            told.append(f"row.c{number}")
            unnested.append(f"%s::{kind}[]")
            named.append(f"c{number}")
            arrays.append(column)
    source = f"unnest({', '.join(unnested)}) AS row({', '.join(named)})"
    return f"{into} SELECT {', '.join(told)} FROM {source}", [*given, *arrays]
