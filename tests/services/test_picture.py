"""A project as a picture: every mark where its day is, every word within its box, nothing on top of
something else, however much there is of it."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import picture
from services.picture import Asked, Facts, Given, Point, Sum, timeline
from services.picture.boxes import AIR, INSIDE, MOST_BOXES, THINNEST, TITLES
from services.picture.facts import WIDTH, folded, wide

DAY = timedelta(days=1)
FIRST, TODAY = date(2026, 9, 1), date(2026, 11, 26)
days = st.dates(date(2024, 1, 1), date(2031, 12, 31))
words = st.text("甲乙丙丁企业资源 abcXYZ019—、", min_size=1, max_size=60)
points = st.builds(Point, words, days, st.none() | days)
notes = st.lists(st.tuples(days, st.integers(0, 100)), max_size=12).map(sorted)
asked = st.lists(st.builds(Asked, words, words), max_size=12)
gifts = st.lists(st.builds(Given, words, st.lists(words, min_size=1, max_size=6)), max_size=12)


def facts(**kwargs):
    defaults = {"name": "光伏组件检测对接", "lead": "科技局", "starts_on": FIRST, "today": TODAY}
    return Facts(**defaults | kwargs)


projects = st.builds(
    facts,
    starts_on=days,
    due_on=st.none() | days,
    ended_on=st.none() | days,
    today=days,
    points=st.lists(points, max_size=20),
    notes=notes,
)
flows = st.builds(facts, name=words, lead=words, asked=asked, given=gifts)


# ── Time ────────────────────────────────────────────────────────────────────────────────────


@given(projects)
def test_the_line_of_today_crosses_no_words(told):
    """Words stand between 13 above and 4 below their base line."""
    line = picture.time_line(told)
    bases = [29, 44, line.chart_y - 12, *(row.y + 14 for row in line.rows)]
    for begins, ends in line.today_spans:
        assert begins < ends <= line.height
        assert not [base for base in bases if begins < base + 4 and base - 13 < ends]


@given(projects)
def test_every_mark_of_the_time_line_lies_in_the_picture(told):
    line = picture.time_line(told)
    xs = [tick.x for tick in line.ticks] + [row.due_x for row in line.rows]
    xs += [row.done_x for row in line.rows if row.done_x is not None]
    xs += [line.plan[0], line.plan[0] + line.plan[1] - 3, *(x for x, _y, _words in line.dots)]
    xs += [line.today_x] if line.today_x is not None else []
    assert all(timeline.EDGE <= x <= WIDTH - timeline.EDGE for x in xs)
    bottoms = [row.y + timeline.ROW for row in line.rows]
    assert all(bottom <= line.chart_y for bottom in bottoms)
    assert line.chart_y + timeline.CHART <= line.height
    assert [row.y for row in line.rows] == sorted({row.y for row in line.rows})
    assert len(line.rows) + line.more == len(told.points)


@given(projects)
def test_an_earlier_day_is_never_to_the_right_of_a_later_one(told):
    line = picture.time_line(told)
    due = {row.whole: row.due_x for row in line.rows}
    known = [point for point in told.points if point.title in due]
    if len({point.title for point in told.points}) == len(told.points):
        for one, other in combinations(known, 2):
            if one.due_on <= other.due_on:
                assert due[one.title] <= due[other.title]
    steps = [tuple(map(float, step.split(","))) for step in line.steps.split()]
    if told.notes and told.notes[0][0] >= told.starts_on:
        assert all(before[0] <= after[0] for before, after in pairwise(steps))


@given(projects)
def test_words_of_the_axis_do_not_touch(told):
    for before, after in pairwise(picture.time_line(told).ticks):
        assert after.x - before.x >= timeline.NARROWEST


def test_progress_goes_up_only_where_it_was_said():
    line = picture.time_line(facts(notes=[(date(2026, 10, 1), 40), (date(2026, 11, 1), 100)]))
    ys = [float(step.split(",")[1]) for step in line.steps.split()]
    bottom, middle = line.chart_y + timeline.CHART, line.chart_y + timeline.CHART * 0.6
    assert ys == [bottom, bottom, middle, middle, line.chart_y, line.chart_y]
    assert line.percent == 100 and [dot[2] for dot in line.dots] == [
        "2026-10-01 40%",
        "2026-11-01 100%",
    ]
    assert float(line.steps.split()[-1].split(",")[0]) == line.today_x


def test_today_is_drawn_while_it_runs_and_not_long_after_it():
    assert picture.time_line(facts(due_on=TODAY - 30 * DAY)).today_x is not None
    over = facts(due_on=TODAY - 30 * DAY, ended_on=TODAY - 20 * DAY)
    assert picture.time_line(over).today_x is None


@pytest.mark.parametrize(
    ("due", "done", "over", "state", "said"),
    [
        (TODAY - DAY, None, False, "overdue", "逾期 1 天"),
        (TODAY - DAY, None, True, "ahead", "未完成"),
        (TODAY, None, False, "soon", "2026-11-26 到期"),
        (TODAY + 7 * DAY, None, False, "soon", "2026-12-03 到期"),
        (TODAY + 8 * DAY, None, False, "ahead", "2026-12-04 到期"),
        (TODAY - DAY, TODAY, False, "done", "2026-11-26 完成"),
    ],
)
def test_how_a_milestone_stands_is_said_in_words(due, done, over, state, said):
    assert picture.standing(Point("节点", due, done), TODAY, over) == (state, said)


def test_what_is_still_to_be_done_keeps_its_place_among_many():
    done = [Point(f"已办{n}", FIRST + n * DAY, FIRST + n * DAY) for n in range(20)]
    line = picture.time_line(facts(points=[*done, Point("未办", FIRST, None)]))
    assert len(line.rows) == timeline.MOST_POINTS and line.more == 7
    assert "未办" in [row.whole for row in line.rows]
    assert "已办0" not in [row.whole for row in line.rows]


# ── Who gives what ──────────────────────────────────────────────────────────────────────────


@given(flows)
def test_boxes_stand_apart_and_hold_their_words(told):
    flow = picture.flow(told)
    columns = [flow.asked, [flow.project], flow.given]
    for column in columns:
        for above, below in pairwise(column):
            assert below.y - (above.y + above.height) >= AIR
    for left, right in pairwise(columns):
        assert all(one.x + one.width < other.x for one in left for other in right)
    for box in (box for column in columns for box in column):
        assert box.y >= TITLES and box.y + box.height <= flow.height
        assert box.x >= 0 and box.x + box.width <= flow.width
        for text in box.texts:
            assert wide(text.words) <= box.width - 2 * INSIDE
            assert box.y < text.y < box.y + box.height


@given(flows)
def test_each_box_is_joined_to_the_project_once(told):
    flow = picture.flow(told)
    assert len(flow.links) == len(flow.asked) + len(flow.given)
    assert len(flow.asked) == min(len(told.asked), MOST_BOXES)
    ends = [tuple(map(float, link.rpartition(" ")[0].split()[-1:])) for link in flow.links]
    edges = {flow.project.x, flow.project.x + flow.project.width}
    assert {x for (x,) in ends} <= edges
    for link in flow.links:
        assert flow.project.y < float(link.split()[-1]) < flow.project.y + flow.project.height


def test_what_has_no_place_is_counted():
    told = facts(
        asked=[Asked("某企业", "不公开的需求")] * 11,
        given=[Given("理工学院", ["专家", "设备", "场地", "培训", "资金"])],
    )
    flow = picture.flow(told)
    assert [text.words for text in flow.asked[-1].texts] == ["另有 4 个"]
    assert [text.words for text in flow.given[0].texts] == [
        "理工学院",
        "专家",
        "设备",
        "场地",
        "另有 2 项",
    ]
    assert "资金" in flow.given[0].title


def test_a_figure_is_not_torn_apart():
    (box,) = picture.flow(facts(given=[Given("投资公司", ["设备补助 120,000 元"])])).given
    assert [text.words.strip() for text in box.texts] == ["投资公司", "设备补助", "120,000 元"]


# ── Money ───────────────────────────────────────────────────────────────────────────────────


@given(st.lists(st.decimals(0, 10**9, places=2), min_size=1, max_size=5))
def test_bars_are_as_long_as_their_sums(amounts):
    told = [Sum("spent", "支出", amount, "") for amount in amounts]
    bars = picture.sums(facts(sums=told)).bars
    most = max(amounts)
    for bar, amount in zip(bars, amounts, strict=True):
        if amount and amount * WIDTH >= 2 * THINNEST * most:
            assert bar.width == pytest.approx(float(WIDTH * amount / most), abs=0.06)
        assert (bar.width > 0) == (amount > 0)
        assert bar.width <= WIDTH


def test_nothing_is_drawn_of_no_money():
    assert picture.sums(facts()).bars == []
    assert picture.sums(facts(sums=[Sum("spent", "支出", Decimal(0), "0")])).bars[0].width == 0


def test_no_line_begins_with_what_closes():
    for width in range(45, 200, 5):
        lines = folded("供应链公司（示例）、规划建设部门（示例）。", width, 30)
        assert not [line for line in lines[1:] if line[0] in "）、。"], lines
        assert all(wide(line) <= width for line in lines), lines
