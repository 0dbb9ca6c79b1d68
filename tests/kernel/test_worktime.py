"""Working time: the quick answers against a slow obvious count, minute by minute."""

from bisect import bisect_left
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanchuan.kernel.worktime import Hours, WorkTime, joined

PARK = ZoneInfo("Asia/Shanghai")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
FIRST, DAYS = date(2026, 12, 21), 26  # over the end of a year
MIDNIGHT = datetime(2026, 12, 21, tzinfo=PARK)


def at(words):
    return datetime.fromisoformat(words).replace(tzinfo=PARK)


def minutes(*numbers):
    return tuple(timedelta(minutes=number) for number in numbers)


def hours(a, b, c, d, starts_on=date(2020, 1, 1)):
    return Hours(starts_on, (minutes(a, b), minutes(c, d)))


USUAL = hours(510, 720, 840, 1080)


class Slow:
    """Looks at every minute of some weeks."""

    def __init__(self, off, made_up, all_hours):
        self.off, self.made_up, self.all_hours = off, made_up, all_hours
        days = [FIRST + number * DAY for number in range(DAYS)]
        self.working = [
            MIDNIGHT + (day - FIRST) + minute * MINUTE
            for day in days
            if self.works(day)
            for minute in range(24 * 60)
            if any(a <= minute * MINUTE < b for a, b in self.hours(day).spans)
        ]

    def works(self, day):
        return day in self.made_up or (day.weekday() < 5 and day not in self.off)

    def hours(self, day):
        return [
            each for each in self.all_hours if each.starts_on <= day or each is self.all_hours[0]
        ][-1]

    def share(self, minute):
        """What part of its day a minute is."""
        return Fraction(1, int(self.hours(minute.date()).length / MINUTE))

    def between(self, a, b):
        return sum(self.share(minute) for minute in self.working if a <= minute < b)

    def minutes_between(self, a, b):
        return sum(a <= minute < b for minute in self.working) * MINUTE

    def run_out(self, start, amount, pauses=()):
        """The end of the minute in which so much is through."""
        passed = Fraction(0)
        for minute in self.working:
            if minute >= start and not any(a <= minute < b for a, b in pauses):
                passed += self.share(minute)
                if passed >= amount:
                    return minute + MINUTE
        return None

    def years(self, year):
        """The same days as the quick one is given them, for the whole of each year."""
        day, found = date(year, 1, 1), []
        while day.year == year:
            if self.works(day):
                found.append(day.toordinal())
            day += DAY
        return found

    def quick(self):
        known = {year: self.years(year) for year in (2026, 2027)}
        return WorkTime(known.__getitem__, self.all_hours, PARK)


@st.composite
def times_of_day(draw, starts_on=date(2020, 1, 1)):
    marks = sorted(draw(st.sets(st.integers(28, 80), min_size=4, max_size=4)))  # of 15 minutes
    return hours(*(mark * 15 for mark in marks), starts_on)


@st.composite
def calendars(draw):
    days = st.dates(FIRST, FIRST + 12 * DAY)
    off, made_up = draw(st.sets(days, max_size=4)), draw(st.sets(days, max_size=3))
    all_hours = [draw(times_of_day())]
    if draw(st.booleans()):
        all_hours.append(draw(times_of_day(draw(days))))
    return Slow(off, made_up, all_hours)


MOMENTS = st.integers(0, 9 * 24 * 60).map(lambda number: MIDNIGHT + number * MINUTE)
PAUSES = st.lists(
    st.tuples(MOMENTS, st.integers(0, 3 * 24 * 60)).map(lambda p: (p[0], p[0] + p[1] * MINUTE)),
    max_size=3,
)
FEW = settings(max_examples=40)


@FEW
@given(calendars(), MOMENTS, MOMENTS)
def test_time_between_is_what_a_count_of_minutes_says(slow, a, b):
    a, b = sorted([a, b])
    quick = slow.quick()
    assert quick.between(a, b) == slow.between(a, b)
    assert quick.between(b, a) == -slow.between(a, b)
    assert quick.hours_between(a, b) == slow.minutes_between(a, b)
    assert quick.hours_between(b, a) == -quick.hours_between(a, b)


@FEW
@given(calendars(), MOMENTS)
def test_people_work_in_the_minutes_that_are_counted(slow, moment):
    quick, place = slow.quick(), bisect_left(slow.working, moment)
    assert quick.is_working_moment(moment) == (slow.working[place] == moment)
    assert quick.next_working_moment(moment) == slow.working[place]


