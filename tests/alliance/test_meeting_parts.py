"""The page of a meeting in parts: each has its own address, shows what belongs to it, and asks the
database the same for three invited units and for thirty."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from alliance.actions import checkins
from alliance.models import CheckIn, Invitation, Meeting
from tests import make
from tests.alliance.rooms import crowd, going_on, long_turn, seat_of

PARTS = ["detail", "topics", "invited", "outcome", "records"]


@pytest.fixture
def cast(cast):
    return long_turn(cast)


@pytest.fixture
def meeting(cast):
    return make.meeting(cast.group, by=cast.lin)


def part(meeting, name="detail", query=""):
    return reverse(f"alliance:meeting-{name}", args=[meeting.pk]) + query


def text(client, *address):
    answer = client.get(part(*address))
    assert answer.status_code == 200
    return answer.text


def meeting_in(cast, status):
    """Of Lin's: coming, or begun and put into a status."""
    return make.meeting(cast.group, by=cast.lin) if status == "coming" else going_on(cast, status)


# ── Who opens which part ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("status", ["draft", "coming", "convened", "held", "cancelled"])
def test_who_may_see_the_meeting_sees_every_part_and_nobody_else_any(
    sign_in, cast, sun, name, status
):
    meeting = meeting_in(cast, status)
    hears = {"draft": 404}.get(status, 200)
    leader, member = make.staff("leader"), make.user()
    for user, code in (
        (cast.lin, 200),
        (sun, 200),
        (leader, 200),
        (cast.wu, hears),
        (cast.zhao, 404),
        (member, 403),
    ):
        assert sign_in(user).get(part(meeting, name)).status_code == code, user


@pytest.mark.parametrize("name", PARTS)
def test_nobody_without_an_account_and_no_meeting_that_is_not_there(client, sign_in, sun, name, db):
    address = reverse(f"alliance:meeting-{name}", args=[10**6])
    assert client.get(address).status_code == 302
    assert sign_in(sun).get(address).status_code == 404
    assert client.get(reverse(f"alliance:meeting-{name}", args=[10**30])).status_code == 404


def test_who_lost_the_seat_at_the_next_request_sees_nothing_more(sign_in, cast, meeting):
    client = sign_in(cast.wu)
    assert client.get(part(meeting)).status_code == 200
    Invitation.objects.filter(meeting=meeting, seat__unit=cast.wu_unit).update(
        withdrawn_at=timezone.now()
    )
    yesterday = timezone.localdate() - timedelta(days=1)
    cast.group.seats.filter(unit=cast.wu_unit).update(ends_on=yesterday)
    assert client.get(part(meeting)).status_code == 404


# ── What they have in common ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", PARTS)
def test_every_part_has_the_heading_the_status_and_the_line_of_parts(sign_in, cast, name):
    meeting = going_on(cast, "held")
    client = sign_in(cast.wu)
    page = text(client, meeting, name)
    assert meeting.title in page
    assert "已召开" in page
    assert f'href="{part(meeting, name)}" aria-current="page"' in page
    for other in PARTS:
        assert f'href="{part(meeting, other)}"' in page


def test_a_part_that_is_empty_by_nature_is_not_offered(sign_in, cast, meeting):
    draft = meeting_in(cast, "draft")
    page = text(sign_in(cast.lin), draft)
    assert part(draft, "topics") in page
    assert part(draft, "invited") not in page
    assert part(draft, "outcome") not in page
    page = text(sign_in(cast.lin), meeting)
    assert part(meeting, "invited") in page
    assert part(meeting, "outcome") not in page
    running = going_on(cast)
    assert part(running, "outcome") in text(sign_in(cast.lin), running)
    assert part(running, "outcome") not in text(sign_in(cast.wu), running)


def test_the_next_step_stands_on_the_overview_only(sign_in, cast, meeting):
    client = sign_in(cast.wu)
    assert "回复会议邀请" in text(client, meeting)
    assert all("回复会议邀请" not in text(client, meeting, name) for name in PARTS[1:])


# ── How much they ask ───────────────────────────────────────────────────────────────────────


def asked(client, address) -> int:
    client.get(address)  # what is read once
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def fill(meeting, number):
    """That many more are invited and came; as many lines, topics and resolutions."""
    now = timezone.now()
    seats = crowd(meeting, number)
    CheckIn.objects.bulk_create(
        CheckIn(meeting=meeting, invitation=seat, unit_name=seat.unit_name, way="code", at=now)
        for seat in seats
    )
    for seat in seats:
        unit, title = seat.seat.unit, seat.unit_name
        line = meeting.items.create(title=title, order=9)
        topic = meeting.topics.create(unit=unit, title=title, proposed_at=now)
        topic.supports.create(unit=unit)
        row = make.resolution(meeting, item=line)
        day = timezone.localdate()
        row.action_items.create(number=f"{row.number}-1", text=title, unit=unit, due_on=day)


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("status", ["convened", "held"])
@pytest.mark.parametrize("persona", ["lin", "wu", "sun"])
def test_as_many_questions_for_three_invited_as_for_thirty(  # noqa: PLR0917
    sign_in, cast, sun, name, status, persona
):
    meeting = going_on(cast, status)
    client = sign_in(sun if persona == "sun" else getattr(cast, persona))
    fill(meeting, 3)
    few = asked(client, part(meeting, name))
    fill(meeting, 27)
    assert asked(client, part(meeting, name)) == few
    assert few <= 14


