"""What is left of resources, asked of the database: the one place that knows which bookings
count."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import (
    Case,
    Exists,
    F,
    Max,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    Sum,
    When,
    prefetch_related_objects,
)
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from nanchuan.kernel.prepared import keys, prepared
from nanchuan.kernel.words import said
from services import capacity
from services.capacity import Held
from services.due import midnight
from services.models import Booking, ClosedTime, OpenTime, Resource
from services.models.needs import LAST_DAY
from services.opening import Opening, opening_of

DAY = timedelta(days=1)
FIRST_DAY = date(2000, 1, 1)


def held(resource: Resource, *, but: Booking | None = None) -> list[Held]:
    """What its agreed and used bookings hold, all or of rows that a list loaded beforehand."""
    if (known := getattr(resource, "known_held", None)) is not None:
        return known
    rows = getattr(resource, "known_bookings", None)
    if rows is None:
        rows = resource.bookings.holding()
    return [
        Held(row.quantity, row.starts_at, row.ends_at)
        for row in rows
        if but is None or row.pk != but.pk
    ]


def left(
    resource: Resource,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    *,
    but: Booking | None = None,
) -> int | None:
    """What may still be booked, of what goes by hours throughout a span; None: without end."""
    if resource.capacity is None:
        return None
    return capacity.left(resource.capacity, held(resource, but=but), starts_at, ends_at)


def left_of_each(rows) -> dict[int, int]:
    """What is left of many at once, of a query for resources that go by no hours: none of those
    without end."""
    used = Booking.objects.holding().filter(resource=OuterRef("pk")).order_by()
    total = used.values("resource").annotate(total=Sum("quantity")).values("total")
    left = F("capacity") - Coalesce(Subquery(total), 0)
    counted = rows.filter(is_timed=False).exclude(capacity=None).order_by()
    return {key: max(number, 0) for key, number in counted.values_list("pk", left)}


def most_held(resource: Resource, now: datetime | None = None) -> int:
    """The least capacity that keeps every promise: of what goes by hours, from now on."""
    rows = held(resource)
    if not resource.is_timed:
        return sum(row.quantity for row in rows)
    now = now or timezone.now()
    last = max((row.ends_at for row in rows), default=now)
    return capacity.most_at_once(rows, now, last) if last > now else 0


def load(resources: Iterable[Resource], day: date, until: date | None = None) -> None:
    """Let rows know what of them is held, and when they are open: nothing is asked of rows that
    need no answer. Of what goes by hours, only the days from one to another are loaded."""
    counted = [row for row in resources if row.capacity is not None]
    timed = [row for row in resources if row.is_timed]
    if counted:
        prefetch_related_objects(counted, _bookings(day, until or day))
    if timed:
        prefetch_related_objects(timed, "open_times", "closed_times")


def loaded(rows, day: date):
    """The same for rows that are not asked for yet."""
    return rows.prefetch_related(_bookings(day, day), "open_times", "closed_times")


def _bookings(first: date, last: date) -> Prefetch:
    since, until = span_of(first)[0], span_of(last)[1]
    holding = Booking.objects.holding().exclude(ends_at__lte=since).exclude(starts_at__gte=until)
    return Prefetch("bookings", holding, to_attr="known_bookings")


def tell(resources: Iterable[Resource], day: date) -> None:
    """Each row of a list knows what is left of it on a day (`left`), in two statements; they know
    already whether they are closed then (`is_closed_then`)."""
    rows = {row.pk: row for row in resources}
    counted = [pk for pk, row in rows.items() if row.capacity is not None]
    timed = [pk for pk, row in rows.items() if row.is_timed]
    for row in rows.values():
        row.known_held = []
    for pk, *held_then in _held(counted, *span_of(day)) if counted else ():
        rows[pk].known_held.append(Held(*held_then))
    hours: dict[int, list] = {}
    for pk, *span in _open_times(timed) if timed else ():
        hours.setdefault(pk, []).append(tuple(span))
    for row in rows.values():
        closed = ((day, day),) if row.is_timed and row.is_closed_then else ()
        weekly = tuple(hours.get(row.pk, ()))
        row.known_opening = Opening(row.free_from, row.free_until, weekly, closed)
        row.left = left_on(row, day)


@prepared(list, datetime, datetime)
def _held(resources, since, until):
    """What is booked for the same time together; all of a stock."""
    rows = Booking.objects.holding().filter(resource__in=keys(resources)).order_by()
    rows = rows.filter(Q(ends_at=None) | Q(ends_at__gt=since, starts_at__lt=until))
    held_then = rows.values("resource", "starts_at", "ends_at").annotate(total=Sum("quantity"))
    return held_then.values_list("resource", "total", "starts_at", "ends_at")


@prepared(list)
def _open_times(resources):
    rows = OpenTime.objects.filter(resource__in=keys(resources)).order_by()
    return rows.values_list("resource", "weekday", "opens_at", "closes_at")


# ── By day ──────────────────────────────────────────────────────────────────────────────────


def within_reach(day: date) -> date:
    """A day whose neighbours every calendar knows, whatever was typed."""
    return max(FIRST_DAY, min(day, LAST_DAY))


def span_of(day: date) -> tuple[datetime, datetime]:
    day = within_reach(day)
    return midnight(day), midnight(day + DAY)


def free_on(rows, day: date):
    """Resources of which something is left on a day (for what goes by hours, at some hour)."""
    return perhaps_free_on(rows, day).exclude(pk__in=full_on(day))


def perhaps_free_on(rows, day: date):
    """The same, with what is open and `full_on` the day."""
    day = within_reach(day)
    rows = rows.available(day)
    used = Booking.objects.holding().filter(resource=OuterRef("pk")).order_by()
    total = used.values("resource").annotate(total=Sum("quantity")).values("total")
    rows = rows.exclude(is_timed=False, capacity__lte=Coalesce(Subquery(total), 0))
    closed = ClosedTime.objects.filter(
        resource=OuterRef("pk"), starts_on__lte=day, ends_on__gte=day
    )
    # As a value it is asked of each row that goes by hours; else all hours would be collected.
    then = Case(When(weekday=day.isoweekday(), then=1), default=0)
    hours = OpenTime.objects.filter(resource=OuterRef("pk")).order_by().values("resource")
    open_then = Coalesce(Subquery(hours.annotate(then=Max(then)).values("then")), 1)
    return rows.alias(open_then=open_then).filter(
        Q(is_timed=False) | ~Exists(closed) & Q(open_then=1)
    )


def full_on(day: date) -> list[int]:
    """What goes by hours, is open and taken at every hour of a day."""
    return _full(_crowded(*span_of(day)), day)


def full_among(pks: list[int], day: date) -> list[int]:
    """The same of a few resources."""
    return _full(_crowded_among(pks, *span_of(day)), day) if pks else []


def _full(rows: Iterable[tuple], day: date) -> list[int]:
    capacities, taken, weekly = {}, defaultdict(dict), defaultdict(set)
    for pk, most, booking, *held_then, weekday, opens, closes in rows:
        capacities[pk] = most
        taken[pk][booking] = Held(*held_then)
        if opens:
            weekly[pk].add((weekday, opens, closes))
    return [
        pk
        for pk, most in capacities.items()
        if all(
            capacity.least_at_once(taken[pk].values(), *span) >= most
            for span in Opening(weekly=tuple(weekly[pk])).hours(day)
        )
    ]


@prepared(datetime, datetime)
def _crowded(since, until):
    return _crowds(Booking.objects.all(), since, until)


@prepared(list, datetime, datetime)
def _crowded_among(resources, since, until):
    return _crowds(Booking.objects.filter(resource__in=keys(resources)), since, until)


def _crowds(bookings, since, until):
    """What is booked between two moments of resources of which as much is booked then as there
    is, each beside every span in which the resource is open."""
    booked = bookings.holding().filter(starts_at__lt=until, ends_at__gt=since).order_by()
    timed = Resource.objects.filter(pk=OuterRef("resource"), is_timed=True).order_by()
    totals = booked.annotate(most=Subquery(timed.values("capacity"))).values("resource", "most")
    totals = totals.annotate(total=Sum("quantity"))
    many = totals.filter(total__gte=F("most")).values("resource")
    return booked.filter(resource__in=many).values_list(
        "resource",
        "resource__capacity",
        "pk",
        "quantity",
        "starts_at",
        "ends_at",
        "resource__open_times__weekday",
        "resource__open_times__opens_at",
        "resource__open_times__closes_at",
    )


def least_and_most(resource: Resource, day: date) -> tuple[int, int] | None:
    """What is left of a resource that goes by hours at its busiest and at its quietest hour of a
    day; None: it is not open."""
    spans = opening_of(resource).hours(day)
    if not spans:
        return None
    rows = held(resource)
    busiest = max(capacity.most_at_once(rows, *span) for span in spans)
    quietest = min(capacity.least_at_once(rows, *span) for span in spans)
    return max(resource.capacity - busiest, 0), max(resource.capacity - quietest, 0)


@dataclass(frozen=True)
class Left:
    """What is left, in words and in a colour."""

    words: str
    status: str


def left_on(resource: Resource, day: date) -> Left:
    """What a card says of a resource for a day."""
    if resource.status != Resource.Status.AVAILABLE:
        return Left(resource.get_status_display(), resource.status)
    if not resource.is_free_on(day):
        return Left(said(gettext_noop("不在有效期内")), "unavailable")
    if resource.is_timed:
        return _left_by_hours(resource, day)
    if resource.capacity is None:
        return Left(said(gettext_noop("不限量")), "available")
    free = left(resource)
    if not free:
        return Left(said(gettext_noop("已约完")), "used_up")
    words = said(gettext_noop("剩余 %(left)d%(measure)s，共 %(all)d%(measure)s"))
    facts = {"left": free, "all": resource.capacity, "measure": spaced(resource.measure)}
    return Left(words % facts, "available")


def _left_by_hours(resource, day) -> Left:
    is_open = bool(opening_of(resource).hours(day))
    if not is_open:
        return Left(said(gettext_noop("当天不开放")), "unavailable")
    if resource.capacity is None:
        return Left(said(gettext_noop("可以预约")), "available")
    least, most = least_and_most(resource, day)
    if not most:
        return Left(said(gettext_noop("当天已约满")), "used_up")
    if least == most:
        words = said(gettext_noop("当天可约 %(left)d%(measure)s"))
        return Left(words % {"left": most, "measure": spaced(resource.measure)}, "available")
    return Left(said(gettext_noop("当天部分时段可约")), "available")


def spaced(measure: str) -> str:
    """A unit of measure after its number: " 场"."""
    return f" {measure}" if measure else ""


@dataclass(frozen=True)
class Day:
    """A day in the picture of the coming weeks; `state`: past | closed | full | part | free."""

    day: date
    state: str
    words: str


def calendar_of(resource: Resource, today: date, until: date) -> list[list[Day]]:
    """The coming weeks of a resource that goes by hours, from this Monday on."""
    first = today - timedelta(days=today.weekday())
    weeks = (until - first).days // 7
    days = [[first + (7 * week + day) * DAY for day in range(7)] for week in range(weeks)]
    return [[_day(resource, day, today) for day in week] for week in days]


def _day(resource, day, today) -> Day:
    if day < today:
        return Day(day, "past", "")
    if not opening_of(resource).hours(day):
        return Day(day, "closed", _("不开放"))
    if resource.capacity is None:
        return Day(day, "free", _("可约"))
    least, most = least_and_most(resource, day)
    if least < most:
        return Day(day, "part", _("部分可约"))
    words = _("可约") if resource.capacity == 1 else _("余 %(left)d") % {"left": most}
    return Day(day, "free", words) if most else Day(day, "full", _("约满"))
