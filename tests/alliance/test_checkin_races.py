"""Many arrive at once: none is lost, none doubled, a seat is held by one, and a meeting that is
closed meanwhile says so."""

import re
import time
import uuid
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from alliance import codes
from alliance.actions import attendance, checkins, meetings, notes, resolutions, votes
from alliance.models import CheckIn, Meeting
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make
from tests.alliance.rooms import crowd, going_on, long_turn, seat_of
from tests.races import at_once, refusals

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS, CLIENTS, SEATS = 10, 10, 300
MINUTE = 60
UNGUARDED = ("checkin_of_seat_once", "checkin_of_person_once")


@pytest.fixture
def cast(cast):
    return long_turn(cast)


@pytest.fixture
def unguarded(monkeypatch):
    """Neither the meeting's lock nor the rules of the database."""
    monkeypatch.setattr(notes, "hold", lambda meeting: None)
    rules = [rule for rule in CheckIn._meta.constraints if rule.name in UNGUARDED]
    with connection.schema_editor() as editor:
        for rule in rules:
            editor.execute(f'DROP INDEX "{rule.name}"')
    yield
    CheckIn.objects.all().delete()
    with connection.schema_editor() as editor:
        for rule in rules:
            editor.add_constraint(CheckIn, rule)


# ── Three hundred in a minute ───────────────────────────────────────────────────────────────


def tapped(meeting, seats):
    """Each of the parallel clients taps its share on the chair's screen, and some of the seats of
    the next one too."""
    lots = [seats[number::CLIENTS] for number in range(CLIENTS)]

    def tap(lot):
        for seat in lot:
            checkins.check_in(
                Meeting.objects.get(pk=meeting.pk), way="chair", invitation=seat, by=None
            )

    shares = [lots[number] + lots[(number + 1) % CLIENTS][:10] for number in range(CLIENTS)]
    return at_once(*(lambda share=share: tap(share) for share in shares))


def test_of_three_hundred_in_a_minute_none_is_lost_and_none_doubled(cast):
    meeting = going_on(cast)
    seats = crowd(meeting, SEATS)
    began = time.monotonic()
    assert not refusals(tapped(meeting, seats))
    took = time.monotonic() - began
    rows = CheckIn.objects.filter(meeting=meeting, invitation__in=seats)
    assert rows.count() == rows.values("invitation").distinct().count() == SEATS
    assert Event.objects.filter(name="checkin.made").count() == SEATS
    assert attendance.attended_of(meeting) == {seat.pk for seat in seats}
    assert took < MINUTE


def test_without_lock_and_rule_some_are_doubled(cast, unguarded, monkeypatch):
    """The negative control: all look before anybody writes."""
    meeting = going_on(cast)
    seat = seat_of(meeting, cast.wu_unit)

    def tap():
        unlocked(checkins.check_in)(meeting, way="chair", invitation=seat, by=None)

    doubles = 0
    for _round in range(3):
        looked, found = Barrier(2), checkins._found

        def slow(*args, looked=looked, found=found):
            answer = found(*args)
            looked.wait(timeout=20)
            return answer

        monkeypatch.setattr(checkins, "_found", slow)
        at_once(*[tap] * 2)
        monkeypatch.setattr(checkins, "_found", found)
        doubles += CheckIn.objects.filter(invitation=seat).count() > 1
        CheckIn.objects.all().delete()
    assert doubles


def unlocked(action):
    """The action without its transaction, which on SQLite is a lock of its own."""
    return getattr(action, "__wrapped__", action)


def test_by_the_code_in_many_browsers_each_person_is_one_check_in(cast):
    """Through the pages: scan, see, confirm, and confirm again."""
    meeting = going_on(cast)
    people = [make.liaison(invitation.seat.unit) for invitation in crowd(meeting, CLIENTS)]
    browsers = []
    for person in people:
        client = Client()
        client.force_login(person)
        browsers.append(client)
    scanned = reverse("alliance:scan", args=[codes.token(meeting)])
    confirm = reverse("alliance:check-in")

    def arrive(client):
        assert client.get(scanned).status_code == 302
        place = re.search(r'value="(\d+)"', client.get(confirm).text)[1]  # contexts are shared
        values = {"place": place, "once": uuid.uuid4()}
        return [client.post(confirm, values).status_code for _each in range(2)]

    results = at_once(*(lambda client=client: arrive(client) for client in browsers))
    assert results == [[302, 200]] * CLIENTS  # sent again, one reads that it is done
    rows = meeting.checkins.standing()
    assert rows.count() == rows.exclude(invitation=None).count() == CLIENTS


# ── A substitute against the original ───────────────────────────────────────────────────────


