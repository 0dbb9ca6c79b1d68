"""Who comes to a meeting checks in once, and a seat is held by one person."""

from datetime import timedelta

import pytest
from django.utils import timezone

from alliance import quorum
from alliance.actions import attendance, checkins, meetings
from alliance.actions.rights import NotYours
from alliance.models import CheckIn, Guest, Invitation, Meeting
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make
from tests.alliance.rooms import going_on, long_turn, seat_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(cast):
    return long_turn(cast)


def scan(meeting, user, seat=None, **kwargs):
    facts = {"way": "code", "user": user, "by": user, "invitation": seat}
    return checkins.check_in(meeting, **facts | kwargs)


def test_scanned_for_the_own_seat_and_found_again(cast):
    meeting = going_on(cast)
    seat = seat_of(meeting, cast.wu_unit)
    first = scan(meeting, cast.wu, seat, ticket="a")
    again = scan(meeting, cast.wu, seat, ticket="b")
    at = f"{timezone.localtime(first.row.at):%H:%M}"
    assert first.words == f"已签到 {at}。"
    assert again.words == f"您已签到 {at}，不用再签。"
    assert (again.row, again.is_new) == (first.row, False)
    assert (first.row.name, first.row.unit_name) == ("wu", "wu公司")
    event = Event.objects.get(name="checkin.made")
    assert event.facts == {"meeting": meeting.pk, "way": "code"}
    assert event.subject_label == "wu公司"
    assert attendance.attended_of(meeting) == {seat.pk}


def test_for_the_seat_of_another_unit_nobody_checks_in(cast):
    meeting = going_on(cast)
    with pytest.raises(NotYours):
        scan(meeting, cast.wu, seat_of(meeting, cast.lin_unit))
    with pytest.raises(NotYours):
        checkins.check_in(meeting, way="code", user=cast.wu, name="wu", by=cast.lin)


def test_the_second_for_a_seat_is_told_who_is_there_and_may_be_there_beside(cast):
    meeting = going_on(cast)
    seat = seat_of(meeting, cast.wu_unit)
    scan(meeting, cast.wu, seat)
    other = make.liaison(cast.wu_unit)
    with pytest.raises(checkins.SeatTaken, match="已由 wu 于"):
        scan(meeting, other, seat)
    beside = scan(meeting, other, unit_name="wu公司").row
    assert beside.invitation is None
    assert attendance.attended_of(meeting) == {seat.pk}


def test_a_named_substitute_with_an_account_of_the_unit_holds_the_seat(cast):
    meeting = going_on(cast)
    seat = seat_of(meeting, cast.wu_unit)
    mate = make.member(cast.wu_branch, user=make.user(name="代会人")).user
    assert checkins.seats_for(meeting, mate) == []
    Invitation.objects.filter(pk=seat.pk).update(reply="substitute", attendee="代会人")
    (found,) = checkins.seats_for(meeting, mate)
    assert scan(meeting, mate, found).row.is_substitute
    stranger = make.member(cast.zhao_branch, user=make.user(name="代会人")).user
    assert checkins.seats_for(meeting, stranger) == []


def test_by_name_at_the_chairs_screen_the_substitute_of_the_reply_comes(cast):
    meeting = going_on(cast)
    seat = seat_of(meeting, cast.wu_unit)
    Invitation.objects.filter(pk=seat.pk).update(reply="substitute", attendee="代会人")
    seat.refresh_from_db()
    row = checkins.check_in(meeting, way="chair", invitation=seat, by=cast.lin).row
    assert (row.name, row.is_substitute) == ("代会人", True)
    with pytest.raises(checkins.SeatTaken):  # then the original arrives
        scan(meeting, cast.wu, seat)


def test_a_seat_ticked_without_a_name_gets_it_from_whoever_scans(cast):
    meeting = going_on(cast)
    seat = seat_of(meeting, cast.wu_unit)
    row = checkins.check_in(meeting, way="chair", invitation=seat, by=cast.lin).row
    assert row.name == ""
    assert scan(meeting, cast.wu, seat).row == row
    row.refresh_from_db()
    assert (row.name, row.user) == ("wu", cast.wu)


def test_a_ticket_is_used_once(cast):
    meeting = going_on(cast)
    scan(meeting, cast.wu, unit_name="wu公司", ticket="a")
    with pytest.raises(StepRefused, match="已经用过"):
        scan(meeting, cast.zhao, unit_name="zhao公司", ticket="a")


