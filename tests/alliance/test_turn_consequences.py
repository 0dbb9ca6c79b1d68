"""What hangs on a turn follows it, whichever act changed it: duties, drafts, handovers."""

from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone

from alliance.actions import duties, groups, handovers, planning, seats, swaps
from alliance.actions import turns as actions
from alliance.models import Handover, Meeting, Origin, Swap
from nanchuan.kernel.models import Event
from tests import make

FIRST, TODAY = date(2026, 1, 1), date(2026, 2, 10)


def at(day=TODAY):
    return timezone.make_aware(datetime.combine(day, time(10)))


@pytest.fixture
def three(db):
    """Three units, planned for 2026 from its first day; the first has begun."""
    group = make.group(*(make.unit(name=f"{name}公司") for name in "甲乙丙"))
    planning.generate([group], year=2026, by=None, at=at(FIRST))
    duties.begin_due(at=at(FIRST))
    return group


def turn(group, number):
    return group.turns.order_by("starts_on")[number - 1]


def seat(group, order):
    return group.seats.get(order=order)


def states(turn):
    return dict(turn.duties.values_list("kind", "status"))


def give_on(three, sun, day, from_on=None):
    given = {"seat": seat(three, 3), "origin": Origin.SUBSTITUTE, "reason": "停产"}
    return actions.assign(turn(three, 1), **given, from_on=from_on, by=sun, at=at(day))


CUT = {  # due on 22 January, 2, 17 and 21 March, 31 March
    "topics": "open",
    "meeting": "dropped",
    "theme_day": "dropped",
    "bulletin": "dropped",
    "handover": "open",
}


def test_a_turn_given_on_from_a_day_owes_only_what_was_due_until_then(three, sun):
    rest = give_on(three, sun, TODAY)
    first = turn(three, 1)
    assert (states(first), first.ends_on) == (CUT, date(2026, 2, 9))
    assert first.duties.get(kind="handover").due_on == first.ends_on
    assert set(states(rest).values()) == {"open"}
    assert Meeting.objects.get().turn == rest
    assert Handover.objects.get(turn=first).arriving == rest


def test_a_unit_that_left_owes_only_what_was_due_until_then(three):
    seats.leave(seat(three, 1), on=TODAY, reason="搬迁", by=None, at=at())
    assert states(turn(three, 1)) == CUT


def test_a_group_that_ends_asks_its_last_unit_for_nothing_later(three):
    groups.dissolve(three, on=TODAY, all_leave=True, by=None, at=at())
    first = turn(three, 1)
    assert states(first) == CUT | {"handover": "dropped"}
    assert first.duties.get(kind="meeting").note == "小组解散，不再要求。"
    assert Handover.objects.get(turn=first).status == "dropped"
    assert Meeting.objects.get(turn=first).status == "cancelled"
    duties.begin_due(at=at())
    handovers.open_due(at=at())
    assert Handover.objects.get(turn=first).status == "dropped"


def test_given_on_its_first_day_the_new_unit_convenes_the_draft(three, sun):
    given = give_on(three, sun, FIRST)
    assert given == turn(three, 1)
    assert Meeting.objects.get().convened_by == seat(three, 3).unit
    assert Event.objects.filter(name="turn.begun").count() == 1


def test_a_swap_changes_who_signs_the_handover(three, sun):
    first, second, third = (turn(three, number) for number in (1, 2, 3))
    make.handover(first, to="submitted")
    swap = swaps.propose(second, third, reason="检修", by=None, at=at())
    Swap.objects.update(status=Swap.Status.AGREED)
    swaps.confirm(swap, by=sun, at=at())
    handover = Handover.objects.get(turn=first)
    assert (handover.status, handover.arriving.seat) == ("open", seat(three, 3))


def test_another_length_of_turns_leaves_one_with_a_meeting_as_it_is(three):
    """Convened on the first day of a turn, before the portal has begun it."""
    second = turn(three, 2)
    day = second.starts_on
    starts_at = at(date(2026, 4, 20))
    make.meeting(
        three, by=None, at=at(day), starts_at=starts_at, ends_at=starts_at + timedelta(hours=2)
    )
    make.regulation("rota", {"turn_months": 1}, starts_on=day, at=at(day))
    second.refresh_from_db()
    assert (second.starts_on, second.ends_on) == (day, date(2026, 6, 30))
    assert three.turns.filter(starts_on=date(2026, 7, 1), ends_on=date(2026, 7, 31)).exists()


def test_what_was_announced_for_later_is_the_stand_ins_to_hold(three, sun):
    """One joint meeting is owed: the next unit holds the one that its members were told of."""
    draft = Meeting.objects.get(turn=turn(three, 1))
    Meeting.objects.filter(pk=draft.pk).update(place="会议厅", status="convened")
    rest = give_on(three, sun, TODAY)
    draft.refresh_from_db()
    assert (draft.turn, draft.convened_by) == (rest, rest.seat.unit)
    assert Meeting.objects.filter(turn=rest).count() == 1
    assert Event.objects.filter(name="meeting.taken_over", subject_id=draft.pk).count() == 1


def test_a_meeting_that_a_unit_called_for_after_its_whole_turn_stays_its_own(three, sun):
    draft = Meeting.objects.get(turn=turn(three, 1))
    later = at(date(2026, 4, 20))
    Meeting.objects.filter(pk=draft.pk).update(
        place="会议厅", status="convened", starts_at=later, ends_at=later + timedelta(hours=2)
    )
    duties.begin_due(at=at(date(2026, 4, 1)))
    draft.refresh_from_db()
    assert draft.turn == turn(three, 1)
    assert Meeting.objects.filter(turn=turn(three, 2)).count() == 1


def test_one_turn_that_cannot_begin_holds_up_no_other(three, monkeypatch):
    other = make.group(make.unit())
    planning.generate([other], year=2026, by=None, at=at(FIRST))
    day = at(date(2026, 4, 1))
    planning.generate([other], year=2027, by=None, at=day)
    lay = duties._lay_duties

    def fail_for_one(turn):
        if turn.group_id == three.pk:
            raise RuntimeError
        return lay(turn)

    monkeypatch.setattr(duties, "_lay_duties", fail_for_one)
    assert duties.begin_due(at=day) == 1
    assert not turn(three, 2).begun_at
    assert turn(other, 2).begun_at
