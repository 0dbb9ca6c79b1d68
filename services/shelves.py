"""What resources and past needs say, as matching reads it, kept in the process (decision 0018).

To read a text takes longer than to answer a need, so each is read once. Whether a row has come,
changed or gone is asked of the database each time; nobody's rights are known here, so whoever asks
looks up afterwards which of the rows that are found its reader may see.
"""

import hashlib
import pickle
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache as kept
from threading import Lock
from typing import NamedTuple

from django.core.cache import cache
from django.db.models import Count, Max, Q
from django.utils import timezone

from services.matching.pool import Pool, Reading, Relation
from services.matching.shelf import Shelf, Text
from services.matching.thesaurus import FILE
from services.models import Need, Resource, Solution, SuggestionRemark

LATELY = timedelta(minutes=1)  # a row may be written earlier than it can be seen
STORED_FROM = 500  # texts: fewer are read as quickly as they are fetched
MOST_PAST = 2000  # of the needs solved last
FORMAT = 1


class Shelves:
    """One shelf that is always as the rows of a source are."""

    def __init__(self, source: "Resources | Past"):
        self._source = source
        self._lock = Lock()
        self.forget()

    def forget(self) -> None:
        self._shelf: Shelf | None = None
        self._seen: Stamp | None = None

    def related(self, readings: Sequence[Reading], least: float) -> list[dict[int, Relation]]:
        with self._lock:
            shelf = self._fresh()
            return [shelf.related(reading, least) for reading in readings]

    def part(self, readings: Sequence[Reading]) -> Pool:
        """A few texts by themselves, related as they would be among all."""
        with self._lock:
            return self._fresh().part(readings)

    def _fresh(self) -> Shelf:
        stamp = self._source.stamp()
        if self._shelf is None:
            shelf, marks = self._stored(), self._source.marks()
        elif stamp == self._seen and stamp.is_settled:
            return self._shelf
        else:
            shelf, marks = self._shelf, self._source.marks(self._seen)
        changed = [key for key, mark in marks.items() if shelf.marks.get(key) != mark]
        marks = shelf.marks | marks
        if stamp.number not in (None, len(marks)):  # some are gone
            marks = self._source.marks()
        gone = [key for key in shelf.marks if key not in marks]
        if shelf.is_worn_by(len(changed) + len(gone)):
            shelf = Shelf(self._source.side, self._source.texts(None), marks)
            self._store(shelf)
        elif changed or gone:
            shelf.change(self._source.texts(changed), gone, marks)
        self._shelf, self._seen = shelf, stamp
        return shelf

    def _stored(self) -> Shelf:
        """What another process has read."""
        if found := cache.get(self._key):
            return pickle.loads(found)  # our own, as all that the cache holds
        return Shelf(self._source.side, [], {})

    def _store(self, shelf) -> None:
        if len(shelf.marks) >= STORED_FROM:
            cache.set(self._key, pickle.dumps(shelf), None)

    @property
    def _key(self) -> str:
        name = type(self._source).__name__.lower()
        return f"services.shelves.{name}.{FORMAT}.{_thesaurus()}"


@kept
def _thesaurus() -> str:
    return hashlib.sha256(FILE.read_bytes()).hexdigest()[:16]


class Stamp(NamedTuple):
    """The cheap question whether anything happened: the latest moment and the last keys of rows,
    and how many there are (None where rows never go)."""

    latest: datetime | None
    last: tuple[int | None, ...] = ()
    number: int | None = None

    @property
    def is_settled(self) -> bool:
        return self.latest is None or self.latest < timezone.now() - LATELY

    @property
    def since(self) -> datetime:
        """What was written by then may not have been seen."""
        return (self.latest or timezone.now()) - LATELY


class Resources:
    side = "offers"

    def stamp(self) -> Stamp:
        found = Resource.objects.aggregate(latest=Max("changed_at"), number=Count("pk"))
        return Stamp(**found)

    def marks(self, seen: Stamp | None = None) -> dict[int, datetime]:
        """Which version each has; of what came after a stamp only, if there is one."""
        rows = Resource.objects.order_by()
        if seen:
            rows = rows.filter(changed_at__gte=seen.since)
        return dict(rows.values_list("pk", "changed_at"))

    def texts(self, keys: Collection[int] | None) -> Iterable[Text]:
        return _texts(Resource, keys)


class Past:
    """Needs that were solved, the last ones, and needs with a remark on a suggestion."""

    side = "asks"

    def stamp(self) -> Stamp:
        solved = _confirmed().aggregate(at=Max("confirmed_at"), key=Max("pk"))
        remarks = SuggestionRemark.objects.aggregate(at=Max("at"), key=Max("pk"))
        latest = max(filter(None, (solved["at"], remarks["at"])), default=None)
        return Stamp(latest, (solved["key"], remarks["key"]))

    def marks(self, seen: Stamp | None = None) -> dict[int, datetime]:
        solved, remarks = _confirmed(), SuggestionRemark.objects.all()
        if seen:
            one, other = (key or 0 for key in seen.last)
            solved = solved.filter(Q(confirmed_at__gte=seen.since) | Q(pk__gt=one))
            remarks = remarks.filter(Q(at__gte=seen.since) | Q(pk__gt=other))
        solved = solved.order_by("-confirmed_at").values_list("need", "confirmed_at")
        return dict(remarks.order_by("at").values_list("need", "at")) | dict(solved[:MOST_PAST])

    def texts(self, keys: Collection[int] | None) -> Iterable[Text]:
        return _texts(Need, self.marks() if keys is None else keys)


def _confirmed():
    return Solution.objects.exclude(confirmed_at=None)


def _texts(model, keys) -> list[Text]:
    rows = model._base_manager.order_by("pk")
    rows = rows if keys is None else rows.filter(pk__in=keys)
    return [Text(*row) for row in rows.values_list("pk", "title", "content")]


RESOURCES, PAST = Shelves(Resources()), Shelves(Past())


def forget() -> None:
    """Read everything anew."""
    RESOURCES.forget()
    PAST.forget()
