"""The database's own rule that dated rows of one owner never share a day.

Django's ExclusionConstraint breaks migrations on SQLite, so each database gets the rule in
its own words: a GiST exclusion on PostgreSQL, two triggers on SQLite. Both answer a breach
with IntegrityError.
"""

from django.db import migrations


def no_overlap(table: str, columns: list[str], *, where: str = "") -> migrations.RunPython:
    """A migration operation: rows alike in `columns` may not overlap in starts_on–ends_on.

    `columns` are names, or SQL with `{row}` before each column: "COALESCE({row}group_id, 0)".
    `where` limits the rule to some rows, in the same form: "{row}sole".
    """
    columns = [column if "{row}" in column else f"{{row}}{column}" for column in columns]

    def add(apps, editor):
        write = _for_postgresql if editor.connection.vendor == "postgresql" else _for_sqlite
        for statement in write(table, columns, where):
            editor.execute(statement, params=None)

    def drop(apps, editor):
        if editor.connection.vendor == "postgresql":
            editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_no_overlap", params=None)
            return
        for act in ("insert", "update"):
            editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_overlap_{act}", params=None)

    return migrations.RunPython(add, drop)


def _for_postgresql(table, columns, where):
    same = ", ".join(f"({column.format(row='')}) WITH =" for column in columns)
    only = f" WHERE ({where.format(row='')})" if where else ""
    yield "CREATE EXTENSION IF NOT EXISTS btree_gist"
    yield (
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_no_overlap EXCLUDE USING gist "
        f"({same}, daterange(starts_on, ends_on, '[]') WITH &&){only}"
    )


def _for_sqlite(table, columns, where):
    same = " AND ".join(f"{c.format(row='o.')} = {c.format(row='NEW.')}" for c in columns)
    both = f"({where.format(row='o.')}) AND ({where.format(row='NEW.')})" if where else "1"
    for act in ("insert", "update"):
        yield (
            f"CREATE TRIGGER {table}_no_overlap_{act} AFTER {act.upper()} ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} o WHERE o.id <> NEW.id AND {same} AND {both} "
            "AND (o.ends_on IS NULL OR o.ends_on >= NEW.starts_on) "
            "AND (NEW.ends_on IS NULL OR o.starts_on <= NEW.ends_on)) "
            f"BEGIN SELECT RAISE(ABORT, 'periods of {table} overlap'); END"
        )
