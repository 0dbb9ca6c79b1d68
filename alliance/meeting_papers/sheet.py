"""The sign-in sheet (签到表): empty to be signed by hand, later filled from who checked in."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.meeting_papers.words import clock, time_words
from alliance.models import CheckIn, Guest, Invitation, Meeting
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.papers import Paper

ROOM = 10  # millimetres, for a name written by hand
SPARE = 6  # lines for whoever comes unasked
Reply = Invitation.Reply


@dataclass(frozen=True)
class Line:
    """A seat, a guest, or somebody beside them. Telephones are written by hand."""

    name: str = ""
    unit: str = ""
    job: str = ""
    time: str = ""
    note: str = ""


SIGN_IN_COLUMNS = [
    Column(gettext_lazy("姓名"), lambda line: line.name, 6),
    Column(gettext_lazy("单位"), lambda line: line.unit, 18),
    Column(gettext_lazy("职务"), lambda line: line.job, 8),
    Column(gettext_lazy("联系电话"), lambda _line: "", 9),
    Column(gettext_lazy("到会时间"), lambda line: line.time, 6),
    Column(gettext_lazy("签名"), lambda _line: "", 10),
    Column(gettext_lazy("备注"), lambda line: line.note, 8),
]


def signed(meeting: Meeting) -> list[Line]:
    """The seats in their order, then guests, then whoever came beside them."""
    came = list(meeting.checkins.standing().select_related("user"))
    by_seat = {row.invitation_id: row for row in came if row.invitation_id}
    by_guest = {row.guest_id: row for row in came if row.guest_id}
    is_held = meeting.status == Meeting.Status.HELD
    seats = list(meeting.invitations.standing())
    lines = [_seat(seat, by_seat.get(seat.pk), is_held) for seat in seats]
    known = {seat.pk for seat in seats}
    gone = [pk for pk in by_seat if pk not in known]  # came although no longer invited
    for seat in Invitation.objects.filter(pk__in=gone) if gone else ():
        lines.append(_seat(seat, by_seat[seat.pk], is_held))
    lines += [_guest(guest, by_guest) for guest in meeting.guests.all() if _asked(guest, by_guest)]
    beside = [row for row in came if not row.invitation_id and not row.guest_id]
    lines += [
        Line(_name(row), row.unit_name, "", clock(row.at), _marks(row, _("列席"))) for row in beside
    ]
    return lines


def signing_sheet(meeting: Meeting, *, by) -> Paper:
    lines = signed(meeting)
    if meeting.status != Meeting.Status.HELD:
        lines += [Line()] * SPARE
    sheet = Paper(_("%(meeting)s签到表") % {"meeting": meeting.title}, landscape=True, by=by)
    sheet.facts(signing_head(meeting), across=2)
    sheet.rows(SIGN_IN_COLUMNS, lines, height=ROOM)
    return sheet


def signing_head(meeting: Meeting) -> list[tuple[str, str]]:
    """Who came is blank until somebody checked in, who is missing until the meeting was held."""
    invited = meeting.invitations.standing().count()
    seats = {"invitation__isnull": False, "invitation__withdrawn_at": None}
    came = meeting.checkins.standing().filter(**seats).count()
    is_known = bool(came) and meeting.status == Meeting.Status.HELD
    return [
        (_("会议"), meeting.title),
        (_("时间"), time_words(meeting)),
        (_("地点"), meeting.place),
        (_("主持人"), meeting.chair),
        (_("记录人"), meeting.recorder),
        (_("应到席位"), str(invited) if invited else ""),
        (_("实到席位"), str(came) if came else ""),
        (_("缺席席位"), str(invited - came) if is_known else ""),
    ]


def _seat(seat, checkin, is_held) -> Line:
    """Before somebody came, whom the unit announced; afterwards only who checked in."""
    if checkin is None:
        is_leave = seat.reply == Reply.LEAVE
        note = seat.get_reply_display() if is_leave or seat.reply == Reply.SUBSTITUTE else ""
        if is_held:
            return Line(unit=seat.unit_name, note=_("请假") if is_leave else _("未到会"))
        return Line(seat.attendee, seat.unit_name, seat.job, note=str(note))
    name = _name(checkin)
    job = seat.job if name and name == seat.attendee else ""
    return Line(name, seat.unit_name, job, clock(checkin.at), _marks(checkin))


def _guest(guest: Guest, came) -> Line:
    row, note = came.get(guest.pk), _("列席")
    if row is None:
        return Line(guest.name, guest.unit_name, guest.job, note=note)
    return Line(guest.name, guest.unit_name, guest.job, clock(row.at), _marks(row, note))


def _asked(guest, came) -> bool:
    return guest.withdrawn_at is None or guest.pk in came


def _name(row: CheckIn) -> str:
    return row.name or (row.user.get_full_name() if row.user else "")


def _marks(row: CheckIn, first="") -> str:
    left = _("%(clock)s离会") % {"clock": clock(row.left_at)} if row.left_at else ""
    marks = (first, _("代会") if row.is_substitute else "", left)
    late = _("补录") if row.is_late_entry else ""
    return _("；").join(filter(None, (*marks, late)))
