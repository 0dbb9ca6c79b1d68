"""The subjects of `thesaurus.toml`, and which of them a text is about.

A text is about a subject by the words of it that it has. A word counts more the longer it is, in a
title, and if it was written for the side that speaks; less if several subjects have it.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from services.matching.texts import normal

FILE = Path(__file__).with_suffix(".toml")
Side = Literal["asks", "offers"]
BY_LENGTH = (0.5, 1, 1.5, 1.8, 2)  # of words with one, two, three … characters
IN_TITLE = 1.8
OTHERWISE = 0.15  # of a subject, in a need with a word that says it means something else
OTHER_SIDE = {"asks": 0.6, "offers": 0.3}  # the words of the other side, in a text of this one


@dataclass(frozen=True)
class About:
    """How much a text is about a subject, and by which words."""

    weight: float
    words: tuple[str, ...]


class Thesaurus:
    def __init__(self, subjects: dict[str, dict[str, str]]):
        self._words: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for subject, lines in subjects.items():
            for side, line in lines.items():
                for word in filter(_parts, normal(line).split()):
                    self._words[word][subject].add(side)
        self._parts = {word: _parts(word) for word in self._words}
        self._beginning: dict[str, set[str]] = defaultdict(set)
        self._with_part: dict[str, list[str]] = defaultdict(list)
        for word, parts in self._parts.items():
            for part in set(parts):
                self._beginning[part[:2]].add(part)
                self._with_part[part].append(word)
        self._weight = {word: self._weight_of(word) for word in self._words}

    def read(self, title: str, content: str, side: Side) -> dict[str, About]:
        """The subjects of a text, and what it has of each."""
        in_title, in_content = self._found(normal(title)), self._found(normal(content))
        subjects: dict[str, dict[str, float]] = defaultdict(dict)
        meant_otherwise = set()
        for word in self._whole(in_title | in_content):
            times = IN_TITLE if in_title.issuperset(self._parts[word]) else 1
            for subject, sides in self._words[word].items():
                if "without" in sides:
                    meant_otherwise.add(subject)
                if factor := self._factor(sides, side):
                    subjects[subject][word] = self._weight[word] * times * factor
        if side == "asks":
            for subject in meant_otherwise & subjects.keys():
                found = subjects[subject]
                subjects[subject] = {word: found[word] * OTHERWISE for word in found}
        return {subject: self._about(words) for subject, words in subjects.items()}

    def _factor(self, sides: set[str], side: Side) -> float:
        if side in sides:
            return 1.0
        return OTHER_SIDE[side] if sides & OTHER_SIDE.keys() else 0.0

    def _found(self, text: str) -> set[str]:
        found = self._with_part.keys() & set(text)
        for place in range(len(text) - 1):
            for part in self._beginning.get(text[place : place + 2], ()):
                if text.startswith(part, place):
                    found.add(part)
        return found

    def _whole(self, found: set[str]) -> Iterable[str]:
        begun = {word for part in found for word in self._with_part[part]}
        return [word for word in begun if found.issuperset(self._parts[word])]

    def _about(self, words: dict[str, float]) -> About:
        """Words that stand inside other ones are not counted a second time."""
        telling = [word for word in words if not any(self._inside(word, each) for each in words)]
        telling.sort(key=lambda word: (-words[word], word))
        return About(sum(words[word] for word in telling), tuple(telling))

    def _inside(self, word, other) -> bool:
        if word == other:
            return False
        return all(any(part in whole for whole in self._parts[other]) for part in self._parts[word])

    def _weight_of(self, word) -> float:
        length = sum(map(len, self._parts[word]))
        shared = sum(bool(sides & OTHER_SIDE.keys()) for sides in self._words[word].values())
        return BY_LENGTH[min(length, len(BY_LENGTH)) - 1] / max(shared, 1) ** 0.5


def _parts(word: str) -> tuple[str, ...]:
    return tuple(filter(None, word.split("+")))


@cache
def house() -> Thesaurus:
    """The one that the portal comes with."""
    return Thesaurus(tomllib.loads(FILE.read_text(encoding="utf-8")))
