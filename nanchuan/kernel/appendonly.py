"""Tables that only grow: the database itself refuses to change or delete their rows."""

from contextlib import contextmanager

from django.db import connection, transaction

_PROTECTED: dict[str, tuple[str, ...]] = {}


def protect(table: str, columns: tuple[str, ...] = ()) -> None:
    """Declare a table append-only; only the named `columns` are frozen, or all if none."""
    _PROTECTED[table] = columns


def put_rules(**kwargs) -> None:
    """Put every declared rule into the database; called after each migration."""
    present = connection.introspection.table_names()
    with transaction.atomic(), connection.cursor() as cursor:
        for table in _PROTECTED:
            if table in present:
                _take(cursor.execute, table)
                _put(cursor.execute, table)


def take_rules() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for table in _PROTECTED:
            _take(cursor.execute, table)


@contextmanager
def lifted():
    """Suspend every rule within one transaction: for the removal of demo data."""
    with transaction.atomic():
        take_rules()
        yield
        connection.check_constraints()  # nothing may be pending on a table that gets a trigger
        put_rules()


def _put(execute, table):
    frozen = f" OF {', '.join(_PROTECTED[table])}" if _PROTECTED[table] else ""
    if connection.vendor == "postgresql":
        execute(
            f"CREATE OR REPLACE FUNCTION {table}_grows() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{table} is append-only' "
            "USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        body = f"FOR EACH ROW EXECUTE FUNCTION {table}_grows()"
    else:
        body = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE{frozen} ON {table} {body}")
    execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {body}")


def _take(execute, table):
    suffix = f" ON {table}" if connection.vendor == "postgresql" else ""
    for act in ("update", "delete"):
        execute(f"DROP TRIGGER IF EXISTS {table}_no_{act}{suffix}")
