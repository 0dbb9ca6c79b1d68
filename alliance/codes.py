"""The code on the chair's screen (签到二维码): the meeting and a window of time, signed.

A code holds for its own window and the next one. Whoever scans it gets a reservation in the own
browser: a ticket for one check-in within five minutes.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import segno
from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils import timezone

from alliance.models import Meeting

WINDOW = 25  # seconds
RESERVED = timedelta(minutes=5)
KEY = "check_in"  # in the session


@dataclass(frozen=True)
class Reservation:
    meeting: int
    ticket: str


def _signer():
    return Signer(sep=".", salt="alliance.check_in")


def window(at: datetime | None = None) -> int:
    return int((at or timezone.now()).timestamp()) // WINDOW


def token(meeting: Meeting, at: datetime | None = None) -> str:
    return _signer().sign(f"{meeting.pk}-{window(at)}")


def meeting_of(token: str, at: datetime | None = None) -> int | None:
    """The number of the meeting; None for a code that is forged or too old."""
    try:
        pk, _dash, number = _signer().unsign(token).partition("-")
    except BadSignature:
        return None
    return int(pk) if int(number) in (window(at), window(at) - 1) else None


def address(meeting: Meeting, at: datetime | None = None) -> str:
    return settings.SITE_URL + reverse("alliance:scan", args=[token(meeting, at)])


def picture(meeting: Meeting, at: datetime | None = None) -> str:
    """The code as the address of a picture that takes the size of its place."""
    code = segno.make(address(meeting, at), error="m", micro=False)
    return code.svg_data_uri(border=2, omitsize=True)


# ── In the browser ──────────────────────────────────────────────────────────────────────────


def reserve(session, meeting: int, at: datetime | None = None) -> None:
    """Keep a place for five minutes; it outlives signing in."""
    until = (at or timezone.now()) + RESERVED
    session[KEY] = {
        "meeting": meeting,
        "ticket": secrets.token_hex(16),
        "until": int(until.timestamp()),
    }


def reservation(session, at: datetime | None = None) -> Reservation | None:
    kept = session.get(KEY, {})
    if kept.get("until", 0) < (at or timezone.now()).timestamp():
        return None
    return Reservation(kept["meeting"], kept["ticket"])


def release(session, checkin: int) -> None:
    """The place was used; `checkin` is what became of it."""
    session[KEY] = {"done": checkin}


def last_one(session) -> int | None:
    """What this browser checked in last."""
    return session.get(KEY, {}).get("done")
