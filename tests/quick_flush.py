"""After a test that really committed, only the tables it wrote to are put back: Django's own flush
makes seven hundred files anew on PostgreSQL, then every permission, kind and rule once more."""

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import TransactionTestCase

from nanchuan.kernel.appendonly import lifted
from tests import table_rows

empty: dict[str, list] = {}  # table → the rows of a portal in which nothing happened yet


def use() -> None:
    """From now on, of the database as it stands."""
    empty.update(table_rows.taken_out(table_rows.filled()))
    TransactionTestCase._fixture_teardown = _put_back


def _put_back(_test):
    now = table_rows.taken_out(empty)
    changed = [table for table in empty if now[table] != empty[table]]
    changed += set(table_rows.filled()) - empty.keys()
    with lifted(), connection.cursor() as cursor:
        for table in changed:
            cursor.execute(f'DELETE FROM "{table}"')
        for table in changed:
            table_rows.put_in(cursor, table, empty.get(table, []))
    ContentType.objects.clear_cache()
