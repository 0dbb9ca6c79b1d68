"""The whole alliance as a picture: where each box and each line stands, in units of SVG.

The alliance in the middle above; its groups in columns, several rows of them when they are many;
around them a band with the seats in the whole alliance, by kind of unit.
"""

from dataclasses import dataclass, field
from math import ceil, sqrt

from django.urls import reverse
from django.utils.translation import gettext as _

WIDTH, GAP, PAD = 190, 18, 20
NARROWEST, WIDEST = 960, 300  # of the sheet; from a group to the next
SHEET = 2  # width to height, columns being of unlike length
CENTRE, CENTRE_WIDTH, HEAD, SEAT, STEP = 54, 280, 46, 44, 54
RISE = 30  # from a bar down to the heads below it
LABEL, CHIP, CHIP_HEIGHT = 116, 160, 30
LETTERS, CHIP_LETTERS = 12, 12


@dataclass
class Box:
    """A box with one or two lines of words; `marks` are its classes, `ring` says on turn."""

    x: int
    y: int
    width: int
    height: int
    words: str
    title: str
    url: str
    small: str = ""
    marks: str = ""
    ring: bool = False

    @property
    def middle(self) -> int:
        return self.x + self.width // 2

    @property
    def words_y(self) -> int:
        return self.y + self.height // 2 + (-3 if self.small else 5)

    @property
    def small_y(self) -> int:
        return self.y + self.height // 2 + 14

    @property
    def around(self) -> tuple[int, int, int, int]:
        """The ring outside of the box."""
        return self.x - 4, self.y - 4, self.width + 8, self.height + 8


@dataclass
class Picture:
    width: int = 0
    height: int = 0
    inner: tuple[int, int, int, int] = (0, 0, 0, 0)
    boxes: list[Box] = field(default_factory=list)
    lines: list[tuple[int, int, int, int]] = field(default_factory=list)
    labels: list[tuple[int, int, str]] = field(default_factory=list)


def draw(cards, wide) -> Picture:
    """`cards` are groups with seats and turns, `wide` the other seats by kind (`views.groups`)."""
    picture = Picture()
    columns = _columns(cards)
    inner_width = max(columns * (WIDTH + GAP) + GAP * 4, NARROWEST)
    picture.width = inner_width + PAD * 2
    picture.boxes.append(centre := _centre(cards, wide, picture.width))
    y, bars = centre.y + CENTRE + RISE, []
    for first in range(0, len(cards), columns):
        bars.append(y)
        y = _row(picture, cards[first : first + columns], y) + RISE
    _join(picture, centre, bars)
    picture.inner = (PAD, PAD, inner_width, y - PAD - RISE // 2)
    picture.height = _band(picture, wide, y) + PAD
    return picture


def _columns(cards) -> int:
    """As many side by side as make the whole about a sheet on its side."""
    high = sum(RISE * 2 + HEAD + 12 + len(card["seats"]) * STEP for card in cards)
    fitting = ceil(sqrt(SHEET * high / (WIDTH + GAP)))
    return max(1, min(len(cards), max(3, fitting)))


def _short(name: str, letters: int = LETTERS) -> str:
    return name if len(name) <= letters else f"{name[: letters - 1]}…"


def _centre(cards, wide, width) -> Box:
    words = _("%(groups)d 个小组 · 其他成员单位 %(others)d 家") % {
        "groups": len(cards),
        "others": sum(len(seats) for _kind, seats in wide),
    }
    name, url = _("产业链党建联盟"), reverse("alliance:group-list")
    x = (width - CENTRE_WIDTH) // 2
    return Box(x, PAD + 12, CENTRE_WIDTH, CENTRE, name, name, url, words, "picture-centre")


def _row(picture, cards, bar) -> int:
    """Groups side by side under a bar; answers where the longest column ends."""
    step = min(max((picture.width - PAD * 2 - GAP * 4) // len(cards), WIDTH + GAP), WIDEST)
    left = (picture.width - len(cards) * step + step - WIDTH) // 2
    bottom = bar
    for number, card in enumerate(cards):
        x, y = left + number * step, bar + RISE
        picture.boxes.append(head := _head(card, x, y))
        picture.lines.append((head.middle, bar, head.middle, y))
        y += HEAD + 12
        for seat in card["seats"]:
            picture.boxes.append(_seat(seat, card["turns"], x, y))
            y += STEP
        bottom = max(bottom, y)
    return bottom


def _head(card, x, y) -> Box:
    group, small = card["group"], card["group"].chain
    if any(turn.is_now and turn.is_open for turn in card["turns"]):
        small = _("%(chain)s · 当前轮值待定") % {"chain": small}
    url = group.get_absolute_url()
    return Box(x, y, WIDTH, HEAD, _short(group.name), group.name, url, small, "picture-group")


def _seat(seat, turns, x, y) -> Box:
    now = any(turn.is_now and turn.seat_id == seat.pk for turn in turns)
    words = [_("头雁")] if seat.leads else []
    words += filter(None, [turn_words(seat, turns)])
    marks = "picture-lead" if seat.leads else "picture-seat"
    url = reverse("alliance:unit-detail", args=[seat.unit_id])
    small = " · ".join(words)
    title = _("，").join([seat.unit.name, *words])
    return Box(x, y, WIDTH, SEAT, _short(str(seat.unit)), title, url, small, marks, now)


def turn_words(seat, turns) -> str:
    """Whether a seat is on turn, next or after next, and when."""
    ahead = turns if turns and turns[0].is_now else [None, *turns]
    words = (_("轮值 %(period)s"), _("下一轮值 %(period)s"), _("再下一轮值 %(period)s"))
    for turn, said in zip(ahead, words, strict=False):
        if turn and turn.seat_id == seat.pk:
            return said % {"period": turn.period_words}
    return ""


def _join(picture, centre, bars):
    """From the centre down to the first bar; further rows hang on a line at the left."""
    if not bars:
        return
    heads = [(x, y) for x, y, _x, _y in picture.lines]
    picture.lines.append((centre.middle, centre.y + CENTRE, centre.middle, bars[0]))
    trunk = PAD + GAP // 2 if len(bars) > 1 else centre.middle
    for bar in bars:
        ends = [x for x, y in heads if y == bar] + [trunk if len(bars) > 1 else centre.middle]
        picture.lines.append(
            (min(ends), bar, max(*ends, centre.middle if bar == bars[0] else 0), bar)
        )
    if len(bars) > 1:
        picture.lines.append((trunk, bars[0], trunk, bars[-1]))


def _band(picture, wide, y) -> int:
    """Rows of small boxes, a kind after the other; answers where they end."""
    fit = max((picture.width - PAD * 2 - LABEL) // (CHIP + 8), 1)
    for kind, seats in wide:
        picture.labels.append((PAD, y + 20, str(kind)))
        for number, seat in enumerate(seats):
            x = PAD + LABEL + number % fit * (CHIP + 8)
            top = y + number // fit * (CHIP_HEIGHT + 8)
            name = str(seat.unit)
            url = reverse("alliance:unit-detail", args=[seat.unit_id])
            words = _short(name, CHIP_LETTERS)
            picture.boxes.append(
                Box(x, top, CHIP, CHIP_HEIGHT, words, seat.unit.name, url, marks="picture-wide")
            )
        y += ceil(len(seats) / fit) * (CHIP_HEIGHT + 8) + 6
    return y
