"""Several short lists in one question: the first page of the office shows a dozen of them.

Functions that `yield` a queryset and go on with its rows stand still until others do so too; what
they ask for at the same time is asked for together.
"""

import json
from collections.abc import Generator, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet, prefetch_related_objects

from nanchuan.kernel.prepared import rows_of

Asker = Generator[QuerySet, list, list]
WIDEST = 100  # arguments of a function of SQLite


def answered(askers: Iterable[Asker | list]) -> list[list]:
    """What each of them comes to; a list is an answer already."""
    askers = list(askers)
    answers = [each if isinstance(each, list) else [] for each in askers]
    told = {place: None for place, each in enumerate(askers) if not isinstance(each, list)}
    while told:
        asked = {}
        for place, rows in told.items():
            try:
                asked[place] = askers[place].send(rows)
            except StopIteration as over:
                answers[place] = over.value
        told = dict(zip(asked, together(list(asked.values())), strict=True))
    return answers


def together(questions: Sequence[QuerySet]) -> list[list]:
    """The rows of each queryset, of its model or `values_list()`. For a few rows of each: they
    come as JSON."""
    found: list[list] = [[] for _each in questions]
    parts, parameters, compilers = [], [], {}
    for place, rows in enumerate(questions):
        compiler = rows.query.get_compiler(using=connection.alias)
        try:
            sql, given = compiler.as_sql(with_col_aliases=True)
        except EmptyResultSet:
            continue
        parts.append(_as_lines(sql, _names(compiler)))
        parameters += given
        compilers[place] = compiler
    if not parts:
        return found
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", parameters)
        columns = cursor.fetchone()
    for (place, compiler), lines in zip(compilers.items(), columns, strict=True):
        rows, told = questions[place], _read(lines, compiler)
        found[place] = rows_of(rows, compiler, told) if told else []
        if rows._prefetch_related_lookups:
            prefetch_related_objects(found[place], *rows._prefetch_related_lookups)
    return found


def _names(compiler) -> list[str]:
    return [f'"{alias}"' for _column, _sql, alias in compiler.select]


def _as_lines(sql: str, names: list[str]) -> str:
    """The rows of a statement as one value, in their order."""
    if connection.vendor == "postgresql":
        return f"(SELECT json_agg(line) FROM ({sql}) AS line)"
    pieces = [names[start : start + WIDEST] for start in range(0, len(names), WIDEST)]
    arrays = ", ".join(f"json_array({', '.join(piece)})" for piece in pieces)
    return f"(SELECT json_group_array(json_array({arrays})) FROM ({sql}))"


def _read(lines, compiler) -> list[tuple]:
    """The values as the database would have given them in a row each."""
    if isinstance(lines, str):  # of SQLite, which has no type for it
        lines = json.loads(lines)
        rows = [[value for piece in line for value in piece] for line in lines]
    else:
        rows = [list(line.values()) for line in lines or ()]
    if not rows:
        return []
    fields = [column.output_field.get_internal_type() for column, _sql, _alias in compiler.select]
    makers = [MAKERS.get(field, _same) for field in fields]
    return [
        tuple(
            None if value is None else make(value) for make, value in zip(makers, row, strict=True)
        )
        for row in rows
    ]


def _same(value):
    return value


def _of_postgresql(make):
    """SQLite gives texts and numbers, from which Django makes the rest itself."""
    return lambda value: make(value) if connection.vendor == "postgresql" else value


MAKERS = {
    "DateField": _of_postgresql(date.fromisoformat),
    "DateTimeField": _of_postgresql(lambda value: datetime.fromisoformat(value).astimezone(UTC)),
    "DecimalField": _of_postgresql(lambda value: Decimal(str(value))),
    "JSONField": lambda value: value if isinstance(value, str) else json.dumps(value),
}
