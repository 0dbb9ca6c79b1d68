"""Questions that every request asks, such as who this is: their SQL is built once in a process.

Putting a query together costs Django more than PostgreSQL needs to answer it.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import lru_cache, wraps

from django.db import connection
from django.db.models import QuerySet

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
                cursor.execute(sql, given)
                return list(compiler.results_iter([cursor.fetchall()]))

        return ask

    return prepare


def _adapted(value):
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value


def _place(parameter, marks):
    """Which argument a parameter of the statement stands for; None for a constant."""
    for place, mark in enumerate(marks):
        if type(parameter) in (type(mark), str) and parameter == _adapted(mark):
            return place
    return None
