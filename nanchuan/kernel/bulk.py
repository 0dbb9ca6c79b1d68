"""Many rows of one table at once, where to make a model instance of each takes longer than the
database needs for it: `bulk_create` without instances, which nobody asks for afterwards."""

from collections.abc import Iterable
from itertools import chain

from django.db import connection
from django.db.models import Model

AT_ONCE = 1000  # rows in one statement


def insert(model: type[Model], rows: Iterable[dict]) -> None:
    """`rows` are values by the names of columns (`recipient_id`); what is left out is as the field
    has it by default. For fields whose values the driver takes as they are."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    same = {field.attname: field.get_default() for field in fields if not callable(field.default)}
    made = {field.attname: field.get_default for field in fields if callable(field.default)}
    names = [field.attname for field in fields]
    lines = []
    for row in rows:
        line = same | {name: make() for name, make in made.items() if name not in row} | row
        lines.append([line[name] for name in names])
    if not lines:
        return
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    into = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES"
    places = f"({', '.join(['%s'] * len(fields))})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for start in range(0, len(lines), AT_ONCE):
                part = lines[start : start + AT_ONCE]
                values = ", ".join([places] * len(part))
                cursor.execute(f"{into} {values}", [*chain.from_iterable(part)])
        else:
            adapted = [
                [
                    field.get_db_prep_save(value, connection)
                    for field, value in zip(fields, line, strict=True)
                ]
                for line in lines
            ]
            cursor.executemany(f"{into} {places}", adapted)
