"""Text found by a part of it, quickly: `name__holds="建国"`.

No ordinary index knows the middle of a text, and Chinese words are too short for trigrams. On
PostgreSQL a GIN index over the single characters and pairs of a column finds the candidates;
SQLite reads every row, which is quick enough for what it is meant for.
"""

from django.db import migrations, models
from django.db.models.lookups import Contains, Lookup

# Its cost is told, or the database would rather work it out for row after row than ask the index.
FUNCTION = """
CREATE OR REPLACE FUNCTION text_pieces(words text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT COST 1000 AS $$
    SELECT array_agg(DISTINCT substr(words, place, size))
    FROM generate_series(1, length(words)) AS place, generate_series(1, 2) AS size
$$
"""


def pieces(words: str) -> list[str]:
    """What every text that holds the words has among its pieces."""
    pairs = [words[place : place + 2] for place in range(len(words) - 1)]
    return sorted(set(pairs)) or [words]


@models.TextField.register_lookup
@models.CharField.register_lookup
class Holds(Lookup):
    """`contains`, through the index of `index_pieces` where the database has one."""

    lookup_name = "holds"

    def as_sql(self, compiler, connection):
        return Contains(self.lhs, self.rhs).as_sql(compiler, connection)

    def as_postgresql(self, compiler, connection):
        column, values = self.process_lhs(compiler, connection)
        exact, more = self.as_sql(compiler, connection)
        sql = f"(text_pieces({column}) @> %s::text[] AND {exact})"
        return sql, [*values, pieces(self.rhs), *more]


def index_pieces(table: str, column: str) -> migrations.RunPython:
    """A migration operation: the index for `holds` on a column."""
    index = f"{table}_{column}_pieces"

    def add(apps, editor):
        if editor.connection.vendor == "postgresql":
            editor.execute(FUNCTION, params=None)
            editor.execute(
                f"CREATE INDEX {index} ON {table} USING gin (text_pieces({column}))", params=None
            )

    def drop(apps, editor):
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP INDEX {index}", params=None)

    return migrations.RunPython(add, drop)


def tell_cost() -> migrations.RunPython:
    """A migration operation: where the function is older than its cost."""

    def tell(apps, editor):
        if editor.connection.vendor == "postgresql":
            editor.execute("ALTER FUNCTION text_pieces(text) COST 1000", params=None)

    return migrations.RunPython(tell, migrations.RunPython.noop)
