"""What lists of needs ask: their order, their stages and queues, and what is unusual of them."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Self

from django.db.models import (
    Case,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models import Seat
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet

OPEN = (
    "submitted",
    "returned",
    "appealed",
    "published",
    "dispatched",
    "disputed",
    "accepted",
    "in_progress",
    "offered",
)
STAGES = {  # columns of the board, each with its statuses
    "review": (_("待审核"), ("submitted", "returned", "appealed")),
    "take": (_("待接单"), ("published", "dispatched", "disputed")),
    "work": (_("办理中"), ("accepted", "in_progress")),
    "confirm": (_("待确认"), ("offered",)),
    "solved": (_("已解决"), ("solved", "closed")),
}
QUEUES = {  # what waits for the office
    "review": _("待审核"),
    "dispatch": _("待派单"),
    "risk": _("有风险"),
    "dispute": _("异议和申诉"),
    "extension": _("延期申请"),
    "close": _("待销号"),
    "long_term": _("长期办理"),
}


def finished() -> Case:
    """0 open, 1 finished; written as the index `need_by_due` has it."""
    return Case(When(status__in=OPEN, then=Value(0)), default=Value(1))


def untaken(now: datetime | None = None) -> Q:
    """Published, and nobody will take it by itself: only the office can see it, or the time to
    accept it has passed (待派单)."""
    late = Q(due_at__lt=now or timezone.now())
    return Q(late | Q(audience="office"), status="published")


Judge = Callable[[Any, list[int]], Iterable[tuple[int, bool]]]
NEAR = 3000  # of the newest rows are read without an index
FEW = 500
PAGE = 25
NEWEST = ("-filed_at", "-pk")
# The same, as no index has it: where few of many are sorted, the database would walk through all.
NEWEST_OF_FEW = (
    ExpressionWrapper(F("filed_at") + timedelta(0), DateTimeField()).desc(),
    "-pk",
)
SORTS = {
    "due": (finished(), F("due_at").asc(nulls_last=True), *NEWEST),
    "urgent": (finished(), "-urgency", *NEWEST),  # urgent, soon, normal: by luck of the alphabet
    "new": NEWEST,
    "old": ("filed_at", "pk"),
}


class ListedNeeds(ScopedQuerySet):
    def sorted_by(self, sort: str) -> Self:
        return self.order_by(*SORTS[sort])

    def urgent_first(self) -> Self:
        """What hurts first: open ones by the time that is left, then the finished."""
        return self.sorted_by("due")

    def searched(self, text: str, user) -> Self:
        """Needs with all of some words in what this reader reads of them; nobody finds more.

        What is read whole holds what is public too.
        """
        scope = self.party_scope(user)
        if scope is EVERYTHING:
            return self.filter(_holding(text, "words", "holds"))
        rows = self.model._default_manager.order_by()
        public = rows.filter(_holding(text, "public_words", "holds")).values("pk")
        if scope is NOTHING:
            return self.filter(pk__in=public)
        # Each part from an index: for an OR the database would ask none at all.
        own = rows.known_to(user, _holding(text, "words", "holds")).values("pk")
        return self.filter(pk__in=public.union(own))

    def _read(self, text: str, user) -> Self:
        """`searched`, row by row."""
        scope = self.party_scope(user)
        whole, public = (_holding(text, name, "contains") for name in ("words", "public_words"))
        if scope is EVERYTHING or scope is NOTHING:
            return self.filter(whole if scope is EVERYTHING else public)
        return self.filter(public | scope & whole)

    def newest_searched(
        self, text: str, user, most: int, judge: Judge | None = None
    ) -> tuple[list[int], int]:
        """Keys of the newest needs that `searched` finds, and how many of them are to be listed:
        beyond, there are more. `judge` tells which the reader sees, and which whole, if these
        rows are all of them.

        In two steps: what is common fills a page from the newest rows, which are read one by one;
        only for rarer words the index is asked for all, and sorts what it finds.
        """
        floor = _floor(self.model, NEAR, timezone.now().replace(minute=0, second=0, microsecond=0))
        if floor is None:
            found = self._read(text, user).sorted_by("new")
            return list(found.values_list("pk", flat=True)[: most + 1]), most
        keys = self._newest(text, user, floor, most, judge)
        if len(keys) > PAGE:
            return keys, min(len(keys) - 1, most)
        return self._indexed(text, user, most, judge), most

    def _newest(self, text: str, user, floor: datetime, most: int, judge) -> list[int]:
        """What is found among the newest rows, or nothing if that would not fill a page.

        Whether a unit may know a row is dear to ask: only of those that hold the words.
        """
        if self.party_scope(user) is EVERYTHING:
            found = self.filter(filed_at__gte=floor)._read(text, user).sorted_by("new")
            return list(found.values_list("pk", flat=True)[: most + 1])
        near = self.model._base_manager.filter(filed_at__gte=floor).order_by(*NEWEST)
        holding = near.filter(_holding(text, "words", "contains"))
        candidates = _candidates(holding, text, FEW)
        if len(candidates) <= PAGE:
            return []
        return self._among(candidates, text, user, judge)[: most + 1]

    def _indexed(self, text: str, user, most: int, judge) -> list[int]:
        """`searched`. Few candidates are read; they are those of who reads everything."""
        if self.party_scope(user) is not EVERYTHING:
            rows = self.model._base_manager.filter(_holding(text, "words", "holds")).order_by()
            candidates = _candidates(rows, text, FEW + 1)
            if len(candidates) <= FEW:
                return self._among(candidates, text, user, judge)[: most + 1]
        found = self.searched(text, user).order_by(*NEWEST_OF_FEW)
        return list(found.values_list("pk", flat=True)[: most + 1])

    def _among(self, candidates: dict[int, bool], text: str, user, judge) -> list[int]:
        """Which of some needs that hold the words, and know whether in public, are found."""
        if judge:
            seen = judge(user, list(candidates)) if candidates else []
            return [pk for pk, whole in seen if whole or candidates[pk]]
        found = self.filter(pk__in=list(candidates))._read(text, user).sorted_by("new")
        return list(found.values_list("pk", flat=True))

    def in_stage(self, stage: str) -> Self:
        return self.filter(status__in=STAGES[stage][1])

    def in_queue(self, queue: str, *, soon: datetime, now: datetime | None = None) -> Self:
        """What waits for the office; until `soon` a due moment is near."""
        now = now or timezone.now()
        return {
            "review": lambda: self.filter(status="submitted"),
            "dispatch": lambda: self.filter(untaken(now)),
            "risk": lambda: self.due_until(soon),
            "dispute": lambda: self.filter(status__in=["disputed", "appealed"]),
            "extension": lambda: self.filter(self.asked_for_time()),
            "close": lambda: self.filter(status="solved"),
            "long_term": self.long_term,
        }[queue]()

    def unfinished(self) -> Self:
        """Open ones, along the index of what is due: it holds their units too, so that however
        many are finished, and whoever asks, no other row is read."""
        return self.alias(over=finished()).filter(over=0)

    def asked_by(self, units) -> Self:
        """What these units filed or asked for together with others, each part from its index: for
        an OR of them every row would be read."""
        rows = self.model._base_manager.order_by()
        filed = rows.filter(unit__in=units).values("pk")
        return self.filter(pk__in=filed.union(self._joined(units)))

    def still_asked_by(self, units) -> Self:
        """The same, as long as it is open."""
        return self.unfinished().filter(Q(unit__in=units) | Q(pk__in=self._joined(units)))

    def joined_by(self, units) -> Self:
        """What these units asked for together with others, that had filed it."""
        return self.filter(pk__in=self._joined(units))

    def owed_by(self, units) -> Self:
        """What these units are responsible for, or were told to take."""
        return self.filter(Q(accepted_by__in=units) | Q(dispatched_to__in=units))

    def assisted_by(self, units) -> Self:
        """What these units help with now."""
        return self.filter(pk__in=self._helping(units))

    def worked_on_by(self, units) -> Self:
        """What these units owe or help with now."""
        owed = Q(accepted_by__in=units) | Q(dispatched_to__in=units)
        return self.unfinished().filter(owed | Q(pk__in=self._helping(units)))

    def overdue(self, now: datetime | None = None) -> Self:
        return self.filter(due_at__lt=now or timezone.now())

    def due_until(self, until: datetime) -> Self:
        """Due by then, or overdue already."""
        return self.filter(due_at__lte=until)

    def long_term(self) -> Self:
        return self.filter(status__in=OPEN, long_term_since__isnull=False)

    def on_hold(self) -> Self:
        return self.filter(self._has("pauses", ended_at=None, why="hold"), status__in=OPEN)

    def asked_for_time(self) -> Q:
        """A unit asks for more working days, and the office has not answered (延期申请)."""
        asked = self._rows_of("extensions").filter(decided_at=None)
        return Q(pk__in=asked.values("need"), status__in=OPEN)

    def confirmed_by_time(self) -> Self:
        return self.filter(self._has("solutions", automatically=True, reopened_at=None))

    def rated(self, rating: int) -> Self:
        return self.filter(self._has("solutions", rating=rating, reopened_at=None))

    def by_time(self) -> Self:
        """Each row knows whether it was confirmed by the passing of time (`is_by_time`)."""
        return self.annotate(
            is_by_time=self._has("solutions", automatically=True, reopened_at=None)
        )

    def with_rating(self) -> Self:
        """Each row knows how its standing solution was rated: `rating`."""
        rows = self._rows_of("solutions").filter(
            need=OuterRef("pk"), refused_at=None, reopened_at=None
        )
        return self.annotate(rating=Subquery(rows.values("rating")[:1]))

    def for_table(self, user) -> Self:
        """Rows with all that a table of them shows to a reader."""
        seats = self._seats().filter(unit=OuterRef("unit")).order_by("group__order", "group")
        rows = self.with_faces(user).with_rating().select_related("dispatched_to")
        return rows.annotate(group_name=Subquery(seats.values("group__name")[:1]))

    def _helping(self, units):
        rows = self._rows_of("assistances").filter(unit__in=units, ended_at=None, done_at=None)
        return rows.values("need")

    def _joined(self, units):
        rows = self._rows_of("cofilers").filter(unit__in=units, admitted_at__isnull=False)
        return rows.values("need")

    def _has(self, relation, **facts) -> Exists:
        return Exists(self._rows_of(relation).filter(need=OuterRef("pk"), **facts))

    @staticmethod
    def _seats():
        return Seat.objects.current().filter(group__isnull=False)

    def _rows_of(self, relation):
        return self.model._meta.get_field(relation).related_model._base_manager.all()


@lru_cache(maxsize=2)
def _floor(model, place: int, _hour: datetime) -> datetime | None:
    """When about the first of the newest rows was filed: the same rows are found wherever they
    begin, so one answer will do for an hour. None if there are no others."""
    newest = model._base_manager.order_by("-filed_at").values_list("filed_at", flat=True)
    return newest[place : place + 1].first()


def _candidates(rows, text: str, most: int) -> dict[int, bool]:
    """Keys of rows, each with whether its public words hold these."""
    public = _holding(text, "public_words", "contains")
    return dict(rows.annotate(in_public=public).values_list("pk", "in_public")[:most])


def _holding(text: str, name: str, lookup: str) -> Q:
    return Q(*((f"{name}__{lookup}", word) for word in text.lower().split()))
