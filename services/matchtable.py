"""The matching table seen this moment: who asks in which order, what there is, what is left for a
row, and what stands in its way. `services.matching.allocating` decides; this asks the rows."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.kernel import calendar
from services import capacity, stock
from services.actions import bookable
from services.capacity import Held
from services.matching.allocating import Given, Row, Span, Stock
from services.matching.measures import needed
from services.models import Booking, MatchLine, Need, Project, ProjectNeed, Resource
from services.models.bookings import HOLDING, UNSETTLED
from services.opening import DAY, opening_of

PROPOSED_DAYS = 14  # ahead, hours are proposed of what goes by hours
BEGINS = (time(9), time(14))
LASTS = timedelta(hours=2)
GIVEN_UP = (Project.Status.STOPPED, Project.Status.ARCHIVED)  # nobody works on its needs any more
Cause = MatchLine.Cause


# ── Who asks ────────────────────────────────────────────────────────────────────────────────


def asking() -> QuerySet[Need]:
    """Open needs that have passed review, the most urgent first, of these who has waited longest:
    whoever filed earlier has waited for more working time. Each knows what is done for it."""
    rows = marked(Need.objects.open().filter(status__in=Need.PUBLISHED))
    # urgent, soon, normal: by luck of the alphabet
    return rows.order_by("-urgency", "filed_at", "pk")


def marked(rows: QuerySet[Need]) -> QuerySet[Need]:
    """Needs that know whether somebody does something for them already."""
    return rows.select_related("unit").annotate(**_marks("pk"))


def shown() -> QuerySet[MatchLine]:
    """Rows in their order, whose needs will know the same (`matchshown.dress`)."""
    rows = MatchLine.objects.select_related("need__unit", "resource__unit", "booking", "changed_by")
    return rows.annotate(**_marks("need")).order_by("place", "pk")


def _marks(key) -> dict[str, Exists]:
    had = Booking.objects.filter(need=OuterRef(key), status__in=UNSETTLED)
    # Of a need that is free again nobody works on the project any more.
    joined = ProjectNeed.objects.filter(
        need=OuterRef(key), left_at=None, need__accepted_by__isnull=False
    )
    joined = joined.exclude(project__status__in=GIVEN_UP)
    return {"is_had": Exists(had), "is_joined": Exists(joined)}


def seen_to(need: Need) -> str:
    """Why a need is given nothing by itself: something is being done for it already."""
    if need.status == Need.Status.OFFERED:
        return Cause.OFFERED
    if need.is_joined:
        return Cause.JOINED
    return Cause.HAD if need.is_had else ""


def not_any_more(need: Need, is_locked: bool) -> str:
    """Why nothing is to be booked for a need, in a sentence; what a hand has locked is booked
    beside what it has."""
    if not need.is_open:
        return _("需求目前是“%(now)s”，不能再安排。") % {"now": need.get_status_display()}
    if is_locked or not (cause := seen_to(need)):
        return ""
    return _("这条需求%(why)s，不再自动安排。") % {"why": Cause(cause).label}


def row_of(
    need: Need, offers: Iterable[int], line: MatchLine | None, known: dict[int, Resource]
) -> Row:
    """What a need asks for, of offers that are `known`."""
    fixed = line and line.is_locked
    given = Given(line.resource_id, line.quantity, line.span) if fixed and line.is_given else None
    is_open = not (fixed or seen_to(need))
    quantities = {key: needed(need, known[key]) for key in offers if key in known}
    day = wanted_on(need, timezone.localdate())
    return Row(need.pk, list(offers), quantities, day, is_open=is_open, fixed=given)


def wanted_on(need: Need, today: date) -> date | None:
    """A day that is over says nothing any more."""
    return need.wanted_on if need.wanted_on and need.wanted_on >= today else None


# ── What there is ───────────────────────────────────────────────────────────────────────────


def load(keys: Iterable[int]) -> dict[int, Resource]:
    """Resources that know what of them is held and when they are open, as `stock` asks, and how
    much waits for somebody's word (`waiting`): four questions, however many they are."""
    rows = list(Resource.objects.filter(pk__in=set(keys)).select_related("unit"))
    found = defaultdict(list)
    for booking in _bookings(row.pk for row in rows if row.capacity is not None):
        found[booking.resource_id].append(booking)
    for row in rows:
        row.known_bookings = [each for each in found[row.pk] if each.status in HOLDING]
        waiting = (each for each in found[row.pk] if each.status == Booking.Status.WAITING)
        row.waiting = [Held(each.quantity, each.starts_at, each.ends_at) for each in waiting]
    timed = [row for row in rows if row.is_timed]
    prefetch_related_objects(timed, "open_times", "closed_times")
    return {row.pk: row for row in rows}


