"""The tree of organizations as a picture: where each box and each line stands, in units of SVG.

Organizations that have others below them stand side by side; those at the end of a branch stand
one under the other, in columns.
"""

from dataclasses import dataclass, field

from members.models import Organization, Tree

WIDTH, HEIGHT, GAP, RISE, INDENT, MOST_ROWS = 168, 44, 10, 34, 14, 13
LETTERS = 12


@dataclass
class Box:
    x: int
    y: int
    row: Organization
    is_superior: bool = False

    @property
    def words(self) -> str:
        name = self.row.short_name or self.row.name
        return name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…"

    @property
    def text_x(self) -> int:
        return self.x + WIDTH // 2

    @property
    def name_y(self) -> int:
        return self.y + 19

    @property
    def small_y(self) -> int:
        return self.y + 35


@dataclass
class Chart:
    boxes: list[Box] = field(default_factory=list)
    lines: list[tuple[int, int, int, int]] = field(default_factory=list)
    width: int = 0
    height: int = 0
    box_width, box_height = WIDTH, HEIGHT


def draw(tree: Tree) -> Chart:
    """The whole tree of a day, its tops side by side."""
    chart, x = Chart(), GAP
    for top in tree.children(None):
        x += _block(chart, tree, top, x, GAP) + GAP * 3
    chart.width = max(x, WIDTH)
    chart.height = max((box.y for box in chart.boxes), default=0) + HEIGHT + GAP
    return chart


def _block(chart, tree, row, x, y) -> int:
    """An organization over everything below it; answers how wide that is."""
    below = tree.children(row.pk)
    wide = [child for child in below if tree.children(child.pk)]
    plain = [child for child in below if not tree.children(child.pk)]
    left, under, feet = x, y + HEIGHT + RISE, []
    for child in wide:
        start, left = left, left + _block(chart, tree, child, left, under) + GAP * 3
        feet.append(next(box.text_x for box in chart.boxes if box.row is child and box.x >= start))
    for first in range(0, len(plain), MOST_ROWS):
        feet.append(left)
        _column(chart, plain[first : first + MOST_ROWS], left, under)
        left += WIDTH + INDENT + GAP
    width = max(left - x - GAP, WIDTH)
    chart.boxes.append(head := Box(x + (width - WIDTH) // 2, y, row, is_superior=bool(below)))
    if feet:
        _join(chart, head, feet, under)
    return width


def _column(chart, rows, x, y):
    """Boxes one under the other, on a line at their left."""
    for number, row in enumerate(rows):
        top = y + number * (HEIGHT + GAP)
        chart.boxes.append(Box(x + INDENT, top, row))
        chart.lines.append((x, top + HEIGHT // 2, x + INDENT, top + HEIGHT // 2))
    chart.lines.append((x, y - RISE // 2, x, y + (len(rows) - 1) * (HEIGHT + GAP) + HEIGHT // 2))


def _join(chart, head, feet, under):
    """From a superior down to a bar, and from the bar to each of those below it."""
    bar = under - RISE // 2
    chart.lines.append((head.text_x, head.y + HEIGHT, head.text_x, bar))
    chart.lines.append((min(*feet, head.text_x), bar, max(*feet, head.text_x), bar))
    chart.lines += [(foot, bar, foot, under) for foot in feet]
