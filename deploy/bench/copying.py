"""Model instances into PostgreSQL by COPY: what each field would save, many rows a statement."""

import io
import json
from itertools import islice

from django.db import connection
from django.db.models import Field, JSONField

BATCH = 20_000
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy(model, objects) -> int:
    """Write new rows that carry their own primary keys; the sequence goes on after the last."""
    fields = model._meta.concrete_fields
    writers = [(field.pre_save, _writer(field)) for field in fields]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    table, objects, number = model._meta.db_table, iter(objects), 0
    with connection.cursor() as cursor:
        while batch := list(islice(objects, BATCH)):
            lines = "".join(_line(writers, each) for each in batch)
            cursor.copy_expert(f'COPY "{table}" ({columns}) FROM STDIN', io.StringIO(lines))
            number += len(batch)
        key = model._meta.pk.column
        cursor.execute(
            f'SELECT setval(pg_get_serial_sequence(%s, %s), MAX("{key}")) FROM "{table}"',
            [table, key],
        )
    return number


def numbered(objects):
    for number, each in enumerate(objects, 1):
        each.pk = number
        yield each


def _line(writers, each):
    return "\t".join(write(value_of(each, True)) for value_of, write in writers) + "\n"


def _writer(field):
    """How the values of a field stand in a line of COPY; plain ones need no help of Django's."""
    if isinstance(field, JSONField):
        return lambda value: json.dumps(value).translate(ESCAPES)
    plain = type(field).__module__ == Field.__module__

    def write(value):
        if not (plain and isinstance(value, str | int | None)):
            value = field.get_db_prep_save(value, connection)
        return r"\N" if value is None else str(value).translate(ESCAPES)

    return write
