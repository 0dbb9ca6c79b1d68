"""Questions that every request asks, such as who this is: their SQL is built once in a process.

Putting a query together costs Django more than PostgreSQL needs to answer it, and planning one
that joins a dozen tables costs PostgreSQL more than running it: there it is prepared once for a
connection (`PREPARE_STATEMENTS=0` for a pooler that hands connections around).
"""

import json
import re
from collections.abc import Callable, Sequence
from copy import copy
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, wraps
from types import SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.query import ModelIterable
from django.db.models.sql import UpdateQuery
from psycopg2.extensions import AsIs

# Values that nobody asks for; each stands for one argument while the SQL is built.
NUMBER, DAY = 2_147_480_000, date(1, 1, 2)
MOMENT = datetime(1, 1, 3, tzinfo=UTC)
LARGEST = 2**63  # of a key
LOOKS_LIKE_A_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def prepared(*kinds: type) -> Callable:
    """Make a function that returns a queryset, of rows of its model or `values_list()`, return
    these rows as a list, at little cost.

    `kinds` are those of its arguments: `int`, `str`, `date`, `datetime`, or `list` of keys (see
    `keys`). The function may not look at them, only put them into the query. Raises LookupError if
    one of them does not get there.
    """
    marks = marks_of(kinds)
    return _maker(marks, lambda name, rows: Statement(name, rows, marks))


def prepared_update(*kinds: type) -> Callable:
    """The same for a function that returns rows and a dict of what is written into each, as for
    `update()`: made to return how many there were."""
    marks = marks_of(kinds)
    return _maker(marks, lambda name, change: Change(name, *change, marks))


def _maker(marks, build):
    def prepare(question: Callable) -> Callable:
        name = name_of(question)

        @lru_cache(maxsize=2)
        def built(_vendor):
            statement = build(name, question(*marks))
            if missing := set(range(len(marks))) - statement.used:
                raise LookupError(f"{question.__name__} does not use its arguments {missing}")
            return statement

        @wraps(question)
        def ask(*arguments):
            return built(connection.vendor).ask(arguments)

        return ask

    return prepare


def marks_of(kinds: Sequence[type]) -> list:
    makers = {
        int: lambda place: NUMBER + place,
        str: "<text {}>".format,
        date: lambda place: DAY + timedelta(days=place),
        datetime: lambda place: MOMENT + timedelta(seconds=place),
        list: "<keys {}>".format,
    }
    return [makers[kind](place) for place, kind in enumerate(kinds)]


def keys(mark) -> RawSQL:
    """A `list` of keys in a question: `filter(pk__in=keys(pks))`."""
    return _each(mark, "bigint")


def texts(mark) -> RawSQL:
    """A `list` of codes or paths in a question, as `keys` is one of numbers."""
    return _each(mark, "text")


def _each(mark, kind: str) -> RawSQL:
    """The members of a list, which is bound as one value; `kind` is PostgreSQL's word for them."""
    if connection.vendor == "postgresql":
        return RawSQL(f"SELECT unnest(%s::{kind}[])", [mark])
    return RawSQL("SELECT value FROM json_each(%s)", [mark])


def name_of(question) -> str:
    return f"{question.__module__}_{question.__name__}".replace(".", "_")


class Compiled:
    """SQL that was built with marks in place of its arguments. Without a name it is kept for a
    day, may hold that day, and PostgreSQL plans it anew for what is put in."""

    def __init__(self, name: str, compiler, marks: Sequence):
        self.name, self.compiler, self.sql, self.used = name, compiler, "", set()
        try:
            self.sql, self.parameters = compiler.as_sql()
        except EmptyResultSet:
            return
        self.places = [_place(parameter, marks) for parameter in self.parameters]
        self.used = {place for place in self.places if place is not None}
        for parameter, place in zip(self.parameters, self.places, strict=True):
            if place is None and name:
                _check_lasting(name, parameter, marks)

    def is_empty(self, arguments: Sequence) -> bool:
        """Nothing can answer to it."""
        return not self.sql or any(_is_too_large(argument) for argument in arguments)

    def run(self, cursor, arguments: Sequence) -> None:
        given = [
            parameter if place is None else _adapted(arguments[place])
            for parameter, place in zip(self.parameters, self.places, strict=True)
        ]
        if self.name and connection.vendor == "postgresql" and settings.PREPARE_STATEMENTS:
            _execute(cursor, self.name, self.sql, given, self.places)
        else:
            cursor.execute(self.sql, given)


