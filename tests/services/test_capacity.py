"""What is left of a resource, against an implementation that asks every single hour."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from services import capacity
from services.capacity import Held
from services.opening import Opening

MONDAY = date(2026, 11, 30)
HOURS = 72
ZERO = timezone.make_aware(datetime.combine(MONDAY, time.min))


def at(hour: int) -> datetime:
    return ZERO + timedelta(hours=hour)


def spans(most=HOURS):
    pairs = st.tuples(st.integers(0, most), st.integers(0, most))
    return pairs.filter(lambda pair: pair[0] < pair[1])


held_rows = st.lists(st.tuples(st.integers(1, 4), spans()), max_size=8)


def rows_of(drawn):
    return [Held(quantity, at(begins), at(ends)) for quantity, (begins, ends) in drawn]


def held_in_hour(drawn, hour):
    """The slow and obvious answer."""
    return sum(quantity for quantity, (begins, ends) in drawn if begins <= hour < ends)


@given(held_rows, spans())
def test_the_most_and_the_least_at_once(drawn, span):
    rows, window = rows_of(drawn), (at(span[0]), at(span[1]))
    by_hour = [held_in_hour(drawn, hour) for hour in range(*span)]
    assert capacity.most_at_once(rows, *window) == max(by_hour)
    assert capacity.least_at_once(rows, *window) == min(by_hour)


@given(held_rows, spans())
def test_the_course_of_a_span_follows_the_hours(drawn, span):
    stretches = capacity.course(rows_of(drawn), at(span[0]), at(span[1]))
    assert (stretches[0].starts_at, stretches[-1].ends_at) == (at(span[0]), at(span[1]))
    for one, next_one in pairwise(stretches):
        assert one.ends_at == next_one.starts_at
        assert one.held != next_one.held
    for hour in range(*span):
        (found,) = [each for each in stretches if each.starts_at <= at(hour) < each.ends_at]
        assert found.held == held_in_hour(drawn, hour)


@given(st.integers(1, 9), held_rows, spans(), st.integers(1, 4))
def test_what_is_left_may_be_booked_and_one_more_may_not(most, drawn, span, wanted):
    """With what is left no hour holds more than there is; with one more, some hour does."""
    if max((held_in_hour(drawn, hour) for hour in range(HOURS)), default=0) > most:
        return
    left = capacity.left(most, rows_of(drawn), at(span[0]), at(span[1]))
    by_hour = [held_in_hour(drawn, hour) for hour in range(*span)]
    assert all(held + left <= most for held in by_hour)
    assert any(held + left + 1 > most for held in by_hour)


@given(st.integers(1, 30), st.lists(st.integers(1, 9), max_size=6))
def test_a_stock_is_used_up(most, quantities):
    rows = [Held(quantity) for quantity in quantities]
    assert capacity.left(most, rows) == max(most - sum(quantities), 0)
    assert capacity.left(None, rows) is None


# ── When it is open ─────────────────────────────────────────────────────────────────────────

hours_of_a_day = st.tuples(st.integers(1, 7), st.integers(0, 22), st.integers(1, 23)).filter(
    lambda drawn: drawn[1] < drawn[2]
)
closed_days = st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(
    lambda pair: pair[0] <= pair[1]
)


@given(st.lists(hours_of_a_day, max_size=6), st.lists(closed_days, max_size=2), spans())
def test_it_covers_a_span_if_every_hour_of_it_is_open(weekly, closed, span):
    opening = Opening(
        weekly=tuple((day, time(opens), time(closes)) for day, opens, closes in weekly),
        closed=tuple(
            (MONDAY + timedelta(days=first), MONDAY + timedelta(days=last))
            for first, last in closed
        ),
    )

    def is_open(hour):
        number, clock = divmod(hour, 24)
        if any(first <= number <= last for first, last in closed):
            return False
        day = number + 1
        return not weekly or any(
            weekday == day and opens <= clock < closes for weekday, opens, closes in weekly
        )

    assert opening.covers(at(span[0]), at(span[1])) == all(is_open(h) for h in range(*span))


@pytest.mark.parametrize(
    ("first", "last", "is_covered"),
    [
        (None, None, True),
        (MONDAY, MONDAY, True),
        (MONDAY + timedelta(days=1), None, False),
        (None, MONDAY - timedelta(days=1), False),
    ],
)
def test_it_is_had_only_while_it_is_offered(first, last, is_covered):
    assert Opening(first, last).covers(at(9), at(11)) is is_covered
