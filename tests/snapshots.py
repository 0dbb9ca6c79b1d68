"""All rows of the test database, put back as they were: quicker than making them once more."""

import io
import sqlite3

from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder


def take():
    """A copy of the rows that stand there now; `put_back` takes it."""
    if connection.vendor == "sqlite":
        copy = sqlite3.connect(":memory:", check_same_thread=False)
        connection.ensure_connection()
        connection.connection.backup(copy)
        return copy
    with connection.cursor() as cursor:
        return {table: _copied_out(cursor, table) for table in _tables()}


def put_back(copy) -> None:
    """Nothing else is left in the database. Foreign keys are judged at the end."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        copy.backup(connection.connection)
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in connection.ops.sql_flush(no_style(), _tables(), reset_sequences=True):
                cursor.execute(statement)
            for table, (text, _last) in copy.items():
                cursor.copy_expert(f'COPY "{table}" FROM STDIN', io.StringIO(text))
            for _text, last in copy.values():
                if last:
                    cursor.execute("SELECT setval(%s::regclass, %s)", last)
    ContentType.objects.clear_cache()


def _tables() -> list[str]:
    kept = MigrationRecorder.Migration._meta.db_table
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return [table for table in tables if table != kept]


def _copied_out(cursor, table):
    """The rows as text, and the sequence of its keys with the last number it gave."""
    out = io.StringIO()
    cursor.copy_expert(f'COPY "{table}" TO STDOUT', out)
    sequences = connection.introspection.get_sequences(cursor, table)
    if not sequences:
        return out.getvalue(), None
    name = sequences[0]["name"]
    cursor.execute(f'SELECT last_value, is_called FROM "{name}"')
    last, is_called = cursor.fetchone()
    return out.getvalue(), (name, last) if is_called else None
