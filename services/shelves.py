"""What resources and past needs say, as matching reads it, kept in the process (decision 0018).

To read a text takes longer than to answer a need, so each is read once. Whether a row has come,
changed or gone is asked of the database each time; nobody's rights are known here, so whoever asks
looks up afterwards which of the rows that are found its reader may see.
"""

import hashlib
import pickle
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache as kept
from threading import Lock

from django.core.cache import cache
from django.db.models import Count, Max
from django.utils import timezone

from services.matching.pool import Pool, Reading, Relation
from services.matching.shelf import Shelf, Text
from services.matching.thesaurus import FILE, Side
from services.models import Need, Resource, Solution, SuggestionRemark

LATELY = timedelta(minutes=1)  # a row may be written earlier than it can be seen
STORED_FROM = 500  # texts: fewer are read as quickly as they are fetched
MOST_PAST = 2000  # of the needs solved last
FORMAT = 1


class Shelves:
    """One shelf that is always as the rows are.

    `stamp` is the cheap question whether anything happened: something that then differs, and the
    latest moment in it. `marks` says which version each row has; `texts` reads some, or all.
    """

    def __init__(
        self,
        name: str,
        side: Side,
        stamp: Callable[[], tuple[object, datetime | None]],
        marks: Callable[[], dict[int, datetime]],
        texts: Callable[[Iterable[int] | None], Iterable[Text]],
    ):
        self._name, self._side = name, side
        self._ask_stamp, self._ask_marks, self._ask_texts = stamp, marks, texts
        self._lock = Lock()
        self.forget()

    def forget(self) -> None:
        self._shelf: Shelf | None = None
        self._stamp: object = None

    def related(self, readings: Sequence[Reading], least: float) -> list[dict[int, Relation]]:
        with self._lock:
            shelf = self._fresh()
            return [shelf.related(reading, least) for reading in readings]

    def part(self, readings: Sequence[Reading]) -> Pool:
        """A few texts by themselves, related as they would be among all."""
        with self._lock:
            return self._fresh().part(readings)

    def _fresh(self) -> Shelf:
        stamp, latest = self._ask_stamp()
        if self._shelf is not None and stamp == self._stamp:
            return self._shelf
        marks = self._ask_marks()
        shelf = self._shelf or self._stored()
        changed = [key for key, mark in marks.items() if shelf.marks.get(key) != mark]
        gone = [key for key in shelf.marks if key not in marks]
        if shelf.is_worn_by(len(changed) + len(gone)):
            shelf = Shelf(self._side, self._ask_texts(None), marks)
            self._store(shelf)
        elif changed or gone:
            shelf.change(self._ask_texts(changed), gone, marks)
        self._shelf = shelf
        is_settled = latest is None or latest < timezone.now() - LATELY
        self._stamp = stamp if is_settled else None
        return shelf

    def _stored(self) -> Shelf:
        """What another process has read."""
        if found := cache.get(self._key):
            return pickle.loads(found)  # our own, as all that the cache holds
        return Shelf(self._side, [], {})

    def _store(self, shelf) -> None:
        if len(shelf.marks) >= STORED_FROM:
            cache.set(self._key, pickle.dumps(shelf), None)

    @property
    def _key(self) -> str:
        return f"services.shelves.{self._name}.{FORMAT}.{_thesaurus()}"


@kept
def _thesaurus() -> str:
    return hashlib.sha256(FILE.read_bytes()).hexdigest()[:16]


# ── Resources ───────────────────────────────────────────────────────────────────────────────


def _resources_stamp():
    found = Resource.objects.aggregate(number=Count("pk"), latest=Max("changed_at"))
    return tuple(found.values()), found["latest"]


def _resources_marks():
    return dict(Resource.objects.order_by().values_list("pk", "changed_at"))


def _resources_texts(keys):
    rows = Resource.objects.order_by("pk")
    rows = rows if keys is None else rows.filter(pk__in=keys)
    return [Text(*row) for row in rows.values_list("pk", "title", "content")]


RESOURCES = Shelves("resources", "offers", _resources_stamp, _resources_marks, _resources_texts)

# ── Needs of the past: the last that were solved, and those with a remark on a suggestion ───


def _confirmed():
    return Solution.objects.exclude(confirmed_at=None)


def _past_stamp():
    solved = _confirmed().aggregate(last=Max("pk"), latest=Max("confirmed_at"))
    remarks = SuggestionRemark.objects.aggregate(last=Max("pk"), latest=Max("at"))
    latest = max(filter(None, (solved["latest"], remarks["latest"])), default=None)
    return (*solved.values(), *remarks.values()), latest


def _past_marks():
    solved = _confirmed().order_by("-confirmed_at").values_list("need", "confirmed_at")
    remarks = SuggestionRemark.objects.order_by("at").values_list("need", "at")
    return dict(remarks) | dict(solved[:MOST_PAST])


def _past_texts(keys):
    rows = Need.objects.order_by("pk").filter(pk__in=_past_marks() if keys is None else keys)
    return [Text(*row) for row in rows.values_list("pk", "title", "content")]


PAST = Shelves("past", "asks", _past_stamp, _past_marks, _past_texts)


def forget() -> None:
    """Read everything anew."""
    RESOURCES.forget()
    PAST.forget()
