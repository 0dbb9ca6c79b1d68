"""Whether enough seats came (法定人数): pure, by the meetings system the meeting began under."""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _

from alliance.models import Meeting
from alliance.timeline import rules

WHOLE = 100  # percent


@dataclass(frozen=True)
class Quorum:
    """Seats invited (应到), the share of them that has to be exceeded, and who came.

    `attended` is None while nobody has recorded it.
    """

    invited: int
    percent: int
    attended: int | None = None

    @property
    def needed(self) -> int:
        """The least number of seats that is more than the share."""
        return self.invited * self.percent // WHOLE + 1

    @property
    def is_reached(self) -> bool:
        return self.attended is not None and self.attended >= self.needed

    @property
    def is_missed(self) -> bool:
        return self.attended is not None and self.attended < self.needed

    @property
    def rule(self) -> str:
        return _("应到 %(invited)d，到会须超过 %(percent)d%%，即至少 %(needed)d 个席位") % {
            "invited": self.invited,
            "percent": self.percent,
            "needed": self.needed,
        }

    @property
    def result(self) -> str:
        if self.attended is None:
            return _("到会情况未登记")
        return _("到会 %(attended)d / 应到 %(invited)d，%(verdict)s") % {
            "attended": self.attended,
            "invited": self.invited,
            "verdict": self.verdict,
        }

    @property
    def verdict(self) -> str:
        if self.attended is None:
            return ""
        return _("达到法定人数") if self.is_reached else _("未达到法定人数")


def of(meeting: Meeting, invited: int, attended: Collection[int]) -> Quorum:
    """Of the number of seats invited, and the invitations of those that came."""
    return counted(meeting, invited, len(attended))


def counted(meeting: Meeting, invited: int, came: int) -> Quorum:
    """The same by their number."""
    return _quorum(meeting, invited, came or None)


def of_row(meeting: Meeting) -> Quorum:
    """Of a row of `Meeting.objects.with_attendance()`; nothing is missed before it was held."""
    is_held = meeting.status == Meeting.Status.HELD
    return _quorum(meeting, meeting.seats_invited, (is_held and meeting.seats_attended) or None)


def _quorum(meeting, invited, attended):
    percent = meeting.quorum_percent
    if percent is None:  # it is not held yet
        percent = rules(meeting).value("quorum_percent")
    return Quorum(invited, percent, attended)
