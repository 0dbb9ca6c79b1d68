"""Who comes to a meeting (签到): one way in for the code, the chair's screen, by hand, a sheet.

Every act holds the meeting's row first. So a seat is held by one person, and whoever comes after
the meeting was registered as held is told so.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.actions import notes
from alliance.actions.attendance import CORRECTABLE, is_correctable, require_convener
from alliance.actions.minutes_lock import check_unlocked
from alliance.actions.rights import require
from alliance.models import CheckIn, CheckInFile, Guest, Invitation, Meeting
from nanchuan.kernel import attaching, events, roles
from nanchuan.kernel.states import StepRefused

EARLY = timedelta(hours=1)  # before the start
Way, Status = CheckIn.Way, Meeting.Status
AFTERWARDS = (Way.HAND, Way.SHEET)  # also once the meeting is held


class SeatTaken(StepRefused):
    """Somebody else is there for the seat already; one may be there beside it (列席)."""


@dataclass(frozen=True)
class Arrival:
    """A check-in, made now or found as it was."""

    row: CheckIn
    is_new: bool

    @property
    def words(self) -> str:
        if self.row.at is None:
            return _("您已签到，不用再签。")
        at = timezone.localtime(self.row.at)
        told = _("已签到 %(time)s。") if self.is_new else _("您已签到 %(time)s，不用再签。")
        return told % {"time": f"{at:%H:%M}"}


@dataclass(frozen=True)
class Person:
    """Who comes: for an invited seat, as a guest, or beside them with a name and a unit."""

    invitation: Invitation | None = None
    guest: Guest | None = None
    user: object = None
    name: str = ""
    unit_name: str = ""
    is_substitute: bool | None = None  # None: as the unit's reply says

    @property
    def called(self) -> str:
        if self.name.strip() or self.user:
            return self.name.strip() or self.user.get_full_name()
        if self.guest:
            return self.guest.name
        return self.invitation.attendee if self.invitation else ""

    @property
    def from_unit(self) -> str:
        for known in (self.invitation, self.guest):
            if known is not None:
                return known.unit_name
        return self.unit_name.strip()

    @property
    def substitutes(self) -> bool:
        if self.is_substitute is not None or self.invitation is None:
            return bool(self.is_substitute)
        replied = self.invitation.reply == Invitation.Reply.SUBSTITUTE
        return replied and self.called == self.invitation.attendee


@transaction.atomic
def check_in(  # noqa: PLR0913
    meeting: Meeting,
    *,
    way: str,
    ticket: str = "",
    came_at: datetime | None = None,
    by,
    at: datetime | None = None,
    **who,
) -> Arrival:
    """Somebody came (签到); `who` are the values of a `Person`. A second time finds the first.

    A scanned code and the chair's screen note the moment; by hand and from a sheet it is
    `came_at`, or nobody noted it. Raises SeatTaken, or StepRefused with a sentence, NotYours for
    a seat of somebody else.
    """
    at, person = at or timezone.now(), Person(**who)
    _require(meeting, person, way, by)
    notes.hold(meeting)
    late = check_open(meeting, way, at)
    _check_person(meeting, person)
    if found := _found(meeting, person):
        return Arrival(_greeted(found, person, by, at), is_new=False)
    if ticket and CheckIn.objects.filter(ticket=ticket).exists():
        raise StepRefused(_("这次扫码已经用过。请重新扫主持屏上的二维码。"))
    moment = came_at if way in AFTERWARDS else at
    check_times(meeting, moment, None, at)
    row = CheckIn.objects.create(
        meeting=meeting,
        invitation=person.invitation,
        guest=person.guest,
        user=person.user,
        name=person.called,
        unit_name=person.from_unit,
        is_substitute=person.substitutes,
        way=way,
        at=moment,
        ticket=ticket,
        entered_at=at,
        entered_by=by,
        is_late_entry=late or way == Way.SHEET,
    )
    events.record("checkin.made", subject=row, by=by, at=at, meeting=meeting.pk, way=str(way))
    return Arrival(row, is_new=True)


@transaction.atomic
def set_times(
    row: CheckIn,
    *,
    came_at: datetime | None,
    left_at: datetime | None,
    by,
    at: datetime | None = None,
) -> None:
    """Put right when somebody came and left (更正时间)."""
    at = at or timezone.now()
    _take(row, by, at)
    check_times(row.meeting, came_at, left_at, at)
    if (row.at, row.left_at) == (came_at, left_at):
        return
    row.at, row.left_at = came_at, left_at
    row.save(update_fields=["at", "left_at"])
    events.record("checkin.timed", subject=row, by=by, at=at)


@transaction.atomic
def leave(row: CheckIn, *, by, at: datetime | None = None) -> None:
    """Somebody leaves before the end (早退)."""
    at = at or timezone.now()
    _take(row, by, at)
    if row.left_at is not None:
        raise StepRefused(_("“%(name)s”已经登记离会。") % {"name": row})
    check_times(row.meeting, row.at, at, at)
    row.left_at = at
    row.save(update_fields=["left_at"])
    events.record("checkin.left", subject=row, by=by, at=at)


@transaction.atomic
def come_back(row: CheckIn, *, by, at: datetime | None = None) -> None:
    """Whoever had left is there again (返回会场)."""
    at = at or timezone.now()
    _take(row, by, at)
    if row.left_at is None:
        raise StepRefused(_("“%(name)s”没有离会。") % {"name": row})
    _back(row, by, at)


@transaction.atomic
def withdraw(row: CheckIn, *, reason: str, by, at: datetime | None = None) -> None:
    """It was a mistake (撤销签到): the seat is free again."""
    at = at or timezone.now()
    _take(row, by, at)
    row.withdrawn_at = at
    row.save(update_fields=["withdrawn_at"])
    events.record("checkin.withdrawn", subject=row, by=by, at=at, reason=reason)


@transaction.atomic
def from_sheet(  # noqa: PLR0913
    meeting: Meeting, *, seats=(), guests=(), files=(), by, at: datetime | None = None
) -> int:
    """Photos of a sheet that was signed by hand, and who stands on it (据签到表登记); answers how
    many were not there before."""
    require_convener(meeting, by)
    notes.hold(meeting)
    at = at or timezone.now()
    check_open(meeting, Way.SHEET, at)
    attaching.attach(CheckInFile, files, by=by, at=at, meeting=meeting)
    came = [{"invitation": seat} for seat in seats] + [{"guest": guest} for guest in guests]
    made = [check_in(meeting, way=Way.SHEET, by=by, at=at, **who) for who in came]
    new = sum(arrival.is_new for arrival in made)
    facts = {"attended": new, "files": len(files)}
    events.record("meeting.sheet_entered", subject=meeting, by=by, at=at, **facts)
    return new


# ── Who, and when ───────────────────────────────────────────────────────────────────────────


def seats_for(meeting: Meeting, user) -> list[Invitation]:
    """The seats that a person may be there for: of units that it speaks for, or for which it was
    named and belongs to an organization of the unit."""
    own = Q(seat__unit__in=roles.places(user, roles.UNIT))
    member = getattr(user, "member", None)
    if member is not None:
        here = member.memberships.current().values("organization")
        own |= Q(attendee=user.get_full_name(), seat__unit__organizations__in=here)
    rows = meeting.invitations.standing().filter(own).distinct()
    return list(rows.order_by("pk"))


def guest_for(meeting: Meeting, user) -> Guest | None:
    """The guest of the person's name, if there is one and nobody came as it."""
    rows = meeting.guests.filter(withdrawn_at=None, name=user.get_full_name())
    taken = CheckIn.objects.standing().filter(meeting=meeting, guest__isnull=False)
    found = list(rows.exclude(pk__in=taken.exclude(user=user).values("guest"))[:2])
    return found[0] if len(found) == 1 else None


