"""What a fixture makes the same way for each test is made once and put in as rows from then on:
rules, locks and the audit trail make it slow, and the cast alone is asked for 5000 times."""

import pickle
import re
import uuid

import time_machine
from django.core.cache import caches
from django.db import connection, transaction
from django.utils import timezone

from tests import quick_flush, table_rows

WRITTEN = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)')


class Recording:
    """`recording(monkeypatch)` answers what `make()` does. It is made anew where rows are really
    committed, under a moved clock, and where something stands already in the same tables."""

    def __init__(self, make):
        self.make = make
        self.day = None

    def __call__(self, monkeypatch):
        if not connection.in_atomic_block or time_machine.escape_hatch.is_travelling():
            return self.make()
        if self.day != timezone.localdate():
            self._record()
        if self.day is None or table_rows.counted(self.rows) != self.counts:
            return self.make()
        with connection.cursor() as cursor:
            for table, rows in self.rows.items():
                table_rows.put_in(cursor, table, rows)
            table_rows.go_on_after(cursor, self.last)
        # They have the numbers that they had in other tests, which Redis may remember.
        monkeypatch.setattr(caches["default"], "key_prefix", uuid.uuid4().hex)
        return pickle.loads(self.made)

    def _record(self):
        """Make it, and take it out again."""
        start, tables = transaction.savepoint(), set()

        def note(execute, sql, *arguments):
            if written := WRITTEN.match(sql):
                tables.add(written[1])
            return execute(sql, *arguments)

        with connection.execute_wrapper(note):
            self.made = pickle.dumps(self.make())
        after = table_rows.taken_out(tables)
        self.last = table_rows.last_numbers(tables)
        transaction.savepoint_rollback(start)
        before = {table: set(rows) for table, rows in table_rows.taken_out(tables).items()}
        assert all(before[table] <= set(after[table]) for table in tables), "a seed changed"
        self.rows = {
            table: [row for row in after[table] if row not in before[table]] for table in tables
        }
        self.counts = table_rows.counted(self.rows)
        clean = all(before[table] == set(quick_flush.empty.get(table, [])) for table in tables)
        self.day = timezone.localdate() if clean else None
