"""Which offers answer a need, best first, and by which facts.

    index = Index(offers, today)  # built once, and kept as long as the offers are the same
    suggest(ask, index)
    index.answer(ask)  # the same, and what would be offered if nothing barred it

What an offer is about decides: its subjects and words make it a candidate. If nothing is related to
a need as much as `SURE`, nothing is proposed; if something is, then others from `LEAST` on. The
other facts put candidates in order, and all of them together weigh less than a subject does.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from heapq import nlargest, nsmallest

from services.matching import claims
from services.matching.barring import barred
from services.matching.facts import (
    Answer,
    Ask,
    Kind,
    Offer,
    Reason,
    SameSubject,
    SameWords,
    Solved,
    Suggestion,
    Wrong,
)
from services.matching.pool import Pool, Reading, Relation
from services.matching.texts import shared
from services.matching.thesaurus import Side, Thesaurus, house

SURE, LEAST = 0.5, 0.1  # of a text in common, by subjects and words
FAR = 0.25  # of the best one's score: what has less is not proposed beside it
ALIKE = 0.4  # related so much, two needs ask for the same
WEIGHTS = {
    Kind.SUBJECT: 1.0,
    Kind.WORDS: 1.0,
    Kind.CATEGORY: 0.1,
    Kind.CHAIN: 0.04,
    Kind.LEFT: 0.04,
    Kind.FREE: 0.04,
    Kind.SOLVED: 0.12,
    Kind.LOAD: 0.04,
    Kind.DOUBT: -0.4,
}
TOLD_WORDS = 0.05  # of a text in common: less is not worth telling
TOLD_SUBJECTS, TOLD_EACH = 2, 3  # and words of each, on either side
MOST_BARRED = 5


def suggest(ask: Ask, index: "Index", limit: int = 3) -> list[Suggestion]:
    return index.answer(ask, limit).suggestions


def serving(asks: Iterable[Ask], index: "Index", limit: int = 10) -> list[tuple[Ask, Suggestion]]:
    """The needs that the offers of an index answer best: with one offer, what that one is good for;
    with those of a unit, what it could take on."""
    found = [(ask, suggestion) for ask in asks for suggestion in suggest(ask, index, 1)]
    return nlargest(limit, found, key=lambda pair: pair[1].score)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An offer that is related to a need, with the needs like it that its unit solved, and those
    that it was found no answer to. Of two that are as good the first `place` comes first."""

    place: int
    offer: Offer
    relation: Relation
    cases: Sequence[Solved] = ()
    doubts: Sequence[Hashable] = ()


def ranked(  # noqa: PLR0913
    ask: Ask,
    asking: Reading,
    candidates: Iterable[Candidate],
    reading: Callable[[int], Reading],
    today: date,
    *,
    limit: int,
    weights: Mapping[Kind, float] = WEIGHTS,
) -> Answer:
    """Candidates in order, and those that are barred; `reading` says how the offer of a place was
    understood, and is asked only for what is proposed."""
    fit, out = [], []
    for each in candidates:
        if hindrance := barred(ask, each.offer, today):
            out.append((-float(each.relation), each.place, hindrance))
            continue
        known = [
            claim
            for claim in claims.of(ask, each.offer, today, each.cases, each.doubts)
            if claim.reason.kind in weights
        ]
        more = sum(weights[claim.reason.kind] * claim.value for claim in known)
        fit.append((-float(each.relation) - more, each.place, each, known))
    best: list[Suggestion] = []
    for score, place, each, known in nsmallest(limit, fit):
        if not best or -score >= FAR * best[0].score:
            matter = _matter(asking, reading(place), each.relation, weights)
            reasons = (*matter, *(claim.reason for claim in known))
            best.append(Suggestion(each.offer, -score, reasons))
    return Answer(ask, best, [each for _, _, each in nsmallest(MOST_BARRED, out)])


def _matter(asking, offering, relation, weights) -> Iterable[Reason]:
    """That they are about the same: by subjects, and by words."""
    if Kind.SUBJECT in weights:
        common = asking.subjects.keys() & offering.subjects.keys()
        most = {key: asking.subjects[key] * offering.subjects[key] for key in common}
        for key in nsmallest(TOLD_SUBJECTS, common, key=lambda key: (-most[key], key)):
            asked, offered = asking.about[key].words, offering.about[key].words
            yield SameSubject(key, asked[:TOLD_EACH], offered[:TOLD_EACH])
    if Kind.WORDS in weights and relation.pieces >= TOLD_WORDS:
        words = shared(asking.whole, offering.whole)
        if words:
            yield SameWords(words)


class Index:
    """Offers, ready to be asked."""

    def __init__(self, offers: Iterable[Offer], today: date, thesaurus: Thesaurus | None = None):
        self.offers, self.today = list(offers), today
        self._thesaurus = thesaurus or house()
        self._readings = [self._read(offer, "offers") for offer in self.offers]
        self._pool = Pool(self._readings)
        self._solved = self._past((each.unit, case) for each in self.offers for case in each.solved)
        self._wrong = self._past(
            (each.key, case) for each in self.offers for case in each.wrong if case.is_other_matter
        )

    def answer(self, ask: Ask, limit: int = 3, without: Collection[Kind] = ()) -> Answer:
        """What is offered, and what is barred; reasons of some kinds can be left out of account."""
        weights = {kind: weight for kind, weight in WEIGHTS.items() if kind not in without}
        asking = self._read(ask, "asks")
        solved, wrong = self._solved.like(asking), self._wrong.like(asking)
        candidates = [
            Candidate(
                place,
                offer,
                relation,
                solved.get(offer.unit, ()),
                [case.ask for case in wrong.get(offer.key, ())],
            )
            for place, relation in self._candidates(asking, weights).items()
            for offer in (self.offers[place],)
        ]
        read = self._readings.__getitem__
        return ranked(ask, asking, candidates, read, self.today, limit=limit, weights=weights)

    def _read(self, text: Ask | Offer | Solved | Wrong, side: Side) -> Reading:
        return Reading.of(text.title, text.content, side, self._thesaurus)

    def _candidates(self, asking, weights) -> dict[int, Relation]:
        subjects, pieces = weights.get(Kind.SUBJECT, 0), weights.get(Kind.WORDS, 0)
        found = self._pool.related(asking, LEAST, subjects, pieces)
        return found if any(float(relation) >= SURE for relation in found.values()) else {}

    def _past(self, owned: Iterable[tuple[Hashable, Solved | Wrong]]) -> "_Past":
        owned = list(dict.fromkeys(owned))
        return _Past(owned, Pool([self._read(case, "asks") for _, case in owned]))


@dataclass(frozen=True)
class _Past:
    """Needs of the past, each with whom it belongs to."""

    owned: list[tuple[Hashable, Solved | Wrong]]
    pool: Pool

    def like(self, asking: Reading) -> dict[Hashable, list[Solved | Wrong]]:
        found = defaultdict(list)
        for place in self.pool.related(asking, ALIKE):
            owner, case = self.owned[place]
            found[owner].append(case)
        return found