def check_open(meeting: Meeting, way: str, at: datetime) -> bool:
    """Raises StepRefused when nobody can check in that way; answers whether it is late (补录)."""
    if meeting.status == Status.CONVENED:
        if at < meeting.starts_at - EARLY:
            opens = timezone.localtime(meeting.starts_at - EARLY)
            raise StepRefused(_("%(opens)s 起可以签到。") % {"opens": f"{opens:%Y-%m-%d %H:%M}"})
        return False
    if meeting.status != Status.HELD:
        raise StepRefused(
            _("“%(meeting)s”%(status)s，不能签到。")
            % {"meeting": meeting, "status": meeting.get_status_display()}
        )
    if way not in AFTERWARDS:
        raise StepRefused(_("会议已登记召开，签到已结束。需要补登的，请联系召集单位。"))
    if not is_correctable(meeting.held_at, at):
        raise StepRefused(
            _("登记已超过 %(days)d 天，到会情况不能再更正。") % {"days": CORRECTABLE.days}
        )
    check_unlocked(meeting)
    return True


def is_open(meeting: Meeting, way: str, at: datetime | None = None) -> bool:
    try:
        check_open(meeting, way, at or timezone.now())
    except StepRefused:
        return False
    return True


def check_times(meeting: Meeting, came_at, left_at, at: datetime) -> None:
    if came_at and came_at < meeting.starts_at - EARLY:
        raise StepRefused(_("到会时间不能早于会议开始前一小时。"))
    if (came_at and came_at > at) or (left_at and left_at > at):
        raise StepRefused(_("时间还没有到，请检查。"))
    if came_at and left_at and left_at < came_at:
        raise StepRefused(_("离会时间不能早于到会时间。"))


