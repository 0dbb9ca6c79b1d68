"""Which needs ask for the same (类似需求): pure comparison of Chinese texts, no dictionary needed.

Chinese has no spaces and a word has mostly two characters, so texts are compared by their pairs of
characters, and by whole words of letters or digits. A pair of the title counts twice; a pair that
many needs have counts little, whatever it is; phrases that every need begins with count nothing.
Two needs are alike when the cosine of these weights reaches LIKE. A cluster takes in another one as
long as, on average, the one's needs are half as much like the other's: a chain of neighbours that
ends somewhere else does not become one problem.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import log, sqrt

LIKE = 0.2
RUNS = re.compile(r"[\u4e00-\u9fff]+|[a-z0-9][a-z0-9.+-]*")
EMPTY = re.compile(  # the longer ones first
    "我公司|本公司|我单位|我们|我司|公司|企业|单位|希望|需要|需求|急需|目前|因为|由于|解决|问题|帮助|协助|"
    "协调|联盟|园区|申请|请求|情况|相关|进行|能够|能否|是否|可以|一下|尽快|支持|无法|没有|对接|联系|提供|"
    "寻找|存在|以及|已经|其他|一个|两个|几个|两名|多名|较大|比较|请|的|了|和|与|及|等"  # data
)
LITTLE = 20  # with few needs, what two of them share still tells something
SAID, LONGEST = 3, 6  # how many words are told, and how long one may be


@dataclass(frozen=True)
class Text:
    """What is compared of a need."""

    title: str
    content: str = ""

    @cached_property
    def weights(self) -> Counter:
        found = Counter()
        for words, weight in ((self.title, 2), (self.content, 1)):
            for piece in set(pieces(words)):
                found[piece] = max(found[piece], weight)
        return found

    @cached_property
    def grams(self) -> set[str]:
        """Every run of two to six characters, for telling what several have in common."""
        found = set()
        for run in runs(f"{self.title} {self.content}"):
            if run[0].isascii():
                found.add(run)
                continue
            for size in range(2, LONGEST + 1):
                found.update(run[place : place + size] for place in range(len(run) - size + 1))
        return found


def runs(words: str) -> list[str]:
    """What stands between signs and phrases that say nothing."""
    return RUNS.findall(EMPTY.sub(" ", unicodedata.normalize("NFKC", words).lower()))


def pieces(words: str) -> list[str]:
    found = []
    for run in runs(words):
        if run[0].isascii():
            found.append(run)
        else:
            found += [run[place : place + 2] for place in range(len(run) - 1)]
    return found


class Likeness:
    """How much texts are alike, among all that were written lately."""

    def __init__(self, texts: Sequence[Text]):
        self.number = len(texts)
        self.having = Counter(piece for text in texts for piece in text.weights)
        self._vectors: dict[Text, dict[str, float]] = {}

    def of(self, one: Text, other: Text) -> float:
        """Between 0 and 1."""
        a, b = self._vector(one), self._vector(other)
        if len(b) < len(a):
            a, b = b, a
        product = sum(weight * b[piece] for piece, weight in a.items() if piece in b)
        return product / (_length(a) * _length(b)) if product else 0.0

    def clusters(self, texts: Sequence[Text]) -> list[list[int]]:
        """Places of texts that are alike, those that stand together; the largest first."""
        alike = {
            pair: value
            for pair in combinations(range(len(texts)), 2)
            if (value := self.of(texts[pair[0]], texts[pair[1]]))
        }
        home = {place: [place] for place in range(len(texts))}
        for (one, other), value in sorted(alike.items(), key=lambda pair: (-pair[1], pair[0])):
            if value < LIKE:
                break
            a, b = home[one], home[other]
            if a is not b and _between(a, b, alike) >= LIKE / 2:
                a += b
                home |= dict.fromkeys(b, a)
        found = {id(each): sorted(each) for each in home.values() if len(each) > 1}
        return sorted(found.values(), key=lambda each: (-len(each), each))

    def words(self, texts: Sequence[Text]) -> list[str]:
        """What at least half of some texts have in common, in their own words."""
        least = max(2, (len(texts) + 1) // 2)
        having = Counter(gram for text in texts for gram in text.grams)
        common = {gram: number for gram, number in having.items() if number >= least}
        worth = {gram: common[gram] * self._rare(gram) * len(gram) for gram in common}
        found: list[str] = []
        for gram in sorted(worth, key=lambda gram: (-worth[gram], gram)):
            if not any(_overlap(gram, other) for other in found):
                found.append(gram)
            if len(found) == SAID:
                break
        return found

    def _vector(self, text) -> dict[str, float]:
        if text not in self._vectors:
            self._vectors[text] = {
                piece: weight * self._telling(piece) for piece, weight in text.weights.items()
            }
        return self._vectors[text]

    def _telling(self, piece) -> float:
        """The rarer a piece is, the more it says."""
        return log(1 + (self.number + LITTLE) / (self.having[piece] + 1))

    def _rare(self, gram) -> float:
        return min(self._telling(pair) for pair in _pairs(gram))


def _length(vector):
    return sqrt(sum(weight * weight for weight in vector.values()))


def _between(a, b, alike) -> float:
    pairs = [(min(one, other), max(one, other)) for one in a for other in b]
    return sum(alike.get(pair, 0.0) for pair in pairs) / len(pairs)


def _overlap(gram, other) -> bool:
    return bool({*_pairs(gram)} & {*_pairs(other)})


def _pairs(gram) -> list[str]:
    return [gram[place : place + 2] for place in range(len(gram) - 1)] or [gram]
