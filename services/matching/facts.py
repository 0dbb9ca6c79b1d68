"""What matching is told, and what it answers. Each reason is a fact that somebody can look up."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum

Number = Decimal | int

# ── What goes in ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Ask:
    """A need: on which day it is wanted, and how much; without a `measure`, in that of its
    subject."""

    key: Hashable
    chain: str
    category: str
    title: str
    content: str = ""
    quantity: Number | None = None
    day: date | None = None
    unit: Hashable = None
    measure: str = ""


@dataclass(frozen=True)
class Solved:
    """A need that a unit has solved, in so many working days."""

    key: Hashable
    title: str
    content: str
    days: int


@dataclass(frozen=True)
class Wrong:
    """The office said that an offer was no answer to a need, and why in its own words.

    `is_other_matter`: the offer is about something else, so needs like this one are no better
    served. Otherwise it holds for this need alone.
    """

    ask: Hashable
    title: str
    content: str = ""
    why: str = ""
    is_other_matter: bool = True


@dataclass(frozen=True)
class Offer:
    """A resource. `left`: how much nobody has booked; None, as much as is asked.

    `by_hours`: whether it can be had on a day is a question of its hours, which nobody asks here.
    `chain` is the giver's, `only` are the chains that may have it; empty: everybody.
    `load` says how many orders its unit has open; None, not known.
    """

    key: Hashable
    unit: Hashable
    chain: str
    category: str
    title: str
    content: str = ""
    left: Number | None = None
    measure: str = ""
    area: str = ""
    conditions: str = ""
    only: frozenset[str] = frozenset()
    free_from: date | None = None
    free_until: date | None = None
    is_paused: bool = False
    by_hours: bool = False
    solved: tuple[Solved, ...] = ()
    load: int | None = None
    wrong: tuple[Wrong, ...] = ()


def only_for(conditions: str, chains: dict[str, str]) -> frozenset[str]:
    """The chains, by their names, to which conditions limit an offer."""
    _, limited, rest = conditions.partition("仅限")  # data
    if not limited:
        return frozenset()
    return frozenset(chain for chain, name in chains.items() if name in rest)


# ── Why it is offered ───────────────────────────────────────────────────────────────────────


class Kind(Enum):
    """What a reason rests on; each can be left out of the ranking."""

    SUBJECT = "subject"
    WORDS = "words"
    CATEGORY = "category"
    CHAIN = "chain"
    LEFT = "left"
    FREE = "free"
    SOLVED = "solved"
    LOAD = "load"
    DOUBT = "doubt"


@dataclass(frozen=True)
class SameSubject:
    """Both are about a subject of the thesaurus: by these words of the need, and of the offer."""

    subject: str
    asked: tuple[str, ...]
    offered: tuple[str, ...]
    kind = Kind.SUBJECT


@dataclass(frozen=True)
class SameWords:
    """Runs of characters that stand in both texts."""

    words: tuple[str, ...]
    kind = Kind.WORDS


@dataclass(frozen=True)
class CategoryAnswers:
    """Needs of this category are often answered by resources of that one."""

    asked: str
    offered: str
    kind = Kind.CATEGORY


@dataclass(frozen=True)
class SameChain:
    chain: str
    kind = Kind.CHAIN


@dataclass(frozen=True)
class EnoughLeft:
    """So much is left; None: as much as is asked."""

    left: Number | None
    measure: str
    kind = Kind.LEFT


@dataclass(frozen=True)
class FreeThen:
    """It is there on the day, and until some time after it; None: no end is known."""

    day: date
    until: date | None
    kind = Kind.FREE


@dataclass(frozen=True)
class HasSolved:
    """Its unit solved needs like this one (`keys`), half of them within so many working days."""

    number: int
    days: int
    keys: tuple[Hashable, ...] = field(default=(), compare=False)
    kind = Kind.SOLVED


@dataclass(frozen=True)
class FewOrders:
    number: int
    kind = Kind.LOAD


@dataclass(frozen=True)
class Doubted:
    """For needs like this one (`keys`) the office found it no answer: so it stands lower."""

    number: int
    keys: tuple[Hashable, ...] = field(default=(), compare=False)
    kind = Kind.DOUBT


Reason = (
    SameSubject
    | SameWords
    | CategoryAnswers
    | SameChain
    | EnoughLeft
    | FreeThen
    | HasSolved
    | FewOrders
    | Doubted
)


@dataclass(frozen=True)
class Suggestion:
    offer: Offer
    score: float
    reasons: tuple[Reason, ...]


# ── Why it is not ───────────────────────────────────────────────────────────────────────────


class Why(Enum):
    OWN = "own"
    WRONG = "wrong"
    PAUSED = "paused"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    EXHAUSTED = "exhausted"
    TOO_SMALL = "too_small"
    OTHER_CHAIN = "other_chain"


@dataclass(frozen=True)
class Barred:
    """An offer about the same matter that the need cannot have; `said` is what the office wrote."""

    offer: Offer
    why: Why
    said: str = ""


@dataclass(frozen=True)
class Answer:
    """What is offered for a need, best first, and what would have been if nothing barred it."""

    ask: Ask
    suggestions: list[Suggestion] = field(default_factory=list)
    barred: list[Barred] = field(default_factory=list)