def _bookings(keys) -> QuerySet[Booking]:
    """What is promised or waits, of hours those that are not over."""
    rows = Booking.objects.filter(resource__in=list(keys), status__in=(*UNSETTLED, *HOLDING))
    rows = rows.filter(Q(ends_at=None) | Q(ends_at__gt=timezone.now()))
    return rows.only("resource", "quantity", "starts_at", "ends_at", "status")


def stocks(
    resources: dict[int, Resource], now: datetime, days: Iterable[date] = ()
) -> dict[int, Stock]:
    """What can be given, also on some days: of what waits for an answer it is assumed that it will
    be agreed."""
    days = set(days)
    return {
        key: Stock(
            row.capacity,
            tuple(stock.held(row) + row.waiting) if row.capacity is not None else (),
            row.is_timed,
            tuple(proposed(row, now)) if row.is_timed else (),
            {day: tuple(proposed(row, now, day)) for day in days} if row.is_timed else {},
        )
        for key, row in resources.items()
        if row.status == Resource.Status.AVAILABLE
        and (row.is_timed or row.is_free_on(timezone.localdate(now)))
    }


def proposed(resource: Resource, now: datetime, on: date | None = None) -> Iterable[Span]:
    """Two hours in the morning and in the afternoon of a day, or of the coming working days, while
    it is open."""
    opening, today = opening_of(resource), timezone.localdate(now)
    ahead = (today + number * DAY for number in range(1, PROPOSED_DAYS + 1))
    for day in [on] if on else filter(calendar.is_working_day, ahead):
        yield from (span for span in _hours(opening, day) if span[0] > now)


def _hours(opening, day) -> list[Span]:
    begins = [timezone.make_aware(datetime.combine(day, hour)) for hour in BEGINS]
    good = [(at, at + LASTS) for at in begins if opening.covers(at, at + LASTS)]
    return good or [(opens, min(opens + LASTS, closes)) for opens, closes in opening.hours(day)[:1]]


# ── How it stands ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Taking:
    """What another row of the table takes of a resource."""

    line: int
    place: int
    is_locked: bool
    held: Held


@dataclass(frozen=True)
class Used:
    """Of so many, how many are booked, wait for an answer, and are given to rows that come first;
    all None where it never runs out or goes by hours."""

    capacity: int | None = None
    booked: int = 0
    waiting: int = 0
    given: int = 0

    @property
    def left(self) -> int | None:
        if self.capacity is None:
            return None
        return max(self.capacity - self.booked - self.waiting - self.given, 0)


class Books:
    """What the rows of the table take of some resources, and what is left for each row."""

    def __init__(self, resources: dict[int, Resource], now: datetime):
        self.resources, self.now = resources, now
        self._takings = defaultdict(list)
        rows = MatchLine.objects.given().filter(resource__in=resources)
        for row in rows.only("place", "is_locked", "resource", "quantity", "starts_at", "ends_at"):
            held = Held(row.quantity, row.starts_at, row.ends_at)
            taking = Taking(row.pk, row.place, row.is_locked, held)
            self._takings[row.resource_id].append(taking)

    def given_before(self, line: MatchLine, resource: Resource) -> list[Held]:
        """What goes before a row: whatever is locked, and the rows above."""
        return [
            each.held
            for each in self._takings[resource.pk]
            if each.line != line.pk and (each.is_locked or each.place < line.place)
        ]

    def used(self, line: MatchLine, resource: Resource) -> Used:
        if resource.capacity is None or resource.is_timed:
            return Used()
        held = (stock.held(resource), resource.waiting, self.given_before(line, resource))
        return Used(resource.capacity, *(sum(each.quantity for each in part) for part in held))

    def first_span(self, line: MatchLine, resource: Resource) -> Span | None:
        """The first hours that can be proposed for a row, on the day on which it is wanted, with
        enough left."""
        spans = proposed(resource, self.now, wanted_on(line.need, timezone.localdate(self.now)))
        if resource.capacity is None:
            return next(iter(spans), None)
        held = stock.held(resource) + resource.waiting + self.given_before(line, resource)
        quantity = needed(line.need, resource)
        free = (s for s in spans if capacity.left(resource.capacity, held, *s) >= quantity)
        return next(free, None)

    def hindrance(self, line: MatchLine) -> str:
        """Why a row that gets something could not have it now; empty if nothing stands in its
        way."""
        need, resource = line.need, self.resources[line.resource_id]
        if why := not_any_more(need, line.is_locked):
            return why
        wanted = Booking(
            resource=resource,
            quantity=line.quantity,
            starts_at=line.starts_at,
            ends_at=line.ends_at,
        )
        if why := bookable.why_not(wanted, self.now):
            return why
        if resource.capacity is None:
            return ""
        held = stock.held(resource) + self.given_before(line, resource)
        left = capacity.left(resource.capacity, held, *(line.span or (None, None)))
        return _("排在前面的需求分走以后不够了。") if left < line.quantity else ""
