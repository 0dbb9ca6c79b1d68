"""The rows of tables as the database writes them: taken out, and put in again."""

import io

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder


def names() -> list[str]:
    kept = MigrationRecorder.Migration._meta.db_table
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return [table for table in tables if table != kept]


def filled() -> list[str]:
    """The tables that have rows."""
    each = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in names()
    )
    with connection.cursor() as cursor:
        cursor.execute(each)
        return [table for (table,) in cursor.fetchall()]


def counted(tables) -> tuple[int, ...]:
    each = ", ".join(f'(SELECT count(*) FROM "{table}")' for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {each}")
        return cursor.fetchone()


def taken_out(tables) -> dict[str, list]:
    with connection.cursor() as cursor:
        return {table: _taken_out(cursor, table) for table in tables}


def _taken_out(cursor, table):
    if connection.vendor == "sqlite":
        # A plus before a column: the value as it is stored.
        columns = ", ".join(f'+"{name}"' for name in _columns(cursor, table))
        return cursor.execute(f'SELECT {columns} FROM "{table}"').fetchall()
    out = io.StringIO()
    cursor.copy_expert(f'COPY "{table}" TO STDOUT', out)
    return out.getvalue().split("\n")[:-1]


def _columns(cursor, table) -> list[str]:
    """By name: whoever takes a rule off a table and puts it on again leaves SQLite a new table,
    with its columns in another order."""
    cursor.execute(f'PRAGMA table_info("{table}")')
    return sorted(column[1] for column in cursor.fetchall())


def put_in(cursor, table, rows) -> None:
    if not rows:
        return
    if connection.vendor == "sqlite":
        names, values = _columns(cursor, table), ", ".join(["%s"] * len(rows[0]))
        columns = ", ".join(f'"{name}"' for name in names)
        cursor.executemany(f'INSERT INTO "{table}" ({columns}) VALUES ({values})', rows)
    else:
        cursor.copy_expert(f'COPY "{table}" FROM STDIN', io.StringIO("\n".join(rows) + "\n"))


def last_numbers(tables) -> dict[str, int]:
    """PostgreSQL's sequences of these tables, with the last number that each gave. SQLite's count
    on by themselves from the highest."""
    if connection.vendor == "sqlite":
        return {}
    last = {}
    with connection.cursor() as cursor:
        for table in tables:
            for sequence in connection.introspection.get_sequences(cursor, table):
                name = sequence["name"]
                cursor.execute(f'SELECT last_value FROM "{name}" WHERE is_called')
                last.update((name, number) for (number,) in cursor.fetchall())
    return last


def go_on_after(cursor, last: dict[str, int]) -> None:
    """What comes next gets higher numbers than these."""
    if last:
        cursor.execute(
            ";".join(
                f'SELECT setval(\'"{name}"\', greatest(last_value, {number})) FROM "{name}"'
                for name, number in last.items()
            )
        )
