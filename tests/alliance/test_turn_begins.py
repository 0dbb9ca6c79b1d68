"""A turn that begins does something, once: duties, a draft meeting, an event."""

import threading
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from alliance.actions import duties as actions
from alliance.models import Duty, DutyItem, Meeting, Regulation, Turn
from alliance.tasks import keep_rota
from nanchuan.kernel.models import Event
from tests import make


def moment(*parts):
    return datetime(*parts, tzinfo=timezone.get_default_timezone())


QUARTER = {"starts_on": date(2026, 10, 1), "ends_on": date(2026, 12, 31)}
FIRST_DAY = moment(2026, 10, 1, 0, 3)


@pytest.fixture
def quarter(cast):
    Turn.objects.filter(pk=cast.turn.pk).update(**QUARTER)
    cast.turn.refresh_from_db()
    return cast.turn


def rota_system(**settings):
    return Regulation.objects.create(
        text="rota",
        number=1,
        title="企业轮值制度",
        status="adopted",
        starts_on=make.LONG_AGO,
        adopted_at=timezone.now(),
        settings=settings,
    )


def meetings_system(**settings):
    return Regulation.objects.create(
        text="meetings",
        number=1,
        title="联席会议制度",
        status="adopted",
        starts_on=make.LONG_AGO,
        adopted_at=timezone.now(),
        settings=settings,
    )


def test_the_default_duties_with_their_days(quarter):
    make.begun(quarter, at=FIRST_DAY)
    assert list(quarter.duties.values_list("kind", "due_on")) == [
        ("topics", date(2026, 10, 22)),
        ("meeting", date(2026, 11, 30)),
        ("theme_day", date(2026, 12, 15)),
        ("bulletin", date(2026, 12, 21)),
        ("handover", date(2026, 12, 31)),
    ]
    event = Event.objects.get(name="turn.begun")
    assert (event.subject, event.by, event.happened_at) == (quarter, None, FIRST_DAY)


def test_the_draft_meeting_waits_for_its_place(quarter, cast):
    make.begun(quarter, at=FIRST_DAY)
    meeting = Meeting.objects.get()
    assert meeting.title == "2026 年第四季度联席会议"
    assert (meeting.status, meeting.place, meeting.convened_by) == ("draft", "", cast.lin_unit)
    assert timezone.localtime(meeting.starts_at) == moment(2026, 11, 30, 15)
    assert meeting.ends_at - meeting.starts_at == timedelta(hours=2)
    assert meeting.items.first().kind == "follow_up"
    assert quarter.duties.get(kind="meeting").meeting == meeting


def test_the_systems_in_force_decide(quarter):
    rules = rota_system()
    item = {"kind": "meeting", "title": "开好联席会议", "anchor": "start", "days": 38}  # a Sunday
    DutyItem.objects.create(regulation=rules, **item)
    Turn.objects.filter(pk=quarter.pk).update(regulation=rules)
    held_by = meetings_system(meetings_per_turn=2, meeting_hour=9)
    make.begun(quarter, at=FIRST_DAY)
    assert list(quarter.duties.values_list("title", flat=True)) == ["开好联席会议"]
    first, second = Meeting.objects.order_by("starts_at")
    assert [timezone.localtime(each.starts_at) for each in (first, second)] == [
        moment(2026, 10, 20, 9),
        moment(2026, 11, 6, 9),  # the Friday before
    ]
    assert second.title == "2026 年第四季度联席会议（第 2 次）"
    assert first.regulation == held_by


def test_a_rota_system_without_duties_leaves_the_usual_ones(quarter):
    Turn.objects.filter(pk=quarter.pk).update(regulation=rota_system())
    make.begun(quarter, at=FIRST_DAY)
    assert quarter.duties.count() == 5


def test_no_meeting_where_the_system_asks_for_none(quarter):
    meetings_system(meetings_per_turn=0)
    make.begun(quarter, at=FIRST_DAY)
    assert not Meeting.objects.exists()


def test_a_beginning_that_was_missed_still_gives_time_to_invite(quarter):
    late = moment(2026, 12, 7, 10)
    make.begun(quarter, at=late)
    assert timezone.localdate(Meeting.objects.get().starts_at) == date(2026, 12, 14)


@pytest.mark.parametrize(
    ("change", "day"),
    [
        ({}, date(2026, 9, 30)),
        ({}, date(2027, 1, 1)),
        ({"seat": None, "due_seat": None}, date(2026, 10, 1)),
    ],
)
def test_not_before_not_after_and_not_without_a_unit(quarter, change, day):
    Turn.objects.filter(pk=quarter.pk).update(**change)
    at = moment(day.year, day.month, day.day)
    assert not actions.begin(quarter, at=at)
    assert actions.begin_due(at=at) == 0
    assert not Duty.objects.exists()