@FEW
@given(calendars(), MOMENTS, st.integers(1, 4), PAUSES)
def test_a_clock_runs_out_in_the_minute_in_which_its_days_are_through(slow, start, days, pauses):
    """Also where hours change on the way and it stood still in between."""
    due, found = slow.quick().run_out(start, days, pauses), slow.run_out(start, days, pauses)
    assert found - MINUTE < due <= found + timedelta(microseconds=1)
    if len(slow.all_hours) == 1:
        assert due == found


@FEW
@given(calendars(), MOMENTS, st.integers(1, 4), PAUSES)
def test_what_elapsed_until_a_clock_ran_out_is_its_days(slow, start, days, pauses):
    quick = slow.quick()
    due = quick.run_out(start, days, pauses)
    assert abs(quick.elapsed(start, due, pauses) - days) < Fraction(1, 10**9)
    assert quick.elapsed(start, start, pauses) == 0


@FEW
@given(calendars(), MOMENTS, st.integers(1, 3), st.integers(1, 3), PAUSES)
def test_more_days_are_never_due_earlier_nor_does_a_pause_hasten(slow, start, days, more, pauses):
    quick = slow.quick()
    due = quick.run_out(start, days, pauses)
    assert quick.run_out(start, days + more, pauses) > due > start
    assert due >= quick.after(start, days) == quick.run_out(start, days)
    assert quick.after(quick.after(start, days), more) - quick.after(
        start, days + more
    ) <= timedelta(microseconds=1)


@given(PAUSES, MOMENTS)
def test_joined_pauses_lie_apart_and_cover_the_same_minutes(pauses, since):
    found = joined(pauses, since)
    assert all(a[1] < b[0] for a, b in pairwise(found))
    for number in range(0, 12 * 24 * 60, 17):
        minute = MIDNIGHT + number * MINUTE
        covered = minute >= since and any(a <= minute < b for a, b in pauses)
        assert covered == any(a <= minute < b for a, b in found)


# ── In plain days ───────────────────────────────────────────────────────────────────────────

PLAIN = Slow({date(2027, 1, 1)}, {date(2027, 1, 2)}, [USUAL]).quick()  # New Year, made up


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-12-21 10:15", 1, "2026-12-22 10:15"),
        ("2026-12-21 10:15", 3, "2026-12-24 10:15"),
        ("2026-12-25 17:59", 1, "2026-12-28 17:59"),  # Friday, Monday
        ("2026-12-26 11:00", 1, "2026-12-28 18:00"),  # on a Saturday: all of Monday
        ("2026-12-21 18:00", 1, "2026-12-22 18:00"),
        ("2026-12-21 22:00", 1, "2026-12-22 18:00"),
        ("2026-12-22 06:00", 1, "2026-12-22 18:00"),
        ("2026-12-22 08:30", 1, "2026-12-22 18:00"),
        ("2026-12-22 12:30", 1, "2026-12-23 12:00"),  # at lunch
        ("2026-12-31 09:00", 1, "2027-01-02 09:00"),  # the Saturday is made up
        ("2026-12-31 09:00", 2, "2027-01-04 09:00"),
        ("2026-12-31 09:00", 0, "2026-12-31 09:00"),
    ],
)
def test_the_same_time_some_working_days_later(start, days, due):
    assert PLAIN.after(at(start), days) == at(due)


def test_a_pause_moves_the_due_moment_by_its_working_time():
    start, usual = at("2026-12-21 10:00"), at("2026-12-22 10:00")
    assert PLAIN.run_out(start, 1) == usual
    lunch = [(at("2026-12-21 12:00"), at("2026-12-21 14:00"))]
    assert PLAIN.run_out(start, 1, lunch) == usual
    hour = [(at("2026-12-21 15:00"), at("2026-12-21 16:00"))]
    assert PLAIN.run_out(start, 1, hour) == at("2026-12-22 11:00")
    assert PLAIN.run_out(start, 1, hour * 2) == at("2026-12-22 11:00")  # overlapping ones once
    later = [(at("2026-12-22 10:00"), at("2026-12-24 10:00"))]  # it had run out
    assert PLAIN.run_out(start, 1, later) == usual


def test_shorter_hours_from_a_day_on_keep_a_day_a_day():
    short = hours(540, 720, 840, 1020, date(2026, 12, 23))  # 9–12, 14–17: six hours
    quick = Slow(set(), set(), [USUAL, short]).quick()
    assert quick.after(at("2026-12-22 08:30"), 2) == at("2026-12-23 17:00")
    assert quick.after(at("2026-12-22 15:45"), 1) == at("2026-12-23 15:12")  # 7 of 10 parts
    assert quick.between(at("2026-12-22 08:30"), at("2026-12-24 09:00")) == 2
