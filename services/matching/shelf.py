"""Texts by their keys, kept from one question to the next while some come, change and go."""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

from services.matching.pool import Pool, Reading, Relation
from services.matching.thesaurus import Side, house

LEAST_WORN, WORN = 20, 0.25  # so many changes since it was built, or such a part of it


class Text(NamedTuple):
    key: Hashable
    title: str
    content: str


class Shelf:
    """`marks` say of each text which version of it stands here."""

    def __init__(self, side: Side, texts: Iterable[Text], marks: Mapping[Hashable, object]):
        texts = [text for text in texts if text.key in marks]  # others came just now
        self._side = side
        self._keys: list[Hashable] = [text.key for text in texts]
        self._places = {key: place for place, key in enumerate(self._keys)}
        self.marks = {key: marks[key] for key in self._keys}
        self._built, self._changes = len(texts), 0
        self.pool = Pool([self._read(text) for text in texts])

    def is_worn_by(self, changes: int) -> bool:
        """How much a piece tells is reckoned when it is built: after many changes, anew."""
        return self._changes + changes > max(LEAST_WORN, WORN * self._built)

    def change(
        self, texts: Iterable[Text], gone: Collection[Hashable], marks: Mapping[Hashable, object]
    ) -> None:
        """Some texts are new or read otherwise, some are gone."""
        for key in gone:
            self._take_away(key)
        for text in filter(lambda text: text.key in marks, texts):
            if text.key in self._places:
                self._take_away(text.key)
            self._places[text.key] = self.pool.add(self._read(text))
            self._keys.append(text.key)
            self.marks[text.key] = marks[text.key]
            self._changes += 1

    def related(self, reading: Reading, least: float) -> dict[Hashable, Relation]:
        found = self.pool.related(reading, least)
        return {self._keys[place]: relation for place, relation in found.items()}

    def part(self, readings: Sequence[Reading]) -> Pool:
        return self.pool.part(readings)

    def _take_away(self, key) -> None:
        self.pool.drop(self._places.pop(key))
        del self.marks[key]
        self._changes += 1

    def _read(self, text) -> Reading:
        return Reading.of(text.title, text.content, self._side, house())