def test_the_task_begins_the_turns_of_today_once(cast):
    other = make.turn(cast.other_group.seats.get())
    ahead = make.next_turn(cast.turn, cast.group.seats.get(unit=cast.wu_unit))
    for _hour in range(3):
        keep_rota()
    assert set(Turn.objects.exclude(begun_at=None)) == {cast.turn, other}
    assert Duty.objects.count() == 10
    assert Event.objects.filter(name="turn.begun").count() == 2
    assert ahead.begun_at is None


def test_it_speaks_the_language_of_the_park_whoever_planned(quarter):
    from django.utils import translation

    with translation.override("en"):
        make.begun(quarter, at=FIRST_DAY)
    assert Meeting.objects.get().title == "2026 年第四季度联席会议"
    assert quarter.duties.first().title == "征集议题"


# ── A turn changes hands ────────────────────────────────────────────────────────────────────


def test_another_unit_convenes_the_draft_of_a_begun_turn(quarter, cast):
    make.begun(quarter, at=FIRST_DAY)
    seat = cast.group.seats.get(unit=cast.wu_unit)
    Turn.objects.filter(pk=quarter.pk).update(seat=seat)
    actions.reassigned(quarter, at=FIRST_DAY)
    assert Meeting.objects.get().convened_by == cast.wu_unit


def test_who_serves_the_rest_of_a_turn_takes_over_its_draft(quarter, cast):
    """Cut short on 14 November: what was due later is the new unit's, with a list of its own."""
    make.begun(quarter, at=FIRST_DAY)
    cut = moment(2026, 11, 15, 10)
    quarter.ends_on = date(2026, 11, 14)
    quarter.save()
    rest = Turn.objects.create(
        group=cast.group,
        seat=cast.group.seats.get(unit=cast.wu_unit),
        starts_on=date(2026, 11, 15),
        ends_on=date(2026, 12, 31),
        origin="substitute",
    )
    actions.reassigned(quarter, at=cut)
    assert actions.begin_due(at=cut) == 1
    assert dict(quarter.duties.values_list("kind", "status")) == {
        "topics": "open",
        "meeting": "dropped",
        "theme_day": "dropped",
        "bulletin": "dropped",
        "handover": "open",
    }
    assert quarter.duties.get(kind="handover").due_on == date(2026, 11, 14)
    meeting = Meeting.objects.get()
    assert (meeting.turn, meeting.convened_by) == (rest, cast.wu_unit)
    assert rest.duties.get(kind="meeting").meeting == meeting
    assert quarter.handover.arriving == rest  # opened at once


def test_a_turn_that_changes_hands_before_it_begins_needs_nothing(quarter, cast):
    Turn.objects.filter(pk=quarter.pk).update(seat=cast.group.seats.get(unit=cast.wu_unit))
    actions.reassigned(quarter, at=FIRST_DAY)
    assert not Duty.objects.exists()


# ── Two at once ─────────────────────────────────────────────────────────────────────────────


def race(act, rounds=10):
    """Two workers begin the same turn at the same moment; how many lists of duties came to be."""
    lists = []
    for _round in range(rounds):
        group = make.group(make.unit())
        turn = make.turn(group.seats.get())
        barrier = threading.Barrier(2)

        def run(turn=turn, barrier=barrier):
            try:
                act(Turn.objects.get(pk=turn.pk), barrier)
            finally:
                connection.close()

        threads = [threading.Thread(target=run) for _each in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        lists.append(turn.duties.filter(kind="topics").count())
    return lists


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_begins_the_turn():
    def begin(turn, barrier):
        barrier.wait()
        actions.begin(turn)

    assert race(begin) == [1] * 10
    assert Meeting.objects.count() == Event.objects.filter(name="turn.begun").count() == 10


@pytest.mark.django_db(transaction=True)
def test_without_compare_and_set_both_would():
    """The negative control: look first, then write."""

    def careless(turn, barrier):
        if turn.begun_at is None:
            barrier.wait()
            actions._lay_duties(turn)

    assert sum(race(careless)) > 10


def test_a_meeting_called_before_the_portal_began_the_turn_is_its_joint_meeting(cast):
    """On the first morning a unit may be quicker than the sweep."""
    called = make.meeting(cast.group, by=cast.lin)
    assert actions.begin(cast.turn)
    assert list(cast.turn.meetings.all()) == [called]
    assert cast.turn.duties.get(kind="meeting").meeting == called
