"""Rows within the reach of a reader, by statements that are built once for all who hold as many
places in the same roles (see `prepared`)."""

from collections import Counter
from collections.abc import Callable
from functools import lru_cache, wraps
from hashlib import sha256
from itertools import count
from types import SimpleNamespace

from django.db import connection
from django.db.models import Model, QuerySet
from django.utils import timezone

from nanchuan.kernel import roles
from nanchuan.kernel.prepared import NUMBER, Statement, marks_of, name_of

FIRST = NUMBER - 100_000  # of the marks of places; those of other arguments come after
NAME = 40  # letters, so that PostgreSQL keeps it whole with the shape behind it

_finders = count(1)


def prepared_for_reader(*kinds: type) -> Callable:
    """Like `prepared`, with the person who asks as the first argument of the function. The
    function may ask for roles and places of this person, but not look at the places."""
    marks = marks_of(kinds)

    def prepare(question: Callable[..., QuerySet]) -> Callable[..., list]:
        name = name_of(question)

        @lru_cache(maxsize=500)
        def built(_vendor, shape):
            places = _marks(shape)
            reader = _reader(shape, places)
            key = sha256(repr((name, shape)).encode()).hexdigest()[:16]
            rows = question(reader, *marks)
            return Statement(f"{name[:NAME]}_{key}", rows, [*places, *marks])

        @wraps(question)
        def ask(user, *arguments):
            if not (user.is_authenticated and user.is_active):
                return []
            shape, places = _held_by(user)
            return built(connection.vendor, shape).ask([*places, *arguments])

        return ask

    return prepare


def kept_for_reader(question: Callable[..., QuerySet]) -> Callable[..., list]:
    """Like `prepared_for_reader()`, for a function that looks at its arguments and may ask what
    day it is: its statement is kept for one day, for these arguments. They are to be hashable and
    few, and may not depend on the moment."""

    @lru_cache(maxsize=500)
    def built(_vendor, _day, shape, *arguments):
        places = _marks(shape)
        return Statement("", question(_reader(shape, places), *arguments), places)

    @wraps(question)
    def ask(user, *arguments):
        if not (user.is_authenticated and user.is_active):
            return []
        shape, places = _held_by(user)
        return built(connection.vendor, timezone.localdate(), shape, *arguments).ask(places)

    return ask


def rows_of(model: type[Model], user) -> QuerySet:
    """`visible_to`, put together once a day for all who hold the same places; for a scope that
    asks nothing else of a person."""
    if not (user.is_authenticated and user.is_active):
        return model._default_manager.none()
    return _rows(model, roles.grants(user), timezone.localdate()).all()


@lru_cache(maxsize=200)
def _rows(model, held, _day):
    reader = SimpleNamespace(is_authenticated=True, is_active=True, _grants=held)
    return model._default_manager.visible_to(reader)


def _held_by(user) -> tuple[tuple, list]:
    """How many places somebody holds in which roles, and these places."""
    held = sorted(roles.grants(user), key=_order)
    return tuple(Counter(map(_kind, held)).items()), [grant.place for grant in held]


def _order(grant):
    return grant.role, type(grant.place).__name__, grant.place or 0


def _kind(grant):
    return grant.role, type(grant.place)


def _marks(shape) -> list:
    numbers = count(FIRST)
    return [
        None if kind is type(None) else f"<{next(numbers)}>" if kind is str else next(numbers)
        for (_role, kind), number in shape
        for _each in range(number)
    ]


def _reader(shape, places):
    """Somebody with these roles, and with marks for places."""
    marks = iter(places)
    held = frozenset(
        roles.Grant(role, next(marks)) for (role, _kind), number in shape for _each in range(number)
    )
    return SimpleNamespace(is_authenticated=True, is_active=True, _grants=held)


def finder(rows: QuerySet) -> Callable:
    """A function that answers the row with a key as a person sees it, knowing `is_editable`; of
    `rows` with nothing in them that depends on the day or the person. None for what is not seen."""
    label = rows.model._meta.label_lower.replace(".", "_")

    def question(reader, pk):
        return rows.visible_to(reader).marked_for(reader).filter(pk=pk)

    question.__name__ = f"{label}_{next(_finders)}"
    ask = prepared_for_reader(int)(question)

    def find(user, pk):
        return next(iter(ask(user, pk)), None)

    return find