class Statement(Compiled):
    """The rows of a queryset."""

    def __init__(self, name: str, rows: QuerySet, marks: Sequence):
        super().__init__(name, rows.query.get_compiler(connection=connection), marks)
        self.rows = rows
        if self.sql:
            self._keep_converters()

    def _keep_converters(self) -> None:
        """What is to be done with the values of each column is found out once."""
        columns = [column for column, *_others in self.compiler.select[: self.compiler.col_count]]
        converters = self.compiler.get_converters(columns)
        self.compiler.get_converters = lambda _columns: converters

    def ask(self, arguments: Sequence) -> list:
        if self.is_empty(arguments):
            return []
        with connection.cursor() as cursor:
            self.run(cursor, arguments)
            return rows_of(self.rows, self.compiler, cursor.fetchall())


class Change(Compiled):
    """What `update()` would do to rows that are found without a join."""

    def __init__(self, name: str, rows: QuerySet, values: dict, marks: Sequence):
        query = rows.query.chain(UpdateQuery)
        query.add_update_values(values)
        super().__init__(name, query.get_compiler(connection=connection), marks)

    def ask(self, arguments: Sequence) -> int:
        if self.is_empty(arguments):
            return 0
        with connection.cursor() as cursor:
            self.run(cursor, arguments)
            return cursor.rowcount


def rows_of(rows: QuerySet, compiler, found: list[tuple]) -> list:
    """What a queryset makes of the rows that its compiled statement found."""
    if rows._iterable_class is not ModelIterable:
        return list(compiler.results_iter([found], tuple_expected=True))
    compiler = copy(compiler)
    compiler.execute_sql = lambda **_how: [found]
    return list(
        ModelIterable(
            SimpleNamespace(
                db=connection.alias,
                query=SimpleNamespace(get_compiler=lambda using: compiler),
                _known_related_objects={},
            )
        )
    )


def _check_lasting(name, parameter, marks) -> None:
    """What is built once holds neither today nor a piece of what it is asked with."""
    is_day = isinstance(parameter, date) or (
        isinstance(parameter, str) and LOOKS_LIKE_A_DAY.match(parameter)
    )
    is_piece = isinstance(parameter, str) and any(
        isinstance(mark, str) and mark in parameter for mark in marks
    )
    if is_day or is_piece:
        raise LookupError(f"{name} cannot be prepared: {parameter!r}")


def _is_too_large(argument) -> bool:
    return isinstance(argument, int) and not -LARGEST <= argument < LARGEST


_known: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()  # statements by connection


def _execute(cursor, name, sql, given, places):
    """On PostgreSQL: prepare the statement once for this connection, then only execute it."""
    server = connection.connection
    known = _known.setdefault(server, set())
    values = {place: value for place, value in zip(places, given, strict=True) if place is not None}
    if name not in known:
        slots = {place: AsIs(f"${number}") for number, place in enumerate(sorted(values), 1)}
        shown = [slots.get(place, value) for place, value in zip(places, given, strict=True)]
        with server.cursor() as own:
            own.execute(f"PREPARE {name} AS {own.mogrify(sql, shown).decode()}")
        known.add(name)
    marks = f"({', '.join(['%s'] * len(values))})" if values else ""
    cursor.execute(f"EXECUTE {name} {marks}", [values[place] for place in sorted(values)])


def _adapted(value):
    if isinstance(value, list) and connection.vendor != "postgresql":
        return json.dumps(value)
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value


def _place(parameter, marks):
    """Which argument a parameter of the statement stands for; None for a constant."""
    for place, mark in enumerate(marks):
        is_like = mark is not None and type(parameter) in (type(mark), str)
        if is_like and parameter == _adapted(mark):
            return place
    return None
