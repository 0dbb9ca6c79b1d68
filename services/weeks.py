"""Tallies of needs as of now, by the week in which they were filed: each process keeps them, and
makes those anew in which an event says that something changed.

What they rest on is what the stamp of the board rests on (`services.boards`), event by event.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import reduce
from operator import or_
from threading import Lock
from uuid import uuid4

from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db.models import Q
from django.utils import timezone

from nanchuan.kernel.models import Event
from services.board import Tally, cells, together
from services.models import Need, Project
from services.models.projects import ProjectNeed
from services.stories import stories, worked

WEEK = 7 * 24 * 60 * 60
WINDOW = 5000  # events within which one that is committed late is still noticed
MOST = 30  # weeks that are made anew; beyond, all are
TOKEN, KEPT = "board-weeks", 7 * 24 * 60 * 60  # whoever empties the store empties this, too
Cells = dict[tuple, Tally]
Seen = set[tuple]


@dataclass
class Known:
    """`rests` is what all of it rests on, `seen` the last events that it knows."""

    rests: tuple
    since: int
    seen: Seen
    worked: Callable[[int], int]
    weeks: dict[int, Cells] = field(default_factory=dict)
    whole: Cells = field(default_factory=dict)


_known: Known | None = None
_lock = Lock()


def whole(calendar) -> Cells:
    """Tallies of all needs by unit and category. `calendar` changes with the working calendar."""
    return _current(calendar).whole


def between(since: datetime | None, until: datetime | None, calendar) -> Cells:
    """Of those filed between two moments: whole weeks are known, the days around them are read."""
    known = _current(calendar)
    if not known.weeks:
        return {}
    low, high = min(known.weeks), max(known.weeks) + 1
    first = max(low, -(-int(since.timestamp()) // WEEK)) if since else low
    last = min(high, int(until.timestamp()) // WEEK) if until else high
    if first > high or last < low:
        return {}
    edges = Q(pk__in=[])
    if first > last:  # within a week
        edges = Q(filed_at__gte=since, filed_at__lt=until)
    else:
        if first > low:
            edges |= Q(filed_at__gte=since, filed_at__lt=_start(first))
        if last < high:
            edges |= Q(filed_at__gte=_start(last), filed_at__lt=until)
    around = cells(stories(Need.objects.filter(edges)), known.worked)
    return _merged([*(known.weeks.get(week, {}) for week in range(first, last)), around])


def _start(week: int) -> datetime:
    return datetime.fromtimestamp(week * WEEK, UTC)


def _current(calendar) -> Known:
    """What is known, after all events that are there by now."""
    global _known  # noqa: PLW0603 - one for each process
    with _lock:
        rests = (timezone.localdate(), calendar, cache.get_or_set(TOKEN, _token, KEPT))
        now = _seen(_known.since if _known else _floor())
        if _is_next(_known, rests, now) and _caught_up(_known, now - _known.seen):
            _known.seen = now
        else:
            _known = _made(rests)
        return _known


def _token() -> str:
    return uuid4().hex


def _is_next(known, rests, now) -> bool:
    """It goes on from where it is: no event has vanished, and they are not too many to look at."""
    if known is None or known.rests != rests or not known.seen <= now:
        return False
    return len(now) < 4 * WINDOW


def _floor() -> int:
    last = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return (last // WINDOW - 1) * WINDOW


def _seen(since: int) -> Seen:
    kinds = ContentType.objects.get_for_models(Need, Project).values()
    rows = Event.objects.filter(pk__gt=since, subject_type__in=[kind.pk for kind in kinds])
    return set(rows.order_by().values_list("pk", "happened_at", "subject_type", "subject_id"))


def _made(rests) -> Known:
    since = _floor()
    known = Known(rests, since, _seen(since), worked())
    told: dict[int, list] = {}
    for story in stories(Need.objects.all(), everything=True):
        told.setdefault(story.filed // WEEK, []).append(story)
    known.weeks = {week: _packed(cells(own, known.worked)) for week, own in told.items()}
    known.whole = _packed(_merged(known.weeks.values()))
    return known


def _caught_up(known, fresh: Seen) -> bool:
    """Make the weeks anew in which needs were filed that something happened to; False if these
    are too many."""
    if not fresh:
        return True
    weeks = set(_weeks_of(fresh))
    if len(weeks) > MOST:
        return False
    told: dict[int, list] = {week: [] for week in weeks}
    spans = (Q(filed_at__gte=_start(week), filed_at__lt=_start(week + 1)) for week in weeks)
    rows = Need.objects.filter(reduce(or_, spans, Q(pk__in=[])))
    for story in stories(rows):
        told[story.filed // WEEK].append(story)
    changed = set()
    for week, own in told.items():
        before, now = known.weeks.get(week, {}), _packed(cells(own, known.worked))
        known.weeks[week] = now
        changed |= {key for key in before.keys() | now.keys() if before.get(key) != now.get(key)}
    parts = [{key: week[key] for key in changed & week.keys()} for week in known.weeks.values()]
    for key in changed:
        known.whole.pop(key, None)
    known.whole |= _packed(_merged(parts))
    return True


def _weeks_of(fresh: Seen) -> Iterator[int]:
    """When the needs of some events were filed."""
    kind = ContentType.objects.get_for_model(Need).pk
    needs = {subject for _pk, _at, of, subject in fresh if of == kind}
    projects = {subject for _pk, _at, of, subject in fresh if of != kind}
    if projects:
        links = ProjectNeed.objects.filter(project__in=projects)
        needs |= set(links.values_list("need", flat=True))
    for filed in Need.objects.filter(pk__in=needs).values_list("filed_at", flat=True):
        yield int(filed.timestamp()) // WEEK


def _merged(parts: Iterable[Cells]) -> Cells:
    found: dict[tuple, list[Tally]] = {}
    for part in parts:
        for key, tally in part.items():
            found.setdefault(key, []).append(tally)
    return {key: together(tallies) for key, tallies in found.items()}


def _packed(found: Cells) -> Cells:
    """In a tenth of the memory."""
    return {
        key: Tally(tally.counts, [array("i", values) for values in tally.times], tally.ratings)
        for key, tally in found.items()
    }