# ── Finding and writing ─────────────────────────────────────────────────────────────────────


def _require(meeting, person, way, by) -> None:
    """With the code one checks in oneself, for an own seat; all others the convener."""
    if way != Way.CODE:
        require_convener(meeting, by)
        return
    require(person.user is not None and by == person.user)
    if person.invitation is not None:
        require(person.invitation in seats_for(meeting, person.user))
    if person.guest is not None:
        require(person.guest == guest_for(meeting, person.user))


def _check_person(meeting, person) -> None:
    for known in (person.invitation, person.guest):
        if known is None:
            continue
        stands = type(known).objects.filter(pk=known.pk, meeting=meeting, withdrawn_at=None)
        if not stands.exists():
            raise StepRefused(_("“%(name)s”不在这次会议的邀请名单里，请刷新。") % {"name": known})
    if person.invitation is None and not person.called:
        raise StepRefused(_("请填写姓名。"))


def _found(meeting, person) -> CheckIn | None:
    """What the person checked in as before. Raises SeatTaken."""
    rows = meeting.checkins.standing()
    if person.user and (own := rows.filter(user=person.user).first()):
        return own
    if person.guest:
        return rows.filter(guest=person.guest).first()
    if person.invitation is None:
        same = {"name": person.called, "unit_name": person.from_unit}
        return rows.filter(invitation=None, guest=None, user=None, **same).first()
    holder = rows.filter(invitation=person.invitation).first()
    if holder is None or _is_same(holder, person):
        return holder
    raise SeatTaken(taken_words(holder))


def _is_same(holder, person) -> bool:
    if person.user is not None and holder.user_id is not None:
        return False
    given = person.name.strip() or (person.user.get_full_name() if person.user else "")
    return not given or holder.name in ("", given)


def taken_words(holder: CheckIn) -> str:
    """Who is there for a seat, since when."""
    if holder.at is None:
        return _("“%(unit)s”的席位已有人签到：%(name)s。可以列席。") % {
            "unit": holder.unit_name,
            "name": holder.name or _("未记姓名"),
        }
    return _("“%(unit)s”的席位已由 %(name)s 于 %(time)s 签到。可以列席。") % {
        "unit": holder.unit_name,
        "name": holder.name or _("未记姓名"),
        "time": f"{timezone.localtime(holder.at):%H:%M}",
    }


def _greeted(row, person, by, at) -> CheckIn:
    """Found as it was: whoever had left is back; a seat without a name or an account gets it."""
    changed = []
    if row.user_id is None and person.user is not None:
        row.user, changed = person.user, ["user"]
    if not row.name and person.called:
        row.name = person.called
        changed.append("name")
    if changed:
        row.save(update_fields=changed)
    if row.left_at is not None and row.meeting.status == Status.CONVENED:
        _back(row, by, at)
    return row


def _back(row, by, at) -> None:
    row.left_at = None
    row.save(update_fields=["left_at"])
    events.record("checkin.returned", subject=row, by=by, at=at)


def _take(row, by, at) -> None:
    """Hold its meeting, then read it anew. Until thirty days after it was held."""
    meeting = row.meeting
    require_convener(meeting, by)
    notes.hold(meeting)
    check_open(meeting, Way.HAND, at)
    row.refresh_from_db()
    row.meeting = meeting
    if row.withdrawn_at is not None:
        raise StepRefused(_("这次签到已经撤销，请刷新。"))
