"""Meetings that are going on, for tests of what happens in the room."""

from datetime import timedelta

from django.utils import timezone

from alliance.actions import meetings
from alliance.models import Invitation, Meeting, Seat
from members.models import Unit
from tests import make


def long_turn(cast):
    """Lin's turn began long enough ago for meetings of last month."""
    cast.turn.starts_on -= timedelta(days=60)
    cast.turn.save()
    return cast


def going_on(cast, status="convened", *, since=timedelta(minutes=30), **kwargs):
    """A meeting of Lin's that began half an hour ago, put into a status."""
    began = timezone.now() - since
    facts = {"starts_at": began, "ends_at": began + timedelta(hours=2)}
    meeting = make.meeting(cast.group, by=cast.lin, at=began - timedelta(days=9), **facts | kwargs)
    if status == "held":
        meetings.hold(meeting, attended=[seat_of(meeting, cast.lin_unit).pk], by=cast.lin)
    elif status != "convened":
        Meeting.objects.filter(pk=meeting.pk).update(status=status)
        meeting.refresh_from_db()
    return meeting


def seat_of(meeting, unit):
    return meeting.invitations.get(seat__unit=unit)


def crowd(meeting, number):
    """That many more seats invited; their invitations."""
    first = Unit.objects.filter(name__startswith="受邀").count()
    units = [make.unit(name=f"受邀{each}公司") for each in range(first, first + number)]
    seats = Seat.objects.bulk_create(Seat(unit=unit, starts_on=make.LONG_AGO) for unit in units)
    rows = [Invitation(meeting=meeting, seat=seat, unit_name=seat.unit.name) for seat in seats]
    return Invitation.objects.bulk_create(rows)
