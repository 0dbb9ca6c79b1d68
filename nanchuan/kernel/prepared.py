"""Questions that every request asks, such as who this is: their SQL is built once in a process.

Putting a query together costs Django more than PostgreSQL needs to answer it, and planning one
that joins a dozen tables costs PostgreSQL more than running it: there it is prepared once for a
connection (`PREPARE_STATEMENTS=0` for a pooler that hands connections around).
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import lru_cache, wraps
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from psycopg2.extensions import AsIs

# Values that no row has; each stands for one argument while the SQL is built.
NUMBER, DAY = -2_147_483_000, date(1, 1, 2)


def prepared(*kinds: type) -> Callable:
    """Make a function that returns a `values_list()` return its rows, at little cost.

    `kinds` are those of its arguments, `int` or `date`. The function may not look at them, only
    put them into the query. Raises LookupError if one of them does not get there.
    """
    marks = [
        NUMBER + place if kind is int else DAY + timedelta(days=place)
        for place, kind in enumerate(kinds)
    ]

    def prepare(question: Callable[..., QuerySet]) -> Callable[..., Iterator[tuple]]:
        name = f"{question.__module__}_{question.__name__}".replace(".", "_")

        @lru_cache(maxsize=2)
        def built(vendor):
            compiler = question(*marks).query.get_compiler(connection=connection)
            sql, parameters = compiler.as_sql()
            places = [_place(parameter, marks) for parameter in parameters]
            if missing := set(range(len(marks))) - set(places):
                raise LookupError(f"{question.__name__} does not use its arguments {missing}")
            return compiler, sql, parameters, places

        @wraps(question)
        def ask(*arguments):
            compiler, sql, parameters, places = built(connection.vendor)
            given = [
                parameter if place is None else _adapted(arguments[place])
                for parameter, place in zip(parameters, places, strict=True)
            ]
            with connection.cursor() as cursor:
                if connection.vendor == "postgresql" and settings.PREPARE_STATEMENTS:
                    _execute(cursor, name, sql, given, places)
                else:
                    cursor.execute(sql, given)
                return list(compiler.results_iter([cursor.fetchall()]))

        return ask

    return prepare


_known: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()  # statements by connection


def _execute(cursor, name, sql, given, places):
    """On PostgreSQL: prepare the statement once for this connection, then only execute it."""
    server = connection.connection
    known = _known.setdefault(server, set())
    if name not in known:
        slots = [
            value if place is None else AsIs(f"${place + 1}")
            for value, place in zip(given, places, strict=True)
        ]
        with server.cursor() as own:
            own.execute(f"PREPARE {name} AS {own.mogrify(sql, slots).decode()}")
        known.add(name)
    values = {place: value for value, place in zip(given, places, strict=True) if place is not None}
    marks = f"({', '.join(['%s'] * len(values))})" if values else ""
    cursor.execute(f"EXECUTE {name} {marks}", [values[place] for place in sorted(values)])


def _adapted(value):
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value


def _place(parameter, marks):
    """Which argument a parameter of the statement stands for; None for a constant."""
    for place, mark in enumerate(marks):
        if type(parameter) in (type(mark), str) and parameter == _adapted(mark):
            return place
    return None
