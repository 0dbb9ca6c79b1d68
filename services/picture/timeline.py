"""The time line of a project: its plan, its milestones, today, and how far it was when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from django.utils.translation import gettext as _

from services.picture.facts import WIDTH, Facts, Point, folded

EDGE = 8
DAY = timedelta(days=1)
FULL = 100  # percent
HEAD, PLAN, ROW, CHART, FOOT = 34, 40, 38, 72, 30
MOST_POINTS = 14
NARROWEST = 52  # from one word of the axis to the next
STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600)  # months between them
SOON = 7  # days
TITLE = 236  # of the width, beside its date


class Scale(NamedTuple):
    first: date
    last: date

    def x(self, day: date) -> float:
        day = min(max(day, self.first), self.last)
        share = (day - self.first).days / max((self.last - self.first).days, 1)
        return round(EDGE + (WIDTH - 2 * EDGE) * share, 1)


class Tick(NamedTuple):
    x: float
    words: str
    anchor: str


class Row(NamedTuple):
    """A milestone in the picture: `state` is done | overdue | soon | ahead."""

    title: str
    whole: str
    said: str
    state: str
    y: int
    due_x: float
    done_x: float | None


@dataclass(frozen=True)
class TimeLine:
    height: int
    ticks: list[Tick]
    plan: tuple[float, float]  # where the bar begins and how wide it is
    plan_words: str
    is_open: bool  # nobody said when it is due
    today_x: float | None
    today_spans: list[tuple[int, int]]  # beside bars and tracks: no line through words
    rows: list[Row]
    more: int  # milestones, done long ago, that have no place
    chart_y: int
    steps: str  # points of the line of progress
    dots: list[tuple[float, float, str]]
    percent: int
    width: int = WIDTH


def time_line(facts: Facts) -> TimeLine:
    scale = _scale(facts)
    points, more = _shown(facts.points)
    rows = [
        _row(point, scale, facts, HEAD + PLAN + place * ROW) for place, point in enumerate(points)
    ]
    chart_y = HEAD + PLAN + len(rows) * ROW + FOOT
    steps, dots = _progress(facts, scale, chart_y)
    begins, ends = scale.x(facts.starts_on), scale.x(facts.due_on or scale.last)
    is_within = scale.first <= facts.today <= scale.last
    height = chart_y + CHART + 6
    return TimeLine(
        height=height,
        ticks=_ticks(scale),
        plan=(begins, round(max(ends - begins, 3), 1)),
        plan_words=_plan_words(facts),
        is_open=facts.due_on is None,
        today_x=scale.x(facts.today) if is_within else None,
        today_spans=[(50, 64), *((row.y + 18, row.y + 36) for row in rows), (chart_y, height)],
        rows=rows,
        more=more,
        chart_y=chart_y,
        steps=" ".join(f"{x},{y}" for x, y in steps),
        dots=dots,
        percent=facts.notes[-1][1] if facts.notes else 0,
    )


def _scale(facts) -> Scale:
    """All that has a day; today while it runs, or where it lies between."""
    days = [facts.starts_on, facts.due_on, facts.ended_on]
    days += [day for point in facts.points for day in (point.due_on, point.done_on)]
    days += [day for day, _percent in facts.notes]
    if facts.ended_on is None:
        days.append(facts.today)
    found = [day for day in days if day]
    first, last = min(found), max(found)
    return Scale(first, max(last, first + DAY))


def _shown(points) -> tuple[list[Point], int]:
    """What is to be done, and of what is done the latest, as far as there is room."""
    ordered = sorted(points, key=lambda point: (point.due_on, point.done_on is None))
    more = max(len(ordered) - MOST_POINTS, 0)
    left_out = [place for place, point in enumerate(ordered) if point.done_on][:more]
    kept = [point for place, point in enumerate(ordered) if place not in left_out]
    return kept[:MOST_POINTS], more


def _row(point, scale, facts, y) -> Row:
    state, said = standing(point, facts.today, facts.ended_on is not None)
    title = next(iter(folded(point.title, TITLE, 1)), "")
    done_x = scale.x(point.done_on) if point.done_on else None
    return Row(title, point.title, said, state, y, scale.x(point.due_on), done_x)


def standing(point: Point, today: date, is_over: bool = False) -> tuple[str, str]:
    """How a milestone stands, and in words; what a project left undone is no longer late."""
    if point.done_on:
        return "done", _("%(day)s 完成") % {"day": point.done_on.isoformat()}
    if is_over:
        return "ahead", _("未完成")
    days = (point.due_on - today).days
    if days < 0:
        return "overdue", _("逾期 %(days)d 天") % {"days": -days}
    words = _("%(day)s 到期") % {"day": point.due_on.isoformat()}
    return ("soon" if days <= SOON else "ahead"), words


def _plan_words(facts) -> str:
    starts = facts.starts_on.isoformat()
    if facts.due_on is None:
        return _("%(day)s 起，未定期限") % {"day": starts}
    return f"{starts} — {facts.due_on.isoformat()}"


def _ticks(scale) -> list[Tick]:
    """First days of months, so many that their words do not touch."""
    firsts = [date(month // 12, month % 12 + 1, 1) for month in _months(scale)]
    for step in STEPS:
        chosen = [day for day in firsts if (day.year * 12 + day.month - 1) % step == 0]
        places = [scale.x(day) for day in chosen]
        if all(after - before >= NARROWEST for before, after in pairwise(places)):
            break
    return [Tick(x, f"{day:%Y-%m}", _anchor(x)) for day, x in zip(chosen, places, strict=True)]


def _months(scale) -> Iterable[int]:
    first = scale.first.year * 12 + scale.first.month - 1 + (scale.first.day > 1)
    return range(first, scale.last.year * 12 + scale.last.month)


def _anchor(x) -> str:
    if x < NARROWEST / 2:
        return "start"
    return "end" if x > WIDTH - NARROWEST / 2 else "middle"


def _progress(facts, scale, top):
    """What was said last holds until something else is said."""

    def y(percent):
        return round(top + CHART * (1 - min(max(percent, 0), FULL) / FULL), 1)

    line, dots, level = [(scale.x(facts.starts_on), y(0))], [], 0
    for day, percent in facts.notes:
        x = scale.x(day)
        line += [(x, y(level)), (x, y(percent))]
        dots.append((x, y(percent), f"{day.isoformat()} {percent}%"))
        level = percent
    ends = scale.x(facts.ended_on or min(facts.today, scale.last))
    if ends > line[-1][0]:
        line.append((ends, y(level)))
    return line, dots
