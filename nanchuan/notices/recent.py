"""What left lately and what did not, by channel: counted from rows, in windows that end now."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta

from django.db.models import (
    Case,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    IntegerField,
    Max,
    QuerySet,
    Value,
    When,
)

from nanchuan.notices.models.deliveries import Leased

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
HOURS = 24  # of the last day, one by one; what is older lies in no hour
SPANS = {"1h": 1, "24h": HOURS, "7d": HOURS + 1}  # so many of them, and what is older
BOUNDS = tuple(
    timedelta(seconds=number) for number in (5, 10, 15, 30, 60, 120, 300, 900, 3600, 6 * 3600)
)
NEARLY_ALL = 0.99


class Recent:
    """What became of messages in the hours of the last day (0 is the one that ends now), and in
    the rest of the last week (24)."""

    def __init__(self):
        self.hours = {outcome: Counter() for outcome in ("sent", "failed", "missed")}
        self.late: Counter[int] = Counter()
        self.last: datetime | None = None

    def number(self, outcome: str, span: str) -> int:
        return sum(self.hours[outcome][hour] for hour in range(SPANS[span]))

    @property
    def lateness(self) -> timedelta | None:
        """What 99 of 100 of the last day stayed under, between being due and being taken by the
        other side: one of BOUNDS, `timedelta.max` beyond them, None if nothing was sent."""
        rest, wanted = 0, self.late.total() * NEARLY_ALL
        for place in sorted(self.late):
            rest += self.late[place]
            if rest >= wanted:
                return BOUNDS[place] if place < len(BOUNDS) else timedelta.max
        return None


def recent(rows, key: str, now: datetime) -> defaultdict[object, Recent]:
    """By the values of a column: two queries, over the rows of a week."""
    found = defaultdict(Recent)
    for name, hour, place, number, last in _sent(rows, key, now):
        each = found[name]
        each.hours["sent"][hour] += number
        each.last = max(filter(None, (each.last, last)))
        if hour < HOURS:
            each.late[place] += number
    for name, state, hour, number in _lost(rows, key, now):
        outcome = "missed" if state == Leased.State.MISSED else "failed"
        found[name].hours[outcome][hour] += number
    return found


def _sent(rows, key, now) -> QuerySet:
    rows = rows.filter(state=Leased.State.SENT, sent_at__gt=now - WEEK).order_by()
    rows = rows.annotate(
        hour=hour_of("sent_at", now),
        late=ExpressionWrapper(F("sent_at") - F("due_at"), output_field=DurationField()),
        place=_place(now),
    )
    facts = rows.values_list(key, "hour", "place")
    return facts.annotate(number=Count("pk"), latest=Max("sent_at"))


def _lost(rows, key, now) -> QuerySet:
    """Dated by when they should have left; a retried one by its last attempt."""
    lost = rows.filter(state__in=[Leased.State.MISSED, Leased.State.DEAD], due_at__gt=now - WEEK)
    lost = lost.order_by().annotate(hour=hour_of("due_at", now))
    return lost.values_list(key, "state", "hour").annotate(number=Count("pk"))


def hour_of(field: str, now: datetime) -> Case:
    """How many whole hours ago; HOURS for what is older than a day."""
    inner = [
        When(**{f"{field}__gt": now - (hour + 1) * HOUR}, then=Value(hour)) for hour in range(HOURS)
    ]
    return Case(*inner, default=Value(HOURS), output_field=IntegerField())


def _place(now: datetime) -> Case:
    """Among BOUNDS; not looked for in what is older than a day."""
    older = When(sent_at__lte=now - HOURS * HOUR, then=Value(None))
    under = [When(late__lte=bound, then=Value(place)) for place, bound in enumerate(BOUNDS)]
    return Case(older, *under, default=Value(len(BOUNDS)), output_field=IntegerField())
