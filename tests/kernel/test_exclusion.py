"""Every table of dated rows with an owner is guarded by the database itself, on both vendors."""

import pytest
from django.apps import apps
from django.db import connection

from nanchuan.kernel.periods import Period

GUARDED = [
    model._meta.db_table
    for model in apps.get_models()
    if issubclass(model, Period) and model.EXCLUSIVE
]


@pytest.mark.django_db
@pytest.mark.parametrize("table", GUARDED)
def test_the_rule_of_a_table_survived_its_migrations(table):
    """SQLite writes a table anew for a new column and forgets its triggers."""
    if connection.vendor == "postgresql":
        asked = "SELECT conname FROM pg_constraint WHERE conname LIKE %s"
        expected = {f"{table}_no_overlap"}
    else:
        asked = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s"
        expected = {f"{table}_no_overlap_{act}" for act in ("insert", "update")}
    with connection.cursor() as cursor:
        cursor.execute(asked, [f"{table}_no_overlap%"])
        assert {name for (name,) in cursor.fetchall()} == expected