def test_a_guest_and_somebody_who_is_on_no_list(cast):
    meeting = going_on(cast)
    guest = Guest.objects.create(meeting=meeting, name="周处长", unit_name="市委组织部")
    row = checkins.check_in(meeting, way="chair", guest=guest, by=cast.lin).row
    assert (row.name, row.unit_name) == ("周处长", "市委组织部")
    walk_in = {"way": "chair", "name": "郑记者", "unit_name": "日报社", "by": cast.lin}
    first = checkins.check_in(meeting, **walk_in)
    assert checkins.check_in(meeting, **walk_in).row == first.row
    assert attendance.attended_of(meeting) == set()
    with pytest.raises(StepRefused, match="填写姓名"):
        checkins.check_in(meeting, way="chair", name=" ", by=cast.lin)


def test_an_account_with_the_name_of_a_guest_is_the_guest(cast):
    meeting = going_on(cast)
    guest = Guest.objects.create(meeting=meeting, name="zhao", unit_name="市委")
    assert checkins.guest_for(meeting, cast.zhao) == guest
    scan(meeting, cast.zhao, guest=guest)
    assert checkins.guest_for(meeting, cast.zhao) == guest
    assert checkins.guest_for(meeting, make.user(name="zhao")) is None


def test_from_one_hour_before_the_start(cast):
    meeting = going_on(cast)
    opens = meeting.starts_at - timedelta(hours=1)
    with pytest.raises(StepRefused, match="起可以签到"):
        scan(meeting, cast.wu, at=opens - timedelta(seconds=1))
    early = scan(meeting, cast.wu, at=opens).row
    late = scan(meeting, cast.lin, at=meeting.starts_at + timedelta(minutes=1)).row
    assert list(CheckIn.objects.late()) == [late]
    assert (early.is_late, late.is_late) == (False, True)


def test_after_it_was_held_only_by_hand_and_stamped(cast):
    meeting = going_on(cast, "held")
    seat = seat_of(meeting, cast.wu_unit)
    with pytest.raises(StepRefused, match="签到已结束"):
        scan(meeting, cast.wu, seat)
    with pytest.raises(StepRefused, match="签到已结束"):
        checkins.check_in(meeting, way="chair", invitation=seat, by=cast.lin)
    month = meeting.held_at + attendance.CORRECTABLE
    by_hand = {"way": "hand", "invitation": seat, "by": cast.lin}
    with pytest.raises(StepRefused, match="30 天"):
        checkins.check_in(meeting, **by_hand, at=month + timedelta(seconds=1))
    row = checkins.check_in(meeting, **by_hand, at=month).row
    assert (row.is_late_entry, row.at) == (True, None)


def test_who_leaves_and_comes_back(cast):
    meeting = going_on(cast)
    row = scan(meeting, cast.wu, seat_of(meeting, cast.wu_unit)).row
    checkins.leave(row, by=cast.lin)
    assert not meeting.checkins.present().exists()
    with pytest.raises(StepRefused, match="已经登记离会"):
        checkins.leave(row, by=cast.lin)
    scan(meeting, cast.wu)  # who scans again is back
    assert meeting.checkins.present().get() == row
    with pytest.raises(StepRefused, match="没有离会"):
        checkins.come_back(row, by=cast.lin)


def test_a_mistake_is_taken_back_and_the_seat_is_free(cast):
    meeting = going_on(cast)
    seat = seat_of(meeting, cast.wu_unit)
    row = checkins.check_in(meeting, way="chair", invitation=seat, by=cast.lin).row
    checkins.withdraw(row, reason="点错了", by=cast.lin)
    assert Event.objects.get(name="checkin.withdrawn").facts == {"reason": "点错了"}
    with pytest.raises(StepRefused, match="已经撤销"):
        checkins.leave(row, by=cast.lin)
    assert scan(meeting, cast.wu, seat).is_new
    assert quorum.of(meeting, 2, attendance.attended_of(meeting)).attended == 1


