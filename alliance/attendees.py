"""Who is in the room and who is missing: read by the chair's screen and the recorder's desk.

Four questions to the database, however many are invited; `mark` is one, for pages that ask every
few seconds whether anything has changed.
"""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance import codes, quorum, tallies
from alliance.actions import checkins
from alliance.models import CheckIn, Invitation, Meeting

LATEST = 6


@dataclass(frozen=True)
class Room:
    """Who was invited to a meeting, and who came."""

    meeting: Meeting
    seats: list[Invitation]
    guests: list
    rows: list[CheckIn]  # that stand

    @cached_property
    def quorum(self) -> quorum.Quorum:
        return quorum.of(self.meeting, len(self.seats), self._here)

    @cached_property
    def _here(self) -> set[int]:
        return {row.invitation_id for row in self.rows if row.invitation_id}

    @property
    def attended(self) -> int:
        return len(self._here)

    @property
    def present(self) -> int:
        """Seats in the room now: a vote is counted among them."""
        return sum(1 for row in self.rows if row.invitation_id and row.left_at is None)

    @property
    def lacking(self) -> int:
        """How many seats the quorum lacks."""
        return max(self.quorum.needed - self.attended, 0)

    @property
    def words(self) -> str:
        """How many came, and whether they are enough."""
        if self.meeting.status == Meeting.Status.HELD:
            return self.quorum.result
        told = {"attended": self.attended, "invited": len(self.seats), "lacking": self.lacking}
        if self.lacking:
            return _("已到 %(attended)d / 应到 %(invited)d，还差 %(lacking)d 个席位") % told
        return _("已到 %(attended)d / 应到 %(invited)d，达到法定人数") % told

    @property
    def beside(self) -> int:
        """Who is there without a seat (列席)."""
        return sum(1 for row in self.rows if row.invitation_id is None)

    @cached_property
    def missing(self) -> list[Invitation]:
        return [seat for seat in self.seats if seat.pk not in self._here and not _excused(seat)]

    @cached_property
    def excused(self) -> list[Invitation]:
        return [seat for seat in self.seats if seat.pk not in self._here and _excused(seat)]

    @cached_property
    def missing_guests(self) -> list:
        came = {row.guest_id for row in self.rows}
        return [guest for guest in self.guests if guest.pk not in came]

    @property
    def latest(self) -> list[CheckIn]:
        timed = [row for row in self.rows if row.at]
        return sorted(timed, key=lambda row: (row.at, row.pk), reverse=True)[:LATEST]


def _excused(seat) -> bool:
    return seat.reply == Invitation.Reply.LEAVE


def room(meeting: Meeting) -> Room:
    rows = list(meeting.checkins.standing().order_by("at", "pk"))
    for row in rows:
        row.meeting = meeting
    seats = list(meeting.invitations.standing())
    return Room(meeting, seats, list(meeting.guests.filter(withdrawn_at=None)), rows)


def mark(meeting: Meeting) -> str:
    """Another one whenever the screen would show another thing; each minute anyway."""
    now = timezone.now()
    found = meeting.checkins.aggregate(
        last=Max("pk"), gone=Count("withdrawn_at"), left=Count("left_at")
    )
    open_now = checkins.is_open(meeting, CheckIn.Way.CODE, now)
    shown = codes.window(now) if open_now else "-"
    numbers = (found["last"] or 0, found["gone"], found["left"])
    return f"{meeting.status}.{shown}.{now:%H%M}." + ".".join(str(each) for each in numbers)


def told(meeting: Meeting, tally: tallies.Tally) -> dict:
    """What the meeting's page says of the room. `meeting` knows `is_editable`."""
    if meeting.status not in (Meeting.Status.CONVENED, Meeting.Status.HELD):
        return {}
    is_held, came = meeting.status == Meeting.Status.HELD, tally.seats + tally.beside
    is_desk = meeting.is_editable and (is_held or checkins.is_open(meeting, CheckIn.Way.CODE))
    return {"came": came, "is_desk": is_desk} if came or is_desk else {}
