"""The calendar's registry: each kind once, entries in the order of the day."""

from datetime import date, datetime
from types import SimpleNamespace

import pytest
from django.utils import timezone

from nanchuan.kernel import calendars
from nanchuan.kernel.calendars import Asked, Entry, entries

DAY = date(2026, 11, 25)


def at(hour, minute=0, day=25):
    return timezone.make_aware(datetime(2026, 11, day, hour, minute))  # noqa: DTZ001


def entry(title, begins, ends=None):
    return Entry(title, title, begins, ends or begins, "/", None)


@pytest.fixture
def registry(monkeypatch):
    monkeypatch.setattr(calendars, "_kinds", {})


def asked():
    return Asked(SimpleNamespace(), DAY, DAY)


def test_two_kinds_have_two_names(registry):
    entries("a", "甲", "flag", order=1)(lambda asked: [])
    with pytest.raises(ValueError, match="two kinds"):
        entries("a", "乙", "flag", order=2)(lambda asked: [])


def test_a_day_has_whole_days_first_then_the_hours(registry):
    whole, timed = entry("全天", DAY), entry("早会", at(0, 30))
    rows = [entry("下午", at(15)), timed, entry("上午", at(9)), entry("前一天", at(23, day=24))]
    entries("timed", "甲", "flag", order=1)(lambda asked: rows)
    entries("whole", "乙", "flag", order=2, is_due=True)(lambda asked: [whole])
    found = calendars.found(asked())
    assert [row.title for row in found] == ["前一天", "全天", "早会", "上午", "下午"]
    assert [row.kind.key for row in found if row.kind.is_due] == ["whole"]
    (kind,) = [kind for kind in calendars.kinds() if kind.is_due]
    assert [row.title for row in calendars.found(asked(), [kind])] == ["全天"]


def test_kinds_stand_in_their_order(registry):
    entries("late", "甲", "flag", order=9)(lambda asked: [])
    entries("early", "乙", "flag", order=1)(lambda asked: [])
    assert [kind.key for kind in calendars.kinds()] == ["early", "late"]


def test_what_ends_at_midnight_is_over_that_day():
    assert entry("会", at(22), at(0, day=26)).last_day == DAY
    assert entry("会", at(22), at(0, 1, day=26)).last_day == date(2026, 11, 26)
    assert entry("期限", DAY, date(2026, 11, 27)).last_day == date(2026, 11, 27)


def test_days_begin_and_end_at_the_park_s_midnight():
    since, until = asked().moments
    assert since.isoformat() == "2026-11-25T00:00:00+08:00"
    assert until.isoformat() == "2026-11-26T00:00:00+08:00"
