"""Two versions of a text side by side: what was added, changed and taken away.

Pure: parts in, differences out. Taking the old side of every difference gives back the old
version, the new side the new one.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from alliance.articles import Article

Kind = Literal["same", "changed", "added", "removed"]
ALIKE = 0.55  # of the letters that two articles share, so that one is said to be the other, changed
SAME_NUMBER = 0.3  # what the same number counts for beside that
MOST_PAIRS = 20_000  # beyond it only numbers are looked at
MOST_STEPS = 6_000_000  # letters × letters; beyond it a part counts as written anew
SHORTEST_SAME = 2  # letters between two changes that are worth showing as kept


@dataclass(frozen=True)
class Piece:
    """Letters that both sides have ("same"), or only one of them ("old", "new")."""

    side: str
    text: str


@dataclass(frozen=True)
class Difference:
    """A part of the old version and what it became; one side may lack."""

    old: Any
    new: Any

    @property
    def kind(self) -> Kind:
        if self.old is None:
            return "added"
        if self.new is None:
            return "removed"
        return "same" if self.old == self.new else "changed"


@dataclass(frozen=True)
class Change(Difference):
    """A difference between two articles, with its words."""

    old: Article | None
    new: Article | None

    @property
    def is_renumbered(self) -> bool:
        return bool(self.old and self.new) and self.old.label != self.new.label

    @property
    def pieces(self) -> list[Piece]:
        """The words of both sides in one, without the numbers."""
        return pieces(self.old.words if self.old else "", self.new.words if self.new else "")


def compare(old: Sequence[Article], new: Sequence[Article]) -> list[Change]:
    """Article by article, in the order of the text; what was moved counts as gone and added."""
    matcher = SequenceMatcher(
        None, [part.words for part in old], [part.words for part in new], autojunk=False
    )
    changes = []
    for word, i1, i2, j1, j2 in matcher.get_opcodes():
        if word == "equal":
            changes += map(Change, old[i1:i2], new[j1:j2])
        else:
            changes += _paired(old[i1:i2], new[j1:j2])
    return changes


def pairs(old: Iterable, new: Iterable, key: Callable) -> list[Difference]:
    """Rows of two lists by a key that each list has once, in the order of the new one."""
    old, new = {key(row): row for row in old}, {key(row): row for row in new}
    kept = [Difference(old.get(name), row) for name, row in new.items()]
    return kept + [Difference(row, None) for name, row in old.items() if name not in new]


def pieces(old: str, new: str) -> list[Piece]:
    """Two texts in one, letter by letter."""
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    found = [
        ("same", old[:head]),
        *_middle(middle_old, middle_new),
        ("same", old[len(old) - tail :]),
    ]
    return [Piece(side, text) for side, text in _joined(found) if text]


def _common(one: str, other: str) -> int:
    """How many letters two texts begin with alike."""
    for number, (mine, yours) in enumerate(zip(one, other, strict=False)):
        if mine != yours:
            return number
    return min(len(one), len(other))


def _middle(old, new):
    if len(old) * len(new) > MOST_STEPS:
        return [("old", old), ("new", new)]
    found = []
    for word, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if word == "equal" and i2 - i1 >= SHORTEST_SAME:
            found.append(("same", old[i1:i2]))
        else:
            found += [("old", old[i1:i2]), ("new", new[j1:j2])]
    return found


def _joined(found):
    """Neighbouring changes as one: first what went, then what came."""
    joined, gone, come = [], "", ""
    for side, text in [*found, ("same", "")]:
        if side == "old":
            gone += text
        elif side == "new":
            come += text
        else:
            joined += [("old", gone), ("new", come), ("same", text)]
            gone = come = ""
    return joined


def _paired(old, new) -> list[Change]:
    """The pairing of two runs of articles, in their order, under which most stays the same."""
    if len(old) * len(new) > MOST_PAIRS:
        alike = dict.fromkeys(_same_numbers(old, new), SAME_NUMBER)
    else:
        alike = {(i, j): _likeness(a, b) for i, a in enumerate(old) for j, b in enumerate(new)}
    best = _best(alike, len(old), len(new))
    changes, i, j = [], 0, 0
    for pair in [*best, (len(old), len(new))]:
        changes += [Change(part, None) for part in old[i : pair[0]]]
        changes += [Change(None, part) for part in new[j : pair[1]]]
        if pair[0] < len(old) and pair[1] < len(new):
            changes.append(Change(old[pair[0]], new[pair[1]]))
        i, j = pair[0] + 1, pair[1] + 1
    return changes


def _same_numbers(old, new):
    at = {part.label: j for j, part in enumerate(new) if part.label}
    return [(i, at[part.label]) for i, part in enumerate(old) if part.label in at]


def _likeness(old: Article, new: Article) -> float:
    """0 for parts that are not each other's."""
    if old.level != new.level:
        return 0
    shared = SequenceMatcher(None, old.words, new.words, autojunk=False).quick_ratio()
    score = shared + SAME_NUMBER * (old.label == new.label)
    return score if score >= ALIKE else 0


def _best(alike, rows, columns) -> list[tuple[int, int]]:
    """The pairs in rising order with the highest sum."""
    total = [[0.0] * (columns + 1) for _row in range(rows + 1)]
    for i in reversed(range(rows)):
        for j in reversed(range(columns)):
            paired = alike.get((i, j), 0)
            taken = paired + total[i + 1][j + 1] if paired else 0
            total[i][j] = max(total[i + 1][j], total[i][j + 1], taken)
    found, i, j = [], 0, 0
    while i < rows and j < columns:
        paired = alike.get((i, j), 0)
        if paired and total[i][j] == paired + total[i + 1][j + 1]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif total[i][j] == total[i + 1][j]:
            i += 1
        else:
            j += 1
    return found