# ── The seats, a page at a time ─────────────────────────────────────────────────────────────


def test_of_many_seats_as_many_stand_on_a_page_as_in_any_list(sign_in, cast, meeting):
    crowd(meeting, 60)
    client = sign_in(cast.wu)
    first, second = text(client, meeting, "invited"), text(client, meeting, "invited", "?page=2")
    assert first.count("reply-line") == 25
    assert second.count("reply-line") == 25
    assert text(client, meeting, "invited", "?page=99").count("reply-line") == 12


def test_seats_are_narrowed_by_what_they_answered_and_by_a_word(sign_in, cast, meeting):
    for seat, (reply, name) in zip(
        crowd(meeting, 4),
        [("attend", "甲"), ("leave", ""), ("substitute", "乙"), ("", "")],
        strict=True,
    ):
        Invitation.objects.filter(pk=seat.pk).update(
            reply=reply, attendee=name, replied_at=timezone.now() if reply else None
        )
    client = sign_in(cast.lin)

    def units(query):
        return [
            row["unit_name"]
            for row in client.get(part(meeting, "invited", query)).context["invitations"]
        ]

    assert units("?show=attend") == ["受邀0公司"]
    assert units("?show=leave") == ["受邀1公司"]
    assert units("?show=substitute") == ["受邀2公司"]
    assert units("?show=none") == ["lin公司", "wu公司", "受邀3公司"]
    assert units("?q=受邀&show=none") == ["受邀3公司"]
    assert units("?q=乙") == ["受邀2公司"]
    assert len(units("?show=nonsense")) == 6
    assert "没有符合的单位" in text(client, meeting, "invited", "?q=没有")


def test_once_it_was_held_they_are_narrowed_by_who_came(sign_in, cast):
    meeting = going_on(cast)
    checkins.check_in(meeting, way="chair", invitation=seat_of(meeting, cast.wu_unit), by=cast.lin)
    Meeting.objects.filter(pk=meeting.pk).update(status="held", held_at=timezone.now())
    client = sign_in(cast.wu)
    came = text(client, meeting, "invited", "?show=came")
    absent = text(client, meeting, "invited", "?show=absent")
    assert ("wu公司" in came, "lin公司" in came) == (True, False)
    assert ("wu公司" in absent, "lin公司" in absent) == (False, True)


def test_htmx_receives_the_list_alone(sign_in, cast, meeting):
    client = sign_in(cast.wu)
    answer = client.get(part(meeting, "invited"), headers={"HX-Request": "true"})
    assert "wu公司" in answer.text
    assert "<html" not in answer.text


# ── Back to where one came from ─────────────────────────────────────────────────────────────


def once(**typed):
    return typed | {"once": uuid.uuid4()}


def test_whoever_acts_comes_back_to_the_part(sign_in, cast, meeting):
    client = sign_in(cast.lin)
    called = client.post(part(meeting, "call"))
    assert called.url == part(meeting, "topics")
    guest = client.post(part(meeting, "guest"), once(name="郑", unit_name="", job=""))
    assert guest.url == part(meeting, "invited") + "#guests"
    removed = client.post(f"/alliance/guests/{meeting.guests.get().pk}/remove/")
    assert removed.url == part(meeting, "invited")
    seat = cast.other_group.seats.get()
    invited = client.post(part(meeting, "invite"), once(seats=seat.pk))
    assert invited.url == part(meeting, "invited")
    early = client.get(reverse("alliance:meeting-paper-record", args=[meeting.pk]))
    assert early.url == part(meeting, "records")


def test_a_topic_is_shown_where_topics_stand(sign_in, cast, meeting):
    client = sign_in(cast.wu)
    sent = once(unit=cast.wu_unit.pk, title="用工", text="", minutes="", presenter="")
    answer = client.post(part(meeting, "propose"), sent)
    topic = meeting.topics.get()
    assert answer.url == part(meeting, "topics") + f"#topic-{topic.pk}"
    assert f'id="topic-{topic.pk}"' in text(client, meeting, "topics")


def test_what_is_missing_to_call_it_off_is_said_on_its_page(sign_in, cast, meeting):
    client = sign_in(cast.lin)
    assert part(meeting, "cancel") in text(client, meeting)
    answer = client.post(part(meeting, "cancel"), once(reason=""))
    assert answer.status_code == 200
    assert "取消原因" in answer.text
    assert client.post(part(meeting, "cancel"), once(reason="冲突")).url == part(meeting)
    meeting.refresh_from_db()
    assert (meeting.status, meeting.cancel_reason) == ("cancelled", "冲突")
    assert client.get(part(meeting, "cancel")).url == part(meeting)
    assert part(meeting, "cancel") not in text(client, meeting)


def test_only_whoever_convenes_is_asked_why_it_is_called_off(sign_in, cast, meeting):
    assert sign_in(cast.wu).get(part(meeting, "cancel")).status_code == 403
    assert sign_in(cast.zhao).get(part(meeting, "cancel")).status_code == 404
    assert part(meeting, "cancel") not in text(sign_in(cast.wu), meeting)