def both_arrive(meeting, cast, action):
    """Wu scans while the substitute is tapped by name."""
    seat = seat_of(meeting, cast.wu_unit)
    return at_once(
        lambda: action(meeting, way="code", user=cast.wu, invitation=seat, by=cast.wu),
        lambda: action(meeting, way="chair", name="代会人", invitation=seat, by=None),
    )


def test_of_substitute_and_original_one_holds_the_seat_and_the_other_is_told(cast):
    for _round in range(ROUNDS + 2):
        meeting = going_on(cast)
        results = both_arrive(Meeting.objects.get(pk=meeting.pk), cast, checkins.check_in)
        (told,) = refusals(results)
        (holder,) = meeting.checkins.standing()
        assert isinstance(told, checkins.SeatTaken)
        assert holder.name in str(told)
        late = {"wu": ("代会人", None), "代会人": ("wu", cast.wu)}[holder.name]
        way = "code" if late[1] else "chair"
        beside = checkins.check_in(
            meeting, way=way, name=late[0], unit_name="wu公司", user=late[1], by=late[1]
        )
        assert beside.row.invitation is None


def test_without_lock_and_rule_both_would_hold_it(cast, unguarded, monkeypatch):
    """The negative control."""
    doubles = 0
    for _round in range(3):
        looked, found = Barrier(2), checkins._found

        def slow(*args, looked=looked, found=found):
            answer = found(*args)
            looked.wait(timeout=20)
            return answer

        monkeypatch.setattr(checkins, "_found", slow)
        meeting = going_on(cast)
        both_arrive(meeting, cast, unlocked(checkins.check_in))
        monkeypatch.setattr(checkins, "_found", found)
        doubles += meeting.checkins.standing().count() > 1
    assert doubles


# ── Closed against what is written ──────────────────────────────────────────────────────────


def closing(meeting, write):
    """The meeting is closed while somebody writes."""
    mine, yours = Meeting.objects.get(pk=meeting.pk), Meeting.objects.get(pk=meeting.pk)
    everybody = list(meeting.invitations.values_list("pk", flat=True)[:1])
    return at_once(lambda: meetings.hold(mine, attended=everybody, by=None), lambda: write(yours))


WRITES = {
    "check-in": lambda meeting: checkins.check_in(meeting, way="chair", name="来人", by=None),
    "resolution": lambda meeting: resolutions.adopt(meeting, text="甲", by=None),
    "vote": lambda meeting: votes.enter(
        meeting, item=meeting.items.last(), question="", by=None, entitled=2, present=1, in_favour=1
    ),
}


@pytest.mark.parametrize("what", WRITES)
def test_what_is_written_while_it_is_closed_stands_before_or_says_that_it_came_after(cast, what):
    for _round in range(ROUNDS):
        meeting = going_on(cast)
        results = closing(meeting, WRITES[what])
        meeting.refresh_from_db()
        assert meeting.status == "held"
        (refused,) = refusals(results) or (None,)
        if what == "check-in":
            assert meeting.checkins.filter(name="来人").exists() is (refused is None)
            continue
        assert refused is None
        row = {"resolution": meeting.resolutions, "vote": meeting.votes}[what].get()
        name = {"resolution": "resolution.adopted", "vote": "vote.entered"}[what]
        wrote = Event.objects.get(name=name, subject_id=meeting.pk)
        held = Event.objects.get(name="meeting.held", subject_id=meeting.pk)
        assert row.is_late_entry is (wrote.pk > held.pk)


@pytest.mark.parametrize("what", ["check-in", "resolution"])
def test_without_the_lock_it_would_slip_in_after_the_close(cast, what, monkeypatch):
    """The negative control: what was read before the close is believed after it."""
    closed, looked = Barrier(2), Barrier(2)
    meeting = going_on(cast)

    def hold(held):
        if held is yours:
            looked.wait(timeout=20)
            closed.wait(timeout=20)

    monkeypatch.setattr(notes, "hold", hold)
    yours = Meeting.objects.get(pk=meeting.pk)
    came = list(meeting.invitations.values_list("pk", flat=True)[:1])

    def close():
        looked.wait(timeout=20)
        meetings.hold(Meeting.objects.get(pk=meeting.pk), attended=came, by=None)
        closed.wait(timeout=20)

    act = {
        "check-in": lambda: unlocked(checkins.check_in)(yours, way="chair", name="来人", by=None),
        "resolution": lambda: unlocked(resolutions.adopt)(yours, text="甲", by=None),
    }[what]
    results = at_once(close, act)
    assert not refusals(results)
    assert not any(isinstance(result, StepRefused) for result in results)
    if what == "check-in":
        assert meeting.checkins.get(name="来人").is_late_entry is False
    else:
        assert meeting.resolutions.get().is_late_entry is False
