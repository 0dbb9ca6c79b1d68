"""The leader's board of needs (需求办理情况): read, put together and kept.

What was put together is kept under a stamp of all that it rests on: the events of needs, units,
seats, groups and projects, the working calendar and the day. So what is shown from the store is
what would be found anew.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db.models import Count, F, Max, Min, Model, Q, QuerySet, Subquery, Value
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from alliance.models import Group, Seat
from members.models import Unit
from nanchuan.kernel.lines import Counted
from nanchuan.kernel.models import CalendarDay, Event, WorkingHours
from nanchuan.kernel.prepared import keys, prepared
from services import weeks
from services.board import Line, Tally, cells, line
from services.due import midnight
from services.models import Clock, Need, Project
from services.models.figures import figure, overdue
from services.models.needs import end_of
from services.stories import stories, worked
from services.weeks import WINDOW

KEPT = timedelta(hours=1)
SHAPE = 1  # grows when a board or its page is made of other parts
UNDATED = ("need.changed", "need.resubmitted", "need.merged")  # what they say holds for all days
OUTSIDE = "null"  # the group of units that sit in none


@dataclass(frozen=True)
class Scope:
    """Which needs are looked at, and as of the end of which day."""

    on: date
    since: date | None = None
    until: date | None = None
    group: Group | str | None = None  # OUTSIDE: of units in no group
    category: str = ""
    unit: Unit | None = None

    @property
    def asked(self) -> dict[str, str]:
        """What its lists are asked."""
        found = {
            "on": self.on.isoformat(),
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
            "group": getattr(self.group, "pk", self.group),
            "category": self.category,
            "unit": self.unit and self.unit.pk,
        }
        return {key: str(value) for key, value in found.items() if value}

    @property
    def past(self) -> datetime | None:
        """The moment that it is looked at from; None is now."""
        return end_of(self.on) if self.on < timezone.localdate() else None

    @property
    def is_narrow(self) -> bool:
        return any((self.since, self.until, self.group, self.category, self.unit))

    @property
    def rows(self) -> QuerySet[Need]:
        """The needs of the scope, merged ones too."""
        return self.narrow(Need.objects.all())

    def narrow(self, rows: QuerySet[Need]) -> QuerySet[Need]:
        if self.since:
            rows = rows.filter(filed_at__gte=midnight(self.since))
        if self.until:
            rows = rows.filter(filed_at__lt=end_of(self.until))
        if self.category:
            rows = rows.filter(category=self.category)
        if self.unit:
            rows = rows.filter(unit=self.unit)
        if self.group:
            rows = rows.filter(self._of_group())
        return rows

    def _of_group(self) -> Q:
        inside = Q(unit__in=self._seats().values("unit"))
        return ~inside if self.group == OUTSIDE else inside

    def _seats(self):
        seats = Seat.objects.current(self.on).exclude(group=None)
        return seats if self.group == OUTSIDE else seats.filter(group=self.group)

    @property
    def units(self) -> set[int] | None:
        """Whose units sit in the group, or in any group if it is OUTSIDE; None without a group."""
        return set(self._seats().values_list("unit", flat=True)) if self.group else None


@dataclass(frozen=True)
class Board:
    """Everything that a scope shows, in plain numbers."""

    total: Line
    lines: Mapping[str, list[Line]]  # by group, category and unit


def board(scope: Scope) -> Board:
    """Of now, put together from the weeks that are known; of a day that is over, from the store,
    or read anew and kept."""
    if not scope.past:
        return _board(scope, _of_now(scope))
    key = _stamp_of_past(scope)
    if (found := cache.get(key)) is None:
        found = read(scope)
        cache.set(key, found, KEPT.total_seconds())
    return found


def _stamp_of_past(scope: Scope) -> str:
    """What happened later leaves a day that is over as it was, but for what has no date."""
    events = _events_before([kind.pk for kind in _kinds()], scope.past)
    facts = (SHAPE, sorted(scope.asked.items()), events, _calendar(), get_language())
    return sealed("past", timezone.localdate(), *facts)


def state(*others: type[Model]) -> str:
    """Changes with all that any board rests on, or another that rests on `others` too, and with
    the language that it is told in."""
    facts = (_events([kind.pk for kind in _kinds(*others)]), _calendar())
    return sealed(SHAPE, *facts, timezone.localdate(), get_language())


def _kinds(*others):
    return ContentType.objects.get_for_models(Need, Unit, Seat, Group, Project, *others).values()


def sealed(*facts) -> str:
    return f"board-{hashlib.sha256(repr(facts).encode()).hexdigest()}"


@prepared(list)
def _events(kinds) -> QuerySet:
    """Events are numbered before they are committed: so not only the last number counts, but how
    many there are among the last ones; and not only numbers, which a restored backup gives anew."""
    return _last_of(Event.objects.filter(subject_type__in=keys(kinds)))


@prepared(list, datetime)
def _events_before(kinds, end) -> QuerySet:
    """The same of those that say something of a day that ends at a moment."""
    undated = Q(name__in=UNDATED) | ~Q(name__startswith="need.")
    rows = Event.objects.filter(undated | Q(happened_at__lt=end))
    return _last_of(rows.filter(subject_type__in=keys(kinds)))


def _last_of(rows) -> QuerySet:
    since = Event.objects.order_by("-pk").values_list((F("pk") / WINDOW - 1) * WINDOW)[:1]
    facts = {"number": Count("pk"), "last": Max("pk"), "at": Max("happened_at")}
    rows = rows.filter(pk__gt=Subquery(since)).order_by()
    return rows.values(all=Value(1)).annotate(**facts).values_list(*facts)


@prepared()
def _calendar() -> QuerySet:
    found = []
    for model in (CalendarDay, WorkingHours):
        last = model.objects.order_by("-changed_at").values("changed_at")[:1]
        found += [Counted(model.objects.order_by().values("pk")), Subquery(last)]
    return ContentType.objects.order_by("pk").values_list(*found)[:1]


# ── Read anew ───────────────────────────────────────────────────────────────────────────────


def read(scope: Scope) -> Board:
    told = stories(scope.rows, scope.on, everything=not scope.is_narrow)
    return _board(scope, cells(told, worked()))


def _of_now(scope) -> dict[tuple, Tally]:
    """The same cells as of now, from what is known already."""
    calendar = _calendar()
    if scope.since or scope.until:
        since, until = scope.since and midnight(scope.since), scope.until and end_of(scope.until)
        found = weeks.between(since, until, calendar)
    else:
        found = weeks.whole(calendar)
    units = scope.units
    return {
        place: replace(cell, counts=cell.counts.copy())
        for place, cell in found.items()
        if (units is None or (place[0] in units) == (scope.group != OUTSIDE))
        and scope.category in ("", place[1])
        and (scope.unit is None or scope.unit.pk == place[0])
    }


def _board(scope, parts: dict[tuple, Tally]) -> Board:
    for place, number in _merged(scope):
        parts.setdefault(place, Tally()).counts["merged"] += number
    return Board(
        total=line(_("合计"), scope.asked, parts.values()),
        lines={
            "group": _by_group(scope, parts),
            "category": _by_category(scope, parts),
            "unit": _by_unit(scope, parts),
        },
    )


def _merged(scope) -> Iterable[tuple]:
    """Needs that were merged, of which no story is told, by unit and category."""
    rows = scope.rows.filter(figure("merged", scope.on)).order_by()
    for *place, number in rows.values_list("unit", "category").annotate(number=Count("pk")):
        yield tuple(place), number


def _lines(scope, named: Iterable[tuple], parts, belongs) -> list[Line]:
    """A line for each that has numbers."""
    found = []
    for key, name, facts in named:
        own = [cell for place, cell in parts.items() if belongs(key, place)]
        if own:
            found.append(line(name, replace(scope, **facts).asked, own))
    return found


def _by_group(scope, parts):
    seats = Seat.objects.current(scope.on).exclude(group=None).order_by("group__order", "group")
    units: dict[Group, set[int]] = {}
    for seat in seats.select_related("group"):
        units.setdefault(seat.group, set()).add(seat.unit_id)
    seated = {unit for found in units.values() for unit in found}
    named = [(group, group.name, {"group": group}) for group in units]
    if isinstance(scope.group, Group):
        named = [each for each in named if each[0] == scope.group]
    named.append((None, _("不在产业链小组"), {"group": OUTSIDE}))
    if scope.group:
        named = [each for each in named if each[2]["group"] == scope.group]

    def belongs(group, place):
        return place[0] not in seated if group is None else place[0] in units[group]

    return _lines(scope, named, parts, belongs)


def _by_category(scope, parts):
    named = [(key, str(label), {"category": key}) for key, label in Need.Category.choices]
    return _lines(scope, named, parts, lambda category, place: place[1] == category)


def _by_unit(scope, parts):
    """In the order of the charter, then by name."""
    order = {}
    seats = Seat.objects.current(scope.on)
    seats = seats.order_by(F("group__order").asc(nulls_last=True), "group", "order", "pk")
    for unit in seats.values_list("unit", flat=True):
        order.setdefault(unit, len(order))
    rows = Unit.objects.filter(pk__in={place[0] for place in parts})
    units = sorted(rows, key=lambda unit: (order.get(unit.pk, len(order)), unit.name))
    found = [(unit.pk, str(unit), {"unit": unit}) for unit in units]
    by_unit: dict[int, list] = {}
    for place, cell in parts.items():
        by_unit.setdefault(place[0], []).append(cell)
    return [line(name, replace(scope, **facts).asked, by_unit[key]) for key, name, facts in found]


# ── What is late: it changes by itself with the next moment that something is due ───────────


Late = list[tuple[Unit | None, dict[str, int]]]


def late(scope: Scope) -> tuple[datetime | None, Late]:
    """How many needs are late in each step, by the unit that owes it (the office is None); and
    until when that stays so by itself, None for good."""
    return runs_out(scope), _late(scope)


def kept(key: str, make: Callable[[], tuple[datetime | None, Any]]) -> Any:
    """What is made with the moment until when it is true, from the store until then."""
    until, found = cache.get(key) or (None, None)
    if found is None or (until is not None and timezone.now() > until):
        until, found = make()
        cache.set(key, (until, found), KEPT.total_seconds())
    return found


def runs_out(scope) -> datetime | None:
    """When the next running clock is due; never for a day that is over."""
    if scope.past:
        return None
    now = timezone.now()
    running = Clock.objects.filter(done_at=None, stopped_at=None, due_at__gte=now)
    return running.aggregate(first=Min("due_at"))["first"]


def _late(scope) -> Late:
    rows = overdue(scope.past).order_by()
    if scope.is_narrow:
        rows = rows.filter(need__in=scope.rows)
    counts = rows.values_list("unit", "kind").annotate(number=Count("pk"))
    found: dict[int | None, dict[str, int]] = {}
    for unit, kind, number in counts:
        found.setdefault(unit, {})[kind] = number
    rows = Unit.objects.filter(pk__in=[key for key in found if key]).only("name", "short_name")
    office = [(None, found[None])] if None in found else []
    return office + [(unit, found[unit.pk]) for unit in rows.order_by("name")]
