"""A calendar file is what phones and desks expect of one."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from nanchuan.kernel import ics
from nanchuan.kernel.ics import Entry

STAMP = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)


def entry(**kwargs):
    defaults = {
        "key": "turn-1",
        "summary": "轮值",
        "begins": date(2026, 10, 1),
        "ends": date(2026, 12, 31),
        "stamp": STAMP,
    }
    return Entry(**defaults | kwargs)


def read(*entries, name="日历"):
    return Calendar.from_ical(ics.calendar(name, entries))


def only(book):
    (event,) = book.walk("VEVENT")
    return event


def test_days_end_on_the_day_after_the_last():
    event = only(read(entry()))
    assert (event["dtstart"].dt, event["dtend"].dt) == (date(2026, 10, 1), date(2027, 1, 1))
    assert event["dtstart"].params["VALUE"] == "DATE"
    assert event["transp"] == "TRANSPARENT"


def test_moments_carry_the_zone_of_the_park():
    book = read(entry(begins=STAMP, ends=STAMP.replace(hour=10)))
    event = only(book)
    assert event["dtstart"].params["TZID"] == "Asia/Shanghai"
    assert event["dtstart"].dt.isoformat() == "2026-11-01T16:30:00+08:00"
    (zone,) = book.walk("VTIMEZONE")
    assert zone["tzid"] == "Asia/Shanghai"
    assert b"TZOFFSETTO:+0800" in zone.to_ical()
    assert "comment" not in zone
    assert "transp" not in event


def test_the_file_says_whose_it_is_and_how_often_to_ask(settings):
    settings.PARK_NAME = "某园区"
    settings.SITE_URL = "https://portal.example.invalid:8443"
    text = ics.calendar("某园区 · 小组", [entry()]).decode()
    assert "PRODID:-//某园区//portal//ZH\r\n" in text
    assert "X-WR-CALNAME:某园区 · 小组\r\n" in text
    assert "X-WR-TIMEZONE:Asia/Shanghai\r\n" in text
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT4H\r\n" in text
    assert "UID:turn-1@portal.example.invalid\r\n" in text
    assert "METHOD:PUBLISH\r\n" in text and "VERSION:2.0\r\n" in text


def test_the_same_entries_are_the_same_bytes():
    assert ics.calendar("甲", [entry()]) == ics.calendar("甲", [entry()])


@given(st.text(max_size=200), st.text(max_size=200))
def test_whatever_was_typed_is_read_back_and_breaks_no_line(summary, place):
    data = ics.calendar(summary, [entry(summary=summary, place=place, text=place)])
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert data.count(b"BEGIN:VEVENT") == len(Calendar.from_ical(data).walk("VEVENT")) == 1


@pytest.mark.parametrize("text", ["甲；乙，丙\\丁", "a;b,c\nd", "党" * 300, "END:VEVENT\r\nX:1"])
def test_marks_of_the_format_are_text(text):
    event = only(read(entry(summary=text)))
    assert str(event["summary"]) == text.replace("\r\n", "\n")
    assert "x" not in event


def test_a_single_entry_opens_no_second_calendar():
    data = ics.single(entry(key="meeting-7"))
    assert only(Calendar.from_ical(data))["uid"].startswith("meeting-7@")
    assert data.count(b"BEGIN:VTIMEZONE") == 1
    for word in (b"X-WR-CALNAME", b"REFRESH-INTERVAL", b"X-PUBLISHED-TTL"):
        assert word not in data and word in ics.calendar("甲", [entry()])
