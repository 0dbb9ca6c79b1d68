"""The figures of what is given (资源和对接统计): who gave and received, what is used, how long a
need waits for an answer and what the alliance lacks.

Each number is that of the rows which its list finds by the same question (`Scope`). Bookings and
needs are counted, never sums of things of different measures; nobody is ranked.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.db.models import Count, F, Q, QuerySet, Sum

from alliance.models import Group, Seat
from members.models import Unit
from nanchuan.accounts.models import User
from nanchuan.kernel import calendar
from services.board import Spread, spread
from services.boards import OUTSIDE
from services.due import midnight
from services.matching.claims import CATEGORIES
from services.models import Booking, Commitment, Need, Resource
from services.models.figures import figure
from services.models.gift_figures import (
    BOOKED,
    THERE,
    booking_figure,
    commitments_figure,
    resource_figure,
)
from services.models.needs import end_of
from services.stories import stories, worked

GIVEN, HAD = "given", "had"
SIDES = (GIVEN, HAD)
WAITS = (5, 15, 30)  # working days between the parts of those who wait
STEPS = {  # from one moment of a need to another, and the figures of needs that reached both
    "match": ("collected", "matched"),
    "solve": ("matched", "settled"),
    "whole": ("collected", "settled"),
}


@dataclass(frozen=True)
class Scope:
    """As of the end of which day, between which days, of whom and of what, within what a reader
    sees (None: everything). `own`: of these units alone, for who speaks for them."""

    on: date
    since: date | None = None
    until: date | None = None
    group: Group | str | None = None  # OUTSIDE: of units in no group
    unit: Unit | None = None
    category: str = ""  # of resources
    asked_category: str = ""  # of needs
    own: frozenset[int] | None = None
    reader: User | None = None

    @property
    def asked(self) -> dict[str, str]:
        """What its lists are asked."""
        found = {
            "on": self.on.isoformat(),
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
            "group": getattr(self.group, "pk", self.group),
            "unit": self.unit and self.unit.pk,
            "category": self.category,
            "asked": self.asked_category,
        }
        return {key: str(value) for key, value in found.items() if value}

    @property
    def end(self) -> datetime:
        return end_of(self.on)

    @property
    def begins(self) -> datetime | None:
        return midnight(self.since) if self.since else None

    @property
    def stops(self) -> datetime:
        """When the period of what is agreed ends: not after the day."""
        return min(end_of(self.until), self.end) if self.until else self.end

    @cached_property
    def units(self) -> frozenset[int] | None:
        """Whose it is; None: anybody's."""
        found = self.own
        if self.group:
            members = self._of_group()
            found = members if found is None else found & members
        if self.unit:
            one = frozenset([self.unit.pk])
            found = one if found is None else found & one
        return found

    def _of_group(self) -> frozenset[int]:
        seats = Seat.objects.current(self.on).exclude(group=None)
        if self.group == OUTSIDE:
            rows = Unit.objects.exclude(pk__in=seats.values("unit")).values_list("pk", flat=True)
        else:
            rows = seats.filter(group=self.group).values_list("unit", flat=True)
        return frozenset(rows)

    def _seen(self, model):
        rows = model.objects.all()
        return rows if self.reader is None else rows.visible_to(self.reader)

    def bookings(self, side: str, key: str) -> QuerySet[Booking]:
        """Agreed in the period, with how they stood at the end of the day."""
        rows = self._seen(Booking).filter(self._period("agreed_at"), booking_figure(key, self.end))
        if self.category:
            rows = rows.filter(resource__category=self.category)
        if self.units is None:
            return rows
        names = {GIVEN: "giver__in", HAD: "unit__in"}
        return rows.filter(**{names[side]: self.units})

    def resources(self, key: str) -> QuerySet[Resource]:
        """What was there on the day; whether it was booked, by what was agreed in the period."""
        rows = self._seen(Resource).filter(resource_figure(key, self.end, self.begins, self.stops))
        if self.category:
            rows = rows.filter(category=self.category)
        return rows if self.units is None else rows.filter(unit__in=self.units)

    def commitments(self, side: str) -> QuerySet[Commitment]:
        """Given to projects in the period and not taken back by the end of the day; received by
        whose needs the project served then."""
        asked = self._period("committed_at"), commitments_figure(self.end)
        rows = self._seen(Commitment).filter(*asked)
        if self.category:
            rows = rows.filter(resource__category=self.category)
        if self.units is None:
            return rows
        if side == GIVEN:
            return rows.filter(unit__in=self.units)
        return rows.filter(project__in=self._links(need__unit__in=self.units).values("project"))

    def _links(self, **facts):
        """Which needs belonged to which projects at the end of the day."""
        rows = Need._meta.get_field("project_links").related_model.objects.filter(**facts)
        standing = Q(left_at=None) | Q(left_at__gte=self.end)
        return rows.filter(standing, joined_at__lt=self.end).order_by()

    def needs(self) -> QuerySet[Need]:
        """Needs that passed review in the period."""
        rows = self._seen(Need).filter(self._period("reviewed_at"))
        if self.asked_category:
            rows = rows.filter(category=self.asked_category)
        return rows if self.units is None else rows.filter(unit__in=self.units)

    def needs_of(self, key: str) -> QuerySet[Need]:
        """Those that a number counts: of a headline figure, of a step, or of what is lacking."""
        rows = self.needs()
        if key in STEPS:
            for each in STEPS[key]:
                rows = rows.filter(figure(each, self.on))
            return rows
        if key.startswith("lacking"):
            return rows.filter(self.lacking(key))
        return rows.filter(figure(key, self.on))

    def lacking(self, key: str) -> Q:
        """Open needs without a project, that waited so long since review: `lacking` all of them,
        `lacking_0` at most the first of WAITS, … `lacking_3` longer than the last."""
        rows = figure("collected", self.on) & figure("open", self.on) & ~figure("matched", self.on)
        place = key.removeprefix("lacking").removeprefix("_")
        if not place:
            return rows
        edges = [None, *(self._edge(days) for days in WAITS), None]
        after, before = edges[int(place) + 1], edges[int(place)]
        rows &= Q(reviewed_at__gte=after) if after else Q()
        return rows & (Q(reviewed_at__lt=before) if before else Q())

    def _edge(self, days) -> datetime:
        return midnight(calendar.working_days_before(self.on, days))

    def _period(self, name) -> Q:
        asked = Q((f"{name}__lt", self.stops))
        return asked & Q((f"{name}__gte", self.begins)) if self.begins else asked


