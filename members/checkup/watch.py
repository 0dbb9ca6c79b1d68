"""Triggers that write down whom a change concerns that the check-up reads (decision 0033).

They only insert: nothing waits, whatever the order in which transactions end, and no writer can
forget them. Put into the database after each migration, like the rules of tables that only grow.
"""

from collections.abc import Iterator

from django.apps import apps
from django.db import connection, transaction

from members.models.kept import Change

WRITES = ("insert", "update", "delete")
# By model: the column that says whom a change concerns. None: everybody.
ORGANIZATION, MEMBER = "organization", "member"
WATCHED: dict[str, dict[str, str] | None] = {
    "participation": {ORGANIZATION: "organization_id"},
    "attendance": {MEMBER: "member_id"},
    "membership": {ORGANIZATION: "organization_id", MEMBER: "member_id"},
    "term": {ORGANIZATION: "organization_id"},
    "exemption": {ORGANIZATION: "organization_id"},
    "placement": {ORGANIZATION: "parent_id"},
    "organization": None,
    "post": None,
    "activitykind": None,
}
CHANGE = Change._meta.db_table


def put(**kwargs) -> None:
    """Watch every table; what was kept before is reckoned anew. Called after each migration."""
    present = connection.introspection.table_names()
    if CHANGE not in present:
        return
    take()
    write = _for_postgresql if connection.vendor == "postgresql" else _for_sqlite
    with transaction.atomic(), connection.cursor() as cursor:
        for name, concerned in WATCHED.items():
            for statement in write(apps.get_model("members", name)._meta, concerned):
                cursor.execute(statement)
    Change.objects.fold()


def take(*_arguments) -> None:
    """Watch nothing any more."""
    present = set(connection.introspection.table_names())
    with transaction.atomic(), connection.cursor() as cursor:
        for table in {apps.get_model("members", name)._meta.db_table for name in WATCHED} & present:
            for write in (*WRITES, "truncate"):
                on = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_watched_{write}{on}")


def _for_postgresql(meta, concerned) -> Iterator[str]:
    """Once for each statement, whatever the number of its rows; an update that changed nothing
    concerns nobody."""
    table, new, old = meta.db_table, "SELECT * FROM later", "SELECT * FROM earlier"
    rows = {
        "insert": new,
        "update": f"({old} EXCEPT {new}) UNION ALL ({new} EXCEPT {old})",
        "delete": old,
    }
    seen = {
        "insert": "NEW TABLE AS later",
        "update": "OLD TABLE AS earlier NEW TABLE AS later",
        "delete": "OLD TABLE AS earlier",
    }
    mark = "1 + floor(random() * 4294967296)::bigint"
    everybody = f"INSERT INTO {CHANGE} (mark) SELECT {mark}"
    for write in WRITES:
        if concerned is None:
            body = f"{everybody} WHERE EXISTS ({rows[write]});"
        else:
            body = " ".join(
                f"INSERT INTO {CHANGE} ({what}, mark) SELECT key, {mark} FROM (SELECT DISTINCT "
                f"{column} AS key FROM ({rows[write]}) AS rows) AS keys WHERE key IS NOT NULL;"
                for what, column in concerned.items()
            )
        yield from _trigger(table, write, body, f"REFERENCING {seen[write]}")
    yield from _trigger(table, "truncate", f"{everybody};", "")


def _trigger(table, write, body, seen):
    name = f"{table}_watched_{write}"
    yield (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {body} RETURN NULL; END $$"
    )
    yield (
        f"CREATE TRIGGER {name} AFTER {write.upper()} ON {table} {seen} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    )


def _for_sqlite(meta, concerned) -> Iterator[str]:
    """Once for each row."""
    table, rows = meta.db_table, {"insert": ["NEW"], "update": ["OLD", "NEW"], "delete": ["OLD"]}
    columns = [field.column for field in meta.concrete_fields]
    moved = " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in columns)
    mark = "1 + (random() & 4294967295)"
    for write in WRITES:
        inserts = [
            f"INSERT INTO {CHANGE} ({what}, mark) SELECT {row}.{column}, {mark} "
            f"WHERE {row}.{column} IS NOT NULL;"
            for what, column in (concerned or {}).items()
            for row in rows[write]
        ]
        body = " ".join(inserts or [f"INSERT INTO {CHANGE} (mark) VALUES ({mark});"])
        when = f"WHEN {moved}" if write == "update" else ""
        yield (
            f"CREATE TRIGGER {table}_watched_{write} AFTER {write.upper()} ON {table} "
            f"{when} BEGIN {body} END"
        )
