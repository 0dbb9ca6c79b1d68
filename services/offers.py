"""Rows as matching is told of them, for one reader: nothing of it says more than the reader may
know, however it is put together."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache

from django.db.models import Count
from django.utils import timezone

from alliance.models import Seat
from nanchuan.kernel import calendar, roles
from services import shelves, stock
from services.actions.rights import speaks_for
from services.matching.facts import Ask, Offer, Solved, Wrong, only_for
from services.matching.pool import Reading
from services.matching.ranking import ALIKE
from services.matching.thesaurus import Side, house
from services.models import Need, Resource, Solution, SuggestionRemark

UNKNOWN = ""  # the chain of a unit of which the reader may not know it
FACTS = (
    "pk",
    "unit",
    "category",
    "title",
    "content",
    "measure",
    "area",
    "conditions",
    "free_from",
    "free_until",
    "is_timed",
    "status",
)
OFFERED = (Resource.Status.AVAILABLE, Resource.Status.PAUSED)


@lru_cache(maxsize=4096)
def reading(title: str, content: str, side: Side) -> Reading:
    return Reading.of(title, content, side, house())


def reads_all(user) -> bool:
    return roles.has_role(user, *roles.WHOLE_PARK)


class Chains:
    """The chains of units, as far as a reader may know them; of a unit in several, none."""

    def __init__(self, user, today: date):
        rows = Seat.objects.visible_to(user).current(today).exclude(group=None)
        self.names: dict[str, str] = {}
        of: dict[int, set[str]] = defaultdict(set)
        for unit, chain in rows.order_by().values_list("unit", "group__chain"):
            of[unit].add(chain)
            self.names[chain] = chain
        self._of = {unit: next(iter(found)) for unit, found in of.items() if len(found) == 1}

    def of(self, unit: int) -> str:
        return self._of.get(unit, UNKNOWN)


def ask_of(need: Need, chains: Chains) -> Ask:
    """A need by its face: of another's, its public title is all that is asked with."""
    if not need.face.is_whole:
        return Ask(need.pk, UNKNOWN, need.category, need.public_title)
    chain = chains.of(need.unit_id)
    day = need.wanted_on and max(need.wanted_on, timezone.localdate())
    facts = {"unit": need.unit_id, "day": day, "quantity": need.quantity, "measure": need.measure}
    return Ask(need.pk, chain, need.category, need.title, need.content, **facts)


@dataclass
class Offers:
    """Resources that a reader may see, by key, each asked for once."""

    user: object
    today: date
    chains: Chains
    offers: dict[int, Offer] = field(default_factory=dict)
    _asked: set[int] = field(default_factory=set)

    def load(self, keys: Iterable[int]) -> None:
        missing = set(keys) - self._asked
        if not missing:
            return
        self._asked |= missing
        rows = Resource.objects.visible_to(self.user).filter(status__in=OFFERED, pk__in=missing)
        found = list(rows.order_by().values_list(*FACTS, named=True))
        left, wrong = stock.left_of_each(Resource.objects.filter(pk__in=missing)), _wrong(found)
        loads = open_orders({row.unit for row in found}, self.user)
        for row in found:
            self.offers[row.pk] = self._offer(row, left.get(row.pk), loads, wrong)

    def rows(self, keys: Iterable[int]) -> dict[int, Resource]:
        """Those of them that are shown."""
        shown = Resource.objects.filter(pk__in=self.offers.keys() & set(keys))
        return {row.pk: row for row in shown.select_related("unit").defer("contact_phone")}

    def for_ask(self, ask: Ask, key: int) -> Offer:
        """Whom it is limited to stands in its conditions: where nobody may know of which chain the
        need is, it does not bar."""
        offer = self.offers[key]
        return replace(offer, only=frozenset()) if offer.only and not ask.chain else offer

    def _offer(self, row, left, loads, wrong) -> Offer:
        return Offer(
            row.pk,
            row.unit,
            self.chains.of(row.unit),
            row.category,
            row.title,
            row.content,
            left=left,
            measure=row.measure,
            area=row.area,
            conditions=row.conditions,
            only=only_for(row.conditions, self.chains.names),
            free_from=row.free_from,
            free_until=row.free_until,
            is_paused=row.status == Resource.Status.PAUSED,
            by_hours=row.is_timed,
            load=loads.get(row.unit),
            wrong=wrong.get(row.pk, ()),
        )


def _wrong(rows) -> dict[int, tuple[Wrong, ...]]:
    found = defaultdict(list)
    remarks = SuggestionRemark.objects.standing().filter(resource__in=[row.pk for row in rows])
    for remark in remarks.order_by("pk"):
        wrong = Wrong(remark.need_id, "", why=remark.why, is_other_matter=remark.is_other_matter)
        found[remark.resource_id].append(wrong)
    return {key: tuple(each) for key, each in found.items()}


def open_orders(units: set[int], user) -> dict[int, int]:
    """How many needs each unit has to settle: for those who may know all of these."""
    if not reads_all(user):
        units = {unit for unit in units if speaks_for(user, unit)}
    if not units:
        return {}
    rows = Need.objects.open().filter(accepted_by__in=units).order_by()
    counted = rows.values_list("accepted_by").annotate(number=Count("pk"))
    return dict.fromkeys(units, 0) | dict(counted)


class Past:
    """Needs of the past that are like those asked for, of those that a reader knows whole: that a
    unit solved one says whose hands it was in."""

    def __init__(self, user, asks: Sequence[Ask], readings: Sequence[Reading]):
        self._like = {
            ask.key: found.keys() - {ask.key}
            for ask, found in zip(asks, shelves.PAST.related(readings, ALIKE), strict=True)
        }
        every = set().union(*self._like.values()) if self._like else set()
        self._known = every if reads_all(user) else _known(every, user)
        self._solved = self._cases() if self._known else {}

    def _cases(self) -> dict[int, tuple[int, Solved]]:
        """Of those the ones that the enterprise itself called solved: by which unit, how fast."""
        rows = Solution.objects.filter(
            need__in=self._known, automatically=False, reopened_at=None, need__merged_into=None
        ).exclude(confirmed_at=None)
        facts = rows.order_by("pk").values_list(
            "need", "need__accepted_by", "need__filed_at", "confirmed_at"
        )
        return {
            need: (unit, Solved(need, "", "", _working_days(filed, done)))
            for need, unit, filed, done in facts
        }

    def solved_by(self, ask: Ask) -> dict[int, list[Solved]]:
        """By unit, what it solved of that kind."""
        found = defaultdict(list)
        for need in sorted(self._like[ask.key] & self._solved.keys()):
            unit, case = self._solved[need]
            found[unit].append(case)
        return found

    def doubts(self, ask: Ask, offer: Offer) -> list[int]:
        """The needs like this one for which it was found to be about another matter."""
        like = self._like[ask.key] & self._known
        return [wrong.ask for wrong in offer.wrong if wrong.is_other_matter and wrong.ask in like]


def _known(needs: set[int], user) -> set[int]:
    rows = Need.objects.known_to(user).filter(pk__in=needs).order_by()
    return set(rows.values_list("pk", flat=True)) if needs else set()


def _working_days(filed, done) -> int:
    return calendar.working_days_between(timezone.localdate(filed), timezone.localdate(done))
