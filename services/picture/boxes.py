"""Who needs what and who gives what, as boxes that are joined to the project; and its money."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from services.picture.facts import WIDTH, Facts, folded

SIDE, MIDDLE = 122, 72
INSIDE, LINE, AIR = 7, 16, 10  # from edge to words, from line to line, from box to box
MOST_BOXES, MOST_THINGS = 8, 3
TITLES = 22  # the line with the words of the columns


class Text(NamedTuple):
    y: int
    words: str
    is_strong: bool = False


class Box(NamedTuple):
    x: int
    y: int
    width: int
    height: int
    texts: list[Text]
    title: str = ""
    url: str = ""

    @property
    def text_x(self) -> int:
        return self.x + INSIDE

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True)
class Flow:
    height: int
    asked: list[Box]
    project: Box
    given: list[Box]
    links: list[str]  # paths
    width: int = WIDTH


def flow(facts: Facts) -> Flow:
    asked = [
        (_lines(each.unit, [each.what]), f"{each.unit} {each.what}".strip(), each.url)
        for each in facts.asked
    ]
    given = [(_lines(each.unit, each.what), _told(each), each.url) for each in facts.given]
    project = _texts([(facts.name, 4, True), (facts.lead, 3, False)], MIDDLE)
    columns = [_cut(asked), [(project, f"{facts.name} {facts.lead}", "")], _cut(given)]
    height = max(map(_height, columns))
    places = ((0, SIDE), ((WIDTH - MIDDLE) // 2, MIDDLE), (WIDTH - SIDE, SIDE))
    left, middle, right = (
        _stack(column, x, width, height) for column, (x, width) in zip(columns, places, strict=True)
    )
    center = middle[0]
    links = [
        *_links([(box.x + box.width, box.middle) for box in left], center.x, center),
        *_links([(box.x, box.middle) for box in right], center.x + center.width, center),
    ]
    return Flow(TITLES + height, left, center, right, links)


def _told(given) -> str:
    return "\n".join([given.unit, *given.what])


def _lines(unit, things) -> list[tuple[str, bool]]:
    shown = list(things)[:MOST_THINGS]
    parts = [(unit, 2, True), *((thing, 2, False) for thing in shown)]
    if hidden := len(things) - len(shown):
        parts.append((_("另有 %(number)d 项") % {"number": hidden}, 1, False))
    return _texts(parts, SIDE)


def _texts(parts, width) -> list[tuple[str, bool]]:
    room = width - 2 * INSIDE
    return [(line, strong) for words, most, strong in parts for line in folded(words, room, most)]


def _cut(boxes) -> list:
    if len(boxes) <= MOST_BOXES:
        return boxes
    words = _("另有 %(number)d 个") % {"number": len(boxes) - MOST_BOXES + 1}
    return [*boxes[: MOST_BOXES - 1], ([(words, False)], words, "")]


def _tall(lines) -> int:
    return len(lines) * LINE + 2 * INSIDE


def _height(column) -> int:
    return sum(_tall(lines) + AIR for lines, _title, _url in column) - (AIR if column else 0)


def _stack(column, x, width, height) -> list[Box]:
    """Boxes one below the other, the column in the middle of the picture."""
    made, y = [], TITLES + (height - _height(column)) // 2
    for lines, title, url in column:
        texts = [
            Text(y + INSIDE + place * LINE + 12, words, strong)
            for place, (words, strong) in enumerate(lines)
        ]
        made.append(Box(x, y, width, _tall(lines), texts, title, url))
        y += _tall(lines) + AIR
    return made


def _links(ends, x, center) -> Iterable[str]:
    """Curves that reach the project spread over its edge."""
    for place, (begin, y) in enumerate(ends, 1):
        to = round(center.y + center.height * place / (len(ends) + 1), 1)
        half = round((begin + x) / 2, 1)
        yield f"M{begin} {y}C{half} {y} {half} {to} {x} {to}"


# ── Money ───────────────────────────────────────────────────────────────────────────────────

BAR_ROW = 34
THINNEST = 2


class Bar(NamedTuple):
    kind: str
    words: str
    said: str
    y: int
    width: float


@dataclass(frozen=True)
class Sums:
    height: int
    bars: list[Bar]
    width: int = WIDTH


def sums(facts: Facts) -> Sums:
    most = max((each.amount for each in facts.sums), default=Decimal(0))
    bars = [
        Bar(each.kind, each.words, each.said, place * BAR_ROW, _share(each.amount, most))
        for place, each in enumerate(facts.sums)
    ]
    return Sums(len(bars) * BAR_ROW, bars)


def _share(amount, most) -> float:
    if amount <= 0:
        return 0
    return max(round(float(WIDTH * amount / most), 1), THINNEST)
