"""Working days of China: known days, and the quick answers against a slow obvious count."""

import time
from datetime import date, timedelta

import holidays
import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from nanchuan.kernel import calendar

DAYS = st.dates(min_value=date(2018, 1, 1), max_value=date(2029, 12, 31))
NUMBERS = st.integers(min_value=0, max_value=600)
CHINA = holidays.CN(years=range(2015, 2034))
ONE = timedelta(days=1)


def works(day):
    """The obvious answer: the library's own, day by day."""
    return CHINA.is_working_day(day)


def walk(day, n, step):
    while n:
        day += step
        n -= works(day)
    return day


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-10-10", True),  # a Saturday that makes up for the National Day
        ("2026-10-01", False),
        ("2026-10-07", False),
        ("2026-10-08", True),
        ("2026-02-14", True),  # Saturdays that make up for the Spring Festival
        ("2026-02-28", True),
        ("2026-02-16", False),
        ("2026-02-23", False),
        ("2026-02-24", True),
        ("2025-01-26", True),  # a Sunday and a Saturday of the year before
        ("2025-02-08", True),
        ("2025-01-28", False),
        ("2025-02-04", False),
        ("2025-02-05", True),
        ("2026-01-04", True),
        ("2026-01-02", False),
        ("2026-11-28", False),  # an ordinary Saturday
        ("2026-11-27", True),
    ],
)
def test_known_days(day, expected):
    assert calendar.is_working_day(date.fromisoformat(day)) is expected


def test_counting_over_the_national_day():
    wednesday = date(2026, 9, 30)
    assert calendar.working_days_after(wednesday, 1) == date(2026, 10, 8)
    assert calendar.working_days_after(wednesday, 3) == date(2026, 10, 10)
    assert calendar.working_days_before(date(2026, 10, 8), 1) == wednesday
    assert calendar.working_days_between(wednesday, date(2026, 10, 10)) == 3
    assert calendar.working_days_between(date(2026, 10, 10), wednesday) == -3
    assert calendar.next_working_day(date(2026, 10, 3)) == date(2026, 10, 8)
    assert calendar.next_working_day(date(2026, 10, 10)) == date(2026, 10, 10)


@given(DAYS)
def test_each_day_is_as_the_library_has_it(day):
    assert calendar.is_working_day(day) == works(day)


@given(DAYS, NUMBERS)
def test_after_and_before_are_what_a_walk_finds(day, n):
    assert calendar.working_days_after(day, n) == walk(day, n, ONE)
    assert calendar.working_days_before(day, n) == walk(day, n, -ONE)


@given(DAYS, DAYS)
def test_between_counts_the_days_one_by_one(a, b):
    first, last = sorted((a, b))
    days = (first + timedelta(days=number) for number in range(1, (last - first).days + 1))
    counted = sum(works(day) for day in days)
    assert calendar.working_days_between(a, b) == (counted if a <= b else -counted)


@given(DAYS, st.integers(min_value=1, max_value=600))
def test_there_and_back(day, n):
    there = calendar.working_days_after(day, n)
    assert calendar.is_working_day(there)
    assert calendar.working_days_between(day, there) == n
    if calendar.is_working_day(day):
        assert calendar.working_days_before(there, n) == day


def test_a_year_without_make_up_days_is_estimated_and_says_so():
    assert not calendar.is_estimated(2025)
    assert not calendar.is_estimated(2026)
    assert calendar.is_estimated(2029)
    assert not calendar.is_working_day(date(2029, 10, 1))  # statutory all the same
    assert calendar.estimate_note([date(2026, 11, 1)]) == ""
    note = calendar.estimate_note([date(2030, 1, 4), date(2026, 1, 4), date(2029, 1, 4)])
    assert note == "2029、2030年的调休安排尚未公布，暂按周末和法定节假日推算。"


def test_the_ends_of_the_calendar_are_no_error():
    assert calendar.working_days_after(date.max, 3) == date.max
    assert calendar.working_days_before(date.min, 3) == date.min
    assert calendar.working_days_between(date(9999, 12, 30), date.max) in (0, 1)


def test_ten_thousand_questions_are_quick():
    days = [date(2026, 1, 1) + timedelta(days=number % 900) for number in range(10_000)]
    for day in days[:900]:
        calendar.is_working_day(day)  # the years are read once per process
    asked = (
        calendar.is_working_day,
        lambda day: calendar.working_days_after(day, 15),
        lambda day: calendar.working_days_before(day, 15),
        lambda day: calendar.working_days_between(day, date(2027, 1, 1)),
    )
    for question in asked:
        took = []
        for _round in range(3):  # the machine may be busy once
            began = time.process_time()
            for day in days:
                question(day)
            took.append(time.process_time() - began)
        assert min(took) <= 0.1, took


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2026-10-01", "国庆节"),
        ("2026-10-05", "国庆节"),  # made good for a Sunday
        ("2026-10-07", "休息日"),  # in exchange for a Saturday
        ("2026-02-16", "农历除夕"),
        ("2026-10-10", ""),
        ("2026-11-28", ""),
        ("0001-01-01", ""),
    ],
)
def test_holidays_have_names(day, name):
    assert calendar.holiday_name(date.fromisoformat(day)) == name


def test_their_names_are_in_the_language_of_the_reader():
    with translation.override("en"):
        assert calendar.holiday_name(date(2026, 10, 1)) == "National Day"
        assert calendar.holiday_name(date(2026, 10, 7)) == "Day off"


@given(DAYS)
def test_what_is_made_up_is_worked_on_a_weekend(day):
    made_up = calendar.is_working_day(day) and day.weekday() >= calendar.FIRST_WEEKEND_DAY
    assert calendar.is_made_up(day) is made_up
