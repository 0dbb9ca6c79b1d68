"""Between tests PostgreSQL empties its tables row by row: TRUNCATE makes some seven hundred files
anew, which takes a second and more, and a test leaves few rows behind."""

from django.db.backends.postgresql.operations import DatabaseOperations

_truncate = DatabaseOperations.sql_flush


def _sql_flush(self, style, tables, *, reset_sequences=False, allow_cascade=False):
    """Foreign keys are judged at the end of the transaction, so the order does not matter."""
    if reset_sequences or not tables:
        return _truncate(
            self, style, tables, reset_sequences=reset_sequences, allow_cascade=allow_cascade
        )
    return ["; ".join(f"DELETE FROM {self.quote_name(table)}" for table in tables)]


def use() -> None:
    DatabaseOperations.sql_flush = _sql_flush
