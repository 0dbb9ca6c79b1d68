"""What answers a need, what a resource would serve, what a unit could take on (匹配推荐): the one
place where matching is asked about rows. Every question takes the reader, and tells nothing that
the reader may not see (decision 0018)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import NamedTuple

from django.utils import timezone

from members.models import Unit
from services import shelves
from services.actions.resource_rights import offered_needs
from services.actions.rights import office, seated_units, speaks_for
from services.matching import claims, words
from services.matching.facts import Answer, Ask, Barred, Kind, Reason, Why
from services.matching.pool import Reading, Relation
from services.matching.ranking import FAR, LEAST, SURE, WEIGHTS, Candidate, ranked
from services.models import Need, Resource
from services.offers import Chains, Offers, Past, ask_of, open_orders, reading, reads_all

FIRST, TIMES = 200, 4  # candidates looked at first, and how many times more next
MORE = sum(weight for kind, weight in WEIGHTS.items() if weight > 0) - (
    WEIGHTS[Kind.SUBJECT] + WEIGHTS[Kind.WORDS]
)  # what all other facts can add to what two texts have in common
NEWEST = 1000  # open needs are looked through for a resource or a unit
BROAD = 30  # resources, to find the units behind them


class Suggested(NamedTuple):
    resource: Resource
    score: float
    reasons: tuple[Reason, ...]


class Left(NamedTuple):
    """What is about the same and cannot be had; `said` in words."""

    resource: Resource
    why: Why
    said: str


class Served(NamedTuple):
    """A need that a resource would serve."""

    need: Need
    resource: Resource
    score: float
    reasons: tuple[Reason, ...]


class SuggestedUnit(NamedTuple):
    """A unit, by what it solved and what it has."""

    unit: Unit
    score: float
    reasons: tuple[Reason, ...]
    resources: tuple[Suggested, ...]


Found = tuple[list[Suggested], list[Left]]


def words_of(reasons: Iterable[Reason]) -> tuple[str, ...]:
    """Each reason, in plain words."""
    return tuple(words.of(reason, names()) for reason in reasons)


def names() -> dict[str, str]:
    return dict(Need.Category.choices) | dict(Resource.Category.choices)


# ── For needs ───────────────────────────────────────────────────────────────────────────────


def for_needs(needs: Iterable[Need], user, *, most: int = 5) -> dict[int, Found]:
    """By key of each need: resources, the best first, and what cannot be had. Nothing for a need
    that the reader does not see, or that is settled."""
    found: dict[int, Found] = {need.pk: ([], []) for need in needs}
    rows = Need.objects.visible_to(user).open().filter(pk__in=found).order_by("pk")
    matching = _Matching(user)
    return found | matching.told(matching.answers(list(_faced(rows, user)), most))


def _faced(rows, user):
    return rows.with_faces(user).defer("contact_phone")


def for_need(need: Need, user, most: int = 5) -> Found:
    return for_needs([need], user, most=most)[need.pk]


def units_for(need: Need, user, most: int = 3) -> list[SuggestedUnit]:
    """Units that could settle a need, by what they have and what they solved: for those who
    dispatch, and read it all."""
    if not reads_all(user):
        return []
    rows = Need.objects.visible_to(user).open().filter(pk=need.pk)
    matching = _Matching(user)
    answers = matching.answers(list(_faced(rows, user)), BROAD)
    return matching.units(need, answers[need.pk], most) if answers else []


# ── For resources and units ─────────────────────────────────────────────────────────────────


def needs_for(resource: Resource, user, most: int = 5) -> list[Served]:
    """Needs that a resource would serve, of those that the reader sees."""
    return _Matching(user).served([resource.pk], offered_needs(user), most)


def needs_for_unit(unit: Unit, user, most: int = 5) -> list[Served]:
    """What a unit could take on now with what it has: for its own people and the office."""
    resources = Resource.objects.visible_to(user).available().filter(unit=unit).order_by("pk")
    rows = _takeable(unit, user)
    return _Matching(user).served(list(resources.values_list("pk", flat=True)), rows, most)


def _takeable(unit, user):
    if office(user):
        return Need.objects.visible_to(user).filter(status=Need.Status.PUBLISHED).exclude(unit=unit)
    if speaks_for(user, unit.pk):
        return Need.objects.takeable_by(user)
    return Need.objects.none()


# ── How ─────────────────────────────────────────────────────────────────────────────────────


@dataclass
class _Asked:
    """A need being answered; the candidates in the order of how near they are."""

    ask: Ask
    reading: Reading
    related: dict[int, Relation]
    order: list[int]


class _Matching:
    """Rows of one reader, asked about one after the other."""

    def __init__(self, user):
        self._user, self._today = user, timezone.localdate()
        self._chains = Chains(user, self._today)
        self._offers = Offers(user, self._today, self._chains)
        self._past: Past | None = None

    def answers(self, needs: Sequence[Need], most: int) -> dict[int, Answer]:
        """Only the nearest candidates are loaded; more of them as long as one that is farther
        could still come before those that are found."""
        pending, found, taken = self._asked(needs), {}, FIRST
        while pending:
            self._offers.load({key for each in pending for key in each.order[:taken]})
            answers = [(each, self._answer(each, taken, most)) for each in pending]
            found |= {each.ask.key: answer for each, answer in answers}
            pending = [
                each for each, answer in answers if not self._is_settled(each, answer, taken, most)
            ]
            taken *= TIMES
        return found

    def _asked(self, needs) -> list[_Asked]:
        asks = [ask_of(need, self._chains) for need in needs]
        readings = [reading(ask.title, ask.content, "asks") for ask in asks]
        related = shelves.RESOURCES.related(readings, LEAST)
        self._past = Past(self._user, asks, readings)
        return [
            _Asked(ask, read, near, sorted(near, key=lambda key: (-float(near[key]), key)))
            for ask, read, near in zip(asks, readings, related, strict=True)
        ]

    def _answer(self, asked, taken, most) -> Answer:
        offers = self._offers
        keys = [key for key in asked.order[:taken] if key in offers.offers]
        if not any(float(asked.related[key]) >= SURE for key in keys):
            return Answer(asked.ask)
        candidates = self._candidates(asked.ask, [(key, asked.related[key]) for key in keys])
        return ranked(asked.ask, asked.reading, candidates, self._reading, self._today, limit=most)

    def _candidates(self, ask, related) -> list[Candidate]:
        solved = self._past.solved_by(ask)
        offers = [(key, self._offers.for_ask(ask, key), relation) for key, relation in related]
        return [
            Candidate(
                key, offer, relation, solved.get(offer.unit, ()), self._past.doubts(ask, offer)
            )
            for key, offer, relation in offers
        ]

    def _reading(self, key) -> Reading:
        offer = self._offers.offers[key]
        return reading(offer.title, offer.content, "offers")

    @staticmethod
    def _is_settled(asked, answer, taken, most) -> bool:
        if taken >= len(asked.order):
            return True
        rest = float(asked.related[asked.order[taken]])  # the nearest of those not looked at
        best = answer.suggestions
        if not best:
            return rest < SURE and not answer.barred
        if rest + MORE < FAR * best[0].score:
            return True
        return len(best) == most and rest + MORE <= best[-1].score

    # ── What is told ────────────────────────────────────────────────────────────────────────

    def told(self, answers: dict[int, Answer]) -> dict[int, Found]:
        barred = {
            key: [each for each in answer.barred if self._is_told(each)]
            for key, answer in answers.items()
        }
        shown = {each.offer.key for answer in answers.values() for each in answer.suggestions}
        shown |= {each.offer.key for some in barred.values() for each in some}
        rows = self._offers.rows(shown) if shown else {}
        return {
            key: (
                [
                    Suggested(rows[each.offer.key], each.score, each.reasons)
                    for each in answer.suggestions
                ],
                [self._left(each, rows) for each in barred[key]],
            )
            for key, answer in answers.items()
        }

    def _left(self, barred: Barred, rows) -> Left:
        said = words.of_barred(barred, names() | self._chains.names)
        return Left(rows[barred.offer.key], barred.why, said)

    def _is_told(self, barred) -> bool:
        return barred.why != Why.WRONG or reads_all(self._user)

    # ── Units ───────────────────────────────────────────────────────────────────────────────

    def units(self, need, answer, most) -> list[SuggestedUnit]:
        given: dict[int, list[Suggested]] = {}
        for each in self.told({need.pk: answer})[need.pk][0]:
            given.setdefault(each.resource.unit_id, []).append(each)
        solved = self._past.solved_by(answer.ask)
        units = seated_units(need, self._today).filter(pk__in={*given, *solved})
        loads = open_orders({*given, *solved}, self._user)
        found = [
            self._unit(unit, given.get(unit.pk, []), solved.get(unit.pk, ()), loads.get(unit.pk))
            for unit in units.order_by("name", "pk")
        ]
        return nlargest(most, found, key=lambda each: each.score)

    @staticmethod
    def _unit(unit, given, solved, load) -> SuggestedUnit:
        more = claims.of_unit(solved, load)
        score = sum(WEIGHTS[claim.reason.kind] * claim.value for claim in more)
        if given:  # what its unit did is counted there
            score = given[0].score
        return SuggestedUnit(unit, score, tuple(claim.reason for claim in more), tuple(given))

    # ── The other way round ─────────────────────────────────────────────────────────────────

    def served(self, keys: Sequence[int], needs, most: int) -> list[Served]:
        """The needs that some resources answer best, each with the one that answers it best."""
        self._offers.load(keys)
        keys = [key for key in keys if key in self._offers.offers]
        if not keys:
            return []
        pool = shelves.RESOURCES.part([self._reading(key) for key in keys])
        rows = _faced(needs, self._user).order_by("-filed_at", "-pk")
        near = []
        for need in rows[:NEWEST]:
            ask = ask_of(need, self._chains)
            read = reading(ask.title, ask.content, "asks")
            if related := pool.related(read, SURE):
                near.append((need, ask, read, [(keys[place], related[place]) for place in related]))
        self._past = Past(self._user, [each[1] for each in near], [each[2] for each in near])
        best = nlargest(most, self._best(near), key=lambda found: found[1].score)
        shown = self._offers.rows(each.offer.key for _need, each in best) if best else {}
        return [
            Served(need, shown[each.offer.key], each.score, each.reasons) for need, each in best
        ]

    def _best(self, near):
        for need, ask, read, related in near:
            candidates = self._candidates(ask, related)
            answer = ranked(ask, read, candidates, self._reading, self._today, limit=1)
            for best in answer.suggestions:
                yield need, best
