"""Many texts, and which of them a text is related to: by subjects of the thesaurus, and by pieces.

Both are kept the other way round: for each subject and for each pair of characters, which texts
have it and how much. So a question costs what the texts have in common with it, not their number.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from math import log, sqrt

from services.matching.texts import pieces
from services.matching.thesaurus import About, Side, Thesaurus

LEAST_PART = 0.1  # of its main subject's weight: below this a text is not about a subject
HALF = 1.0  # a text whose subjects weigh so much is half believed
TITLE = 2
LITTLE = 20  # with few texts, a piece that two have still tells something
_Places = tuple[array, array]  # of texts that have something, and how much of it each has
NOWHERE: _Places = array("I"), array("f")


@dataclass(frozen=True)
class Reading:
    """A text as it was understood."""

    title: str
    content: str
    about: dict[str, About]

    @classmethod
    def of(cls, title: str, content: str, side: Side, thesaurus: Thesaurus) -> "Reading":
        found = thesaurus.read(title, content, side)
        most = max((about.weight for about in found.values()), default=0)
        main = {key: about for key, about in found.items() if about.weight >= LEAST_PART * most}
        return cls(title, content, main)

    @property
    def whole(self) -> str:
        return f"{self.title} {self.content}"

    @cached_property
    def subjects(self) -> dict[str, float]:
        """The share of each subject, as a vector of length one."""
        length = sqrt(sum(about.weight**2 for about in self.about.values()))
        return {subject: about.weight / length for subject, about in self.about.items()}

    @cached_property
    def certainty(self) -> float:
        """Between 0 and 1: how sure it is what the text is about."""
        length = sqrt(sum(about.weight**2 for about in self.about.values()))
        return length / (length + HALF)

    @cached_property
    def pieces(self) -> dict[str, int]:
        found = dict.fromkeys(pieces(self.content), 1)
        return found | dict.fromkeys(pieces(self.title), TITLE)


@dataclass(slots=True)
class Relation:
    """Of two texts, each part from 0 to 1 times what it counts."""

    subjects: float = 0.0
    pieces: float = 0.0

    def __float__(self):
        return self.subjects + self.pieces


class Pool:
    """How much a piece tells is reckoned once, from the texts that were there at the beginning;
    others may come and go afterwards."""

    def __init__(self, readings: Sequence[Reading]):
        self._number = len(readings)
        having = Counter(piece for reading in readings for piece in reading.pieces)
        self._telling = {piece: self._tells(number) for piece, number in having.items()}
        self._unknown = self._tells(0)
        self._by_subject: dict[str, _Places] = {}
        self._by_piece: dict[str, _Places] = {}
        self._gone: set[int] = set()
        self._next = 0
        for reading in readings:
            self.add(reading)

    def add(self, reading: Reading) -> int:
        """The place of a text."""
        place, self._next = self._next, self._next + 1
        for kept, vector in (
            (self._by_subject, reading.subjects),
            (self._by_piece, self._vector(reading)),
        ):
            for name, share in vector.items():
                if name not in kept:
                    kept[name] = array("I"), array("f")
                places, shares = kept[name]
                places.append(place)
                shares.append(share)
        return place

    def drop(self, place: int) -> None:
        self._gone.add(place)

    def related(
        self, reading: Reading, least: float, subjects: float = 1.0, pieces: float = 1.0
    ) -> dict[int, Relation]:
        """The places of texts that are related to this one at least so much; `subjects` and
        `pieces` say what either counts."""
        found: dict[int, Relation] = defaultdict(Relation)
        for subject, share in reading.subjects.items():
            times = share * reading.certainty * subjects
            for place, other in zip(*self._by_subject.get(subject, NOWHERE), strict=True):
                found[place].subjects += times * other
        for piece, share in self._vector(reading).items():
            times = share * pieces
            for place, other in zip(*self._by_piece.get(piece, NOWHERE), strict=True):
                found[place].pieces += times * other
        return {
            place: relation
            for place, relation in found.items()
            if relation.subjects + relation.pieces >= least and place not in self._gone
        }

    def part(self, readings: Sequence[Reading]) -> "Pool":
        """A few texts by themselves, related as they would be in here."""
        found = copy(self)
        found._by_subject, found._by_piece, found._gone, found._next = {}, {}, set(), 0
        for reading in readings:
            found.add(reading)
        return found

    def _vector(self, reading) -> dict[str, float]:
        weights = {
            piece: times * self._telling.get(piece, self._unknown)
            for piece, times in reading.pieces.items()
        }
        length = sqrt(sum(weight**2 for weight in weights.values()))
        return {piece: weight / length for piece, weight in weights.items()}

    def _tells(self, having: int) -> float:
        """The fewer texts have a piece, the more it says."""
        return log(1 + (self._number + LITTLE) / (having + 1))
