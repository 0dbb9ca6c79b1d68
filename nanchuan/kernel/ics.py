"""Calendars for phones and desks (iCalendar, RFC 5545): what a portal entry looks like there.

    book = ics.calendar(name, [Entry("meeting-7", title, starts_at, ends_at, stamp=changed_at)])

The library folds lines at 75 octets and ends them with CRLF.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event, Timezone, vText

from nanchuan.kernel.exporting import UNWRITABLE

CONTENT_TYPE = "text/calendar; charset=utf-8"
METHOD = "PUBLISH"
MAIL_TYPE = f"{CONTENT_TYPE}; method={METHOD}"  # a mail says it of its part, too
REFRESH = timedelta(hours=4)
CONFIRMED, TENTATIVE, CANCELLED = "CONFIRMED", "TENTATIVE", "CANCELLED"
ZONE_FROM = date(2000, 1, 1)  # nothing in the portal is shown on a calendar before


@dataclass(frozen=True)
class Entry:
    """One line of a calendar. Of two dates the last is inclusive, as everywhere in the portal.

    `key` is what it is called for good; `stamp` is when it last changed, and `sequence` how
    often: by them a calendar knows which of two versions is newer.
    """

    key: str
    summary: str
    begins: date | datetime
    ends: date | datetime
    stamp: datetime
    sequence: int = 0
    status: str = CONFIRMED
    place: str = ""
    text: str = ""
    url: str = ""


def calendar(name: str, entries: Iterable[Entry]) -> bytes:
    """A calendar to subscribe to; the same entries always give the same bytes."""
    book = _book()
    book.add("x-wr-calname", vText(_plain(name)))
    book.add("x-wr-timezone", settings.TIME_ZONE)
    book.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    book.add("x-published-ttl", "PT4H")
    book.add_component(_zone(settings.TIME_ZONE))
    for entry in entries:
        book.add_component(_event(entry))
    return book.to_ical()


def single(entry: Entry) -> bytes:
    """One entry to put on one's own calendar; with a calendar's name Outlook would open a second
    calendar for it."""
    book = _book()
    book.add_component(_zone(settings.TIME_ZONE))
    book.add_component(_event(entry))
    return book.to_ical()


def uid(key: str) -> str:
    """A name that no other portal's calendar has."""
    return f"{key}@{urlsplit(settings.SITE_URL).hostname}"


def _book() -> Calendar:
    book = Calendar()
    book.add("prodid", vText(f"-//{_plain(settings.PARK_NAME)}//portal//ZH"))
    book.add("version", "2.0")
    book.add("calscale", "GREGORIAN")
    book.add("method", METHOD)
    return book


@lru_cache(maxsize=4)
def _zone(name: str) -> Timezone:
    zone = Timezone.from_tzid(name, first_date=ZONE_FROM)
    zone.pop("comment", None)  # the library's words about the years that it has looked at
    return zone


def _event(entry: Entry) -> Event:
    made = Event()
    made.add("uid", uid(entry.key))
    made.add("summary", _plain(entry.summary))
    made.add("dtstamp", entry.stamp)
    made.add("last-modified", entry.stamp)
    made.add("sequence", entry.sequence)
    made.add("status", entry.status)
    for name, value in zip(("dtstart", "dtend"), _span(entry), strict=True):
        made.add(name, value)
    if not isinstance(entry.begins, datetime):
        made.add("transp", "TRANSPARENT")  # a quarter on turn keeps nobody from a meeting
    for name, value in (("location", entry.place), ("description", entry.text)):
        if value:
            made.add(name, _plain(value))
    if entry.url:
        made.add("url", entry.url)
    return made


def _span(entry) -> tuple:
    """Moments in the park's zone; days with the day after the last, as the format wants it."""
    if isinstance(entry.begins, datetime):
        return timezone.localtime(entry.begins), timezone.localtime(entry.ends)
    return entry.begins, entry.ends + timedelta(days=1)


def _plain(text) -> str:
    return UNWRITABLE.sub("", str(text))