LACKING = ["lacking", *(f"lacking_{place}" for place in range(len(WAITS) + 1))]


# ── Numbers ─────────────────────────────────────────────────────────────────────────────────

Cells = dict[tuple[int, str], Counter]  # by unit and category of resources


def cells(scope: Scope) -> Cells:
    """What each unit gave and received, and what is there of it."""
    found: Cells = {}
    for side, unit in ((GIVEN, "giver"), (HAD, "unit")):
        rows = scope.bookings(side, "agreed").order_by()
        counts = {key: Count("pk", filter=booking_figure(key, scope.end)) for key in BOOKED}
        hours = Sum(F("ends_at") - F("starts_at"), filter=booking_figure("by_hours", scope.end))
        rows = rows.values_list(unit, "resource__category").annotate(**counts, hours=hours)
        for key, category, *numbers, length in rows:
            cell = found.setdefault((key, category), Counter())
            for name, number in zip(counts, numbers, strict=True):
                cell[f"{side}_{name}"] += number
            cell[f"{side}_seconds"] += int(length.total_seconds()) if length else 0
    for key in THERE:
        rows = scope.resources(key).order_by().values_list("unit", "category")
        for unit, category, number in rows.annotate(number=Count("pk")):
            found.setdefault((unit, category), Counter())[key] += number
    return found


def commitments(scope: Scope) -> dict[str, dict[int, set[tuple[int, str]]]]:
    """Side → unit → what was given to projects, with the category of the resource. One that
    serves several units is received by each, and counts once for them together."""
    given, had = {}, {}
    for pk, unit, category in scope.commitments(GIVEN).order_by().values_list(*COMMITTED):
        given.setdefault(unit, set()).add((pk, category or ""))
    links: dict[int, set[int]] = {}
    mine = {} if scope.units is None else {"need__unit__in": scope.units}
    for project, unit in scope._links(**mine).values_list("project", "need__unit"):
        links.setdefault(project, set()).add(unit)
    rows = scope.commitments(HAD).order_by().values_list("pk", "project", "resource__category")
    for pk, project, category in rows:
        for unit in links.get(project, ()):
            had.setdefault(unit, set()).add((pk, category or ""))
    return {GIVEN: given, HAD: had}


COMMITTED = ("pk", "unit", "resource__category")


def times(scope: Scope) -> dict[str, Spread]:
    """How long needs waited for a project and for a solution, in seconds of working time."""
    passed, found = worked(), {step: [] for step in STEPS}
    for story in stories(scope.needs(), scope.on):
        for step, (since, until) in STEPS.items():
            begun, ended = getattr(story, since), getattr(story, until)
            if begun is not None and ended is not None:
                found[step].append(max(passed(ended) - passed(begun), 0))
    return {step: spread(sorted(values)) for step, values in found.items()}


def lacks(scope: Scope) -> dict[str, Counter]:
    """Category of needs → how many are without a project, by how long they wait, and how many
    resources are there whose category answers such needs."""
    counts = {key: Count("pk", filter=scope.lacking(key)) for key in LACKING}
    rows = scope.needs().filter(scope.lacking("lacking")).order_by()
    found = {
        category: Counter(dict(zip(counts, numbers, strict=True)))
        for category, *numbers in rows.values_list("category").annotate(**counts)
    }
    there = answers(scope)
    for category, numbers in found.items():
        numbers["answers"] = sum(there[each] for each in CATEGORIES.get(category, ()))
    return found


def answers(scope: Scope) -> Counter:
    """What the whole alliance has on the day, by category."""
    rows = (
        Scope(on=scope.on, reader=scope.reader)
        .resources("there")
        .order_by()
        .values_list("category")
    )
    return Counter(dict(rows.annotate(number=Count("pk"))))


def headline(scope: Scope) -> dict[str, int]:
    """As `domain` says, of the needs of the scope."""
    keys = ("collected", "matched", "solved", "auto_solved")
    counts = {key: Count("pk", filter=figure(key, scope.on)) for key in keys}
    return scope.needs().order_by().aggregate(**counts)
