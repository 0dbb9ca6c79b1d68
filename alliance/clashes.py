"""What else lies on the time of a meeting (冲突): its units, its room, another unit's turn. Said
as doubts; people decide. A few questions, however many are invited."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.actions.inviting import seats_asked
from alliance.models import Group, Invitation, Meeting, MeetingKind
from alliance.naming import named
from nanchuan.kernel import calendar
from nanchuan.kernel.fields import normalise
from nanchuan.kernel.templatetags.ui import moment

LOOK_AHEAD = timedelta(days=45)
Status = Meeting.Status


@dataclass(frozen=True)
class Proposed:
    """A meeting as it is being typed in; `meeting` is the one that is changed."""

    group: Group
    partners: Collection[Group]
    kind: MeetingKind
    starts_at: datetime
    ends_at: datetime
    place: str = ""
    meeting: Meeting | None = None


@dataclass(frozen=True)
class Busy:
    """Another meeting: whom of ours it takes, by name, and whether it takes our room."""

    title: str
    starts_at: datetime
    ends_at: datetime
    units: tuple[str, ...]
    takes_room: bool

    def overlaps(self, starts_at: datetime, ends_at: datetime) -> bool:
        return self.starts_at < ends_at and self.ends_at > starts_at


class Diary:
    """What takes the units and the room of a proposed meeting, from its start on for a while."""

    def __init__(self, proposed: Proposed, user):
        self.proposed = proposed
        self.units, self.near = _units(proposed, user)
        self.busy = list(self._found(user))

    def doubts(self) -> list[str]:
        now = self._on(self.proposed.starts_at, self.proposed.ends_at)
        return [
            *(_units_words(busy) for busy in now if busy.units),
            *(self._room_words(busy) for busy in now if busy.takes_room),
            *filter(None, [self._beyond_the_turn()]),
        ]

    def next_free(self) -> datetime | None:
        """The first working day from the proposed one on at the same hour without a clash."""
        starts_at, ends_at = self.proposed.starts_at, self.proposed.ends_at
        for days in range(LOOK_AHEAD.days):
            shift = timedelta(days=days)
            if calendar.is_working_day(timezone.localdate(starts_at + shift)) and not self._on(
                starts_at + shift, ends_at + shift
            ):
                return starts_at + shift
        return None

    def _on(self, starts_at, ends_at):
        return [busy for busy in self.busy if busy.overlaps(starts_at, ends_at)]

    def _found(self, user):
        asked = self.proposed
        until = asked.ends_at + LOOK_AHEAD
        rows = Meeting.objects.filter(
            status__in=(Status.DRAFT, Status.CONVENED),
            starts_at__lt=until,
            ends_at__gt=asked.starts_at,
        )
        if asked.meeting:
            rows = rows.exclude(pk=asked.meeting.pk)
        rows = list(rows.order_by("starts_at", "pk"))
        seen = set(
            Meeting.objects.visible_to(user)
            .filter(pk__in=[row.pk for row in rows])
            .values_list("pk", flat=True)
        )
        taken = self._taken([row for row in rows if row.status == Status.CONVENED])
        room = normalise(asked.place)
        for row in rows:
            takes_room = bool(room) and normalise(row.place) == room
            told = taken.get(row.pk, set())
            told = told if row.pk in seen else told & self.near
            units = tuple(sorted(self.units[unit] for unit in told))
            if units or takes_room:
                title = row.title if row.pk in seen else ""
                yield Busy(title, row.starts_at, row.ends_at, units, takes_room)

    def _taken(self, meetings) -> dict[int, set[int]]:
        """Meeting → our units that convene it or are invited to it."""
        taken = {
            row.pk: {row.convened_by_id} for row in meetings if row.convened_by_id in self.units
        }
        rows = Invitation.objects.standing().filter(meeting__in=meetings)
        for meeting, unit in rows.values_list("meeting", "seat__unit"):
            if unit in self.units:
                taken.setdefault(meeting, set()).add(unit)
        return taken

    def _room_words(self, busy):
        words = {"place": self.proposed.place, "meeting": _meeting_words(busy)}
        return _("“%(place)s”在这段时间%(meeting)s，请换一个地点或时间。") % words

    def _beyond_the_turn(self):
        """On the day of the meeting another unit is on turn, or nobody is yet."""
        asked, day = self.proposed, timezone.localdate(self.proposed.starts_at)
        turn = asked.group.turns.current().first()
        if turn is None or turn.starts_on <= day <= turn.ends_on:
            return ""
        return _("开会那天已过本次轮值（到 %(day)s 为止）。") % {"day": turn.ends_on}


def _units(proposed: Proposed, user) -> tuple[dict[int, str], set[int]]:
    """Who is or would be invited, and who convenes it. Those of the second answer may be told to
    be busy at a meeting that is out of sight: anybody on turn could look up the days of any unit
    otherwise."""
    meeting, mine = proposed.meeting, _groups_of_ones_own(proposed, user)
    groups = sorted([proposed.group, *proposed.partners], key=lambda group: group.pk not in mine)
    seats = seats_asked(proposed.kind, groups, timezone.localdate(proposed.starts_at))
    units = {unit: seat.unit.name for unit, seat in seats.items()}
    near = {unit for unit, seat in seats.items() if seat.group_id in {*mine, None}}
    if meeting and meeting.status != Meeting.Status.DRAFT:
        rows = meeting.invitations.standing().values_list("seat__unit", "unit_name")
        units |= dict(rows)
    return units, near


def _groups_of_ones_own(proposed: Proposed, user) -> set[int]:
    """The group that holds it, and partners for which the person may convene too."""
    if not proposed.partners:
        return {proposed.group.pk}
    return {proposed.group.pk, *Group.objects.convenable_by(user).values_list("pk", flat=True)}


def _units_words(busy):
    words = {"units": named(busy.units), "meeting": _meeting_words(busy)}
    return _("%(units)s在这段时间%(meeting)s。") % words


def _meeting_words(busy):
    if not busy.title:
        return _("另有会议")
    return _("另有会议“%(title)s”（%(time)s）") % {
        "title": busy.title,
        "time": moment(busy.starts_at),
    }
