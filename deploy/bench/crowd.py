"""Three meetings of three hundred: one that was held, one that goes on, and one that is coming.

Their group was dissolved and only its seats are there: nothing else of the park grows by it.
"""

from datetime import timedelta

import gatherings
from alliance.models import (
    AgendaItem,
    CheckIn,
    Group,
    Invitation,
    Meeting,
    MeetingKind,
    Minutes,
    Seat,
)
from members.models import Unit
from nanchuan.accounts.models import User
from nanchuan.kernel import roles
from scale import DAY, FOUNDED, MEETINGS, NOW, SECRETARY, TODAY, Size

INVITED, RESOLVED = 300, 12
NAME = "百席小组"
Status = Meeting.Status
MEETS = (  # title, start, status, seats that came
    ("三百席会议（已召开）", NOW - 9 * DAY, Status.HELD, INVITED),
    ("三百席会议（正在开）", NOW - timedelta(minutes=5), Status.CONVENED, INVITED // 4),
    ("三百席会议（将召开）", NOW + 20 * DAY, Status.CONVENED, 0),
)


def fill(size: Size) -> None:
    seats = seated()
    held, *others = [meeting_of(seats, *facts) for facts in MEETS]
    AgendaItem.objects.bulk_create(gatherings.lines([held, *others]))
    resolve(size, held, seats)
    write(held)


def seated():
    """The seats of a group that is over, and that of the secretary's own unit."""
    group = Group.objects.create(name=NAME, chain="测试", starts_on=FOUNDED, ends_on=TODAY - DAY)
    units = Unit.objects.bulk_create(
        Unit(name=f"百席企业{number}", kind=Unit.Kind.ENTERPRISE) for number in range(1, INVITED)
    )
    seats = Seat.objects.bulk_create(
        Seat(group=group, unit=unit, order=order, starts_on=FOUNDED)
        for order, unit in enumerate(units, 1)
    )
    own = roles.places(User.objects.get(pk=SECRETARY), roles.UNIT)
    return [*seats, Seat.objects.filter(unit__in=own).first()]


def meeting_of(seats, title, starts_at, status, came):
    is_held = status == Status.HELD
    meeting = Meeting.objects.create(
        group=seats[0].group,
        kind=MeetingKind.objects.first(),
        title=title,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=3),
        place="园区大礼堂",
        chair="李书记",
        recorder="王办公",
        convened_by=seats[0].unit,
        regulation_id=MEETINGS,
        held_at=NOW - 8 * DAY if is_held else None,
        quorum_percent=gatherings.QUORUM if is_held else None,
        minutes_due_on=TODAY - DAY if is_held else None,
        status=status,
    )
    asked = Invitation.objects.bulk_create(
        gatherings.invitation_of(meeting, seat) for seat in seats
    )
    CheckIn.objects.bulk_create(gatherings.arrival(row) for row in asked[:came])
    return meeting


def resolve(size, meeting, seats):
    items = list(meeting.items.all())
    for item in items[1:]:
        gatherings.vote_of(meeting, item).save()
    votes = {vote.item_id: vote for vote in meeting.votes.all()}
    for number in range(RESOLVED):
        item = items[number % (len(items) - 1) + 1]
        row = gatherings.resolution_of(meeting, item, votes[item.pk], size.resolutions + number + 1)
        row.save()
        carried = gatherings.item_of(row, seats[number].unit_id, number)
        carried.save()
        carried.assisting.set(seat.unit_id for seat in seats[number + 1 : number + 4])


def write(meeting):
    minutes = gatherings.minutes_in(meeting, 0, is_draft=False)
    minutes.save()
    gatherings.revision(minutes, meeting.items.all()).save()
    gatherings.publish(Minutes.objects.filter(pk=minutes.pk))