def test_times_are_put_right_within_reason(cast):
    meeting = going_on(cast)
    row = scan(meeting, cast.wu).row
    start, minute = meeting.starts_at, timedelta(minutes=1)
    checkins.set_times(row, came_at=start, left_at=start + 20 * minute, by=cast.lin)
    row.refresh_from_db()
    assert (row.at, row.left_at) == (start, start + 20 * minute)
    for came_at, left_at, sentence in (
        (start - 61 * minute, None, "前一小时"),
        (start + 90 * minute, None, "还没有到"),
        (start, start - minute, "早于到会"),
    ):
        with pytest.raises(StepRefused, match=sentence):
            checkins.set_times(row, came_at=came_at, left_at=left_at, by=cast.lin)


def test_from_a_sheet_it_is_stamped_and_nobody_is_doubled(cast):
    meeting = going_on(cast)
    seats = list(meeting.invitations.all())
    scan(meeting, cast.wu, seat_of(meeting, cast.wu_unit))
    assert checkins.from_sheet(meeting, seats=seats, by=cast.lin) == len(seats) - 1
    rows = meeting.checkins.standing()
    assert rows.count() == len(seats)
    assert set(rows.filter(way="sheet").values_list("is_late_entry", "at")) == {(True, None)}


PERSONAS = ("lin", "wu", "zhao", "sun", "leader", "auditor", "admin", "nobody")
CONVENERS = {"lin", "sun"}


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("status", ["draft", "convened", "held", "cancelled"])
@pytest.mark.parametrize("way", CheckIn.Way.values)
def test_the_whole_table(cast, sun, persona, status, way):
    people = {"lin": cast.lin, "wu": cast.wu, "zhao": cast.zhao, "sun": sun}
    who = people.get(persona) or (
        make.user(name="nobody") if persona == "nobody" else make.staff(persona)
    )
    meeting = going_on(cast, status)
    before = meeting.checkins.count()
    facts = {"user": who} if way == "code" else {"name": "来人"}
    if way != "code" and persona not in CONVENERS:
        wanted = NotYours
    elif status == "convened" or (status == "held" and way in ("hand", "sheet")):
        wanted = None
    else:
        wanted = StepRefused
    if wanted is None:
        assert checkins.check_in(meeting, way=way, by=who, **facts).is_new
        assert meeting.checkins.count() == before + 1
        return
    with pytest.raises(wanted):
        checkins.check_in(meeting, way=way, by=who, **facts)
    assert meeting.checkins.count() == before


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("status", ["convened", "held", "cancelled"])
@pytest.mark.parametrize("act", ["leave", "come_back", "withdraw", "set_times"])
def test_what_may_become_of_a_check_in(cast, sun, persona, status, act):
    people = {"lin": cast.lin, "wu": cast.wu, "zhao": cast.zhao, "sun": sun}
    who = people.get(persona) or (
        make.user(name="nobody") if persona == "nobody" else make.staff(persona)
    )
    meeting = going_on(cast, status)
    now = timezone.now()
    left = now if act == "come_back" else None
    row = CheckIn.objects.create(
        meeting=meeting, name="来人", way="chair", at=meeting.starts_at, left_at=left
    )
    more = {"withdraw": {"reason": "点错"}, "set_times": {"came_at": None, "left_at": None}}
    wanted = NotYours if persona not in CONVENERS else None
    if wanted is None and status == "cancelled":
        wanted = StepRefused
    run = getattr(checkins, act)
    if wanted is None:
        run(row, by=who, **more.get(act, {}))
        return
    with pytest.raises(wanted):
        run(row, by=who, **more.get(act, {}))


@pytest.mark.parametrize("act", ["move", "cancel"])
def test_a_meeting_to_which_somebody_came_is_not_moved_nor_called_off(cast, act):
    """Who came would stand there on another day; what was resolved would bind nobody."""
    meeting = going_on(cast)
    later = {"starts_at": timezone.now() + timedelta(days=7)}
    later["ends_at"] = later["starts_at"] + timedelta(hours=1)

    def do():
        if act == "move":
            meetings.change(meeting, by=cast.lin, seen=meeting.sequence, **later)
        else:
            meetings.cancel(meeting, reason="不开了", by=cast.lin)

    seat = seat_of(meeting, cast.wu_unit)
    row = checkins.check_in(meeting, way="chair", invitation=seat, by=cast.lin).row
    with pytest.raises(StepRefused, match="已有人签到"):
        do()
    checkins.withdraw(row, reason="点错", by=cast.lin)
    do()
    expected = "convened" if act == "move" else "cancelled"
    assert Meeting.objects.get(pk=meeting.pk).status == expected
