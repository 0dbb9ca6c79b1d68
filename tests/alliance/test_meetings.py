"""The unit on turn convenes; its people and staff may change and cancel, others may not."""

import threading
import uuid
from datetime import datetime, time, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from alliance.actions import meetings as actions
from alliance.models import Meeting, MeetingKind
from nanchuan.kernel import calendar
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make

CREATE = "/alliance/meetings/create/"


@pytest.fixture
def kind(db):
    return MeetingKind.objects.first()


@pytest.fixture
def meeting(cast, kind):
    return make.meeting(cast.group, by=cast.lin)


def typed(cast, kind, **changes):
    day = calendar.working_days_after(timezone.localdate(), 10)  # nothing to consider about it
    starts_at = timezone.make_aware(datetime.combine(day, time(15)))
    values = {
        "group": cast.group.pk,
        "kind": kind.pk,
        "title": "第四季度联席会议",
        "starts_at": f"{starts_at:%Y-%m-%dT%H:%M}",
        "ends_at": f"{starts_at + timedelta(hours=2):%Y-%m-%dT%H:%M}",
        "place": "会议厅",
        "agenda": "通报情况\n研究用工",
        "once": uuid.uuid4(),
    }
    return values | changes


def url(meeting, verb):
    return f"/alliance/meetings/{meeting.pk}/{verb}/"


def test_the_unit_on_turn_convenes_and_every_seat_is_invited(client, cast, kind):
    agency = make.unit(kind="agency")
    make.seat(agency)
    client.force_login(cast.lin)
    response = client.post(CREATE, typed(cast, kind))
    meeting = Meeting.objects.get()
    assert response.url == meeting.get_absolute_url()
    assert meeting.convened_by == cast.lin_unit
    invited = {invitation.unit_name for invitation in meeting.invitations.all()}
    assert invited == {"lin公司", "wu公司", agency.name}
    assert Event.objects.get(name="meeting.convened").by == cast.lin


def test_staff_convene_for_the_unit_on_turn(client, cast, kind, sun):
    client.force_login(sun)
    client.post(CREATE, typed(cast, kind))
    assert Meeting.objects.get().convened_by == cast.lin_unit


@pytest.mark.parametrize("who", ["wu", "zhao"])
def test_a_unit_that_is_not_on_turn_may_not_convene(client, cast, kind, who):
    client.force_login(getattr(cast, who))
    page = client.post(CREATE, typed(cast, kind))
    assert page.status_code == 200
    assert page.context["form"].errors["group"]
    assert not Meeting.objects.exists()


def test_the_day_after_the_turn_it_may_not(client, cast, kind):
    today = timezone.localdate()
    cast.turn.ends_on = today - timedelta(days=1)
    cast.turn.save()
    make.turn(
        cast.group.seats.get(unit=cast.wu_unit),
        starts_on=today,
        ends_on=today + timedelta(days=30),
    )
    client.force_login(cast.lin)
    assert client.post(CREATE, typed(cast, kind)).status_code == 200
    assert not Meeting.objects.exists()
    client.force_login(cast.wu)
    assert client.post(CREATE, typed(cast, kind)).status_code == 302
    assert Meeting.objects.get().convened_by == cast.wu_unit


def test_a_double_click_convenes_once(client, cast, kind):
    client.force_login(cast.lin)
    values = typed(cast, kind)
    first, second = client.post(CREATE, values), client.post(CREATE, values)
    assert first.url == second.url
    assert Meeting.objects.count() == 1


PAST = "2020-01-01T10:00"
BAD = [
    ("title", ""),
    ("title", "长" * 101),
    ("place", ""),
    ("starts_at", "2026-02-30T10:00"),
    ("starts_at", PAST),
    ("starts_at", "9999-12-31T23:00"),
    ("starts_at", ""),
    ("ends_at", PAST),
    ("ends_at", "2099-01-01T10:00"),
    ("group", "999999"),
    ("group", "x"),
    ("kind", ""),
]


@pytest.mark.parametrize(("field", "value"), BAD)
def test_bad_input_is_explained_at_the_field_and_nothing_typed_is_lost(
    client, cast, kind, field, value
):
    client.force_login(cast.lin)
    page = client.post(CREATE, typed(cast, kind) | {"title": "保留的标题", field: value})
    assert page.status_code == 200
    assert page.context["form"].errors[field]
    assert not Meeting.objects.exists()
    if field != "title":
        assert "保留的标题" in page.content.decode()


def test_hostile_text_is_only_text(client, cast, kind):
    client.force_login(cast.lin)
    attack = "<script>alert(1)</script>{{ 7|add:7 }}{% now 'Y' %}"
    response = client.post(CREATE, typed(cast, kind, title=attack, agenda=attack, place=attack))
    page = client.get(response.url).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_seen_but_not_yours_is_403_and_unseen_is_404(client, cast, meeting):
    client.force_login(cast.wu)
    assert client.get(meeting.get_absolute_url()).status_code == 200
    for verb in ("edit", "cancel", "hold"):
        assert client.post(url(meeting, verb), {"reason": "x"}).status_code == 403
    client.force_login(cast.zhao)
    assert client.get(meeting.get_absolute_url()).status_code == 404
    for verb in ("edit", "cancel", "hold"):
        assert client.post(url(meeting, verb), {"reason": "x"}).status_code == 404
    meeting.refresh_from_db()
    assert meeting.status == Meeting.Status.CONVENED


def change_values(cast, kind, meeting, **changes):
    return typed(cast, kind, seen=meeting.sequence, **changes)


def test_a_changed_time_is_a_move_with_old_and_new(client, cast, kind, meeting):
    client.force_login(cast.lin)
    before = meeting.starts_at
    response = client.post(url(meeting, "edit"), change_values(cast, kind, meeting))
    assert response.status_code == 302
    event = Event.objects.get(name="meeting.moved")
    assert event.facts["from"] == before.isoformat()
    meeting.refresh_from_db()
    assert event.facts["to"] == meeting.starts_at.isoformat()


def test_nothing_changed_is_no_event(cast, meeting):
    actions.change(meeting, by=cast.lin, seen=meeting.sequence, title=meeting.title)
    assert not Event.objects.filter(name__in=["meeting.moved", "meeting.changed"]).exists()


def test_the_second_of_two_editors_is_told(client, cast, kind, meeting):
    client.force_login(cast.lin)
    values = change_values(cast, kind, meeting, title="先改的")
    assert client.post(url(meeting, "edit"), values).status_code == 302
    values |= {"title": "后改的", "once": uuid.uuid4()}
    page = client.post(url(meeting, "edit"), values)
    assert page.status_code == 200
    assert "刚被别人更改" in page.content.decode()
    assert "后改的" in page.content.decode()
    meeting.refresh_from_db()
    assert meeting.title == "先改的"


def test_a_cancelled_meeting_stays_cancelled(client, cast, kind, meeting):
    client.force_login(cast.lin)
    client.post(url(meeting, "cancel"), {"reason": "与市里会议冲突", "once": uuid.uuid4()})
    meeting.refresh_from_db()
    assert meeting.status == Meeting.Status.CANCELLED
    client.post(url(meeting, "cancel"), {"reason": "再取消", "once": uuid.uuid4()})
    assert Event.objects.filter(name="meeting.cancelled").count() == 1
    page = client.post(url(meeting, "edit"), change_values(cast, kind, meeting))
    assert "不能再更改" in page.content.decode()


def test_cancelling_needs_a_reason(client, cast, meeting):
    client.force_login(cast.lin)
    page = client.post(url(meeting, "cancel"), {"reason": " ", "once": uuid.uuid4()})
    assert page.status_code == 200
    assert page.context["form"].errors["reason"]
    meeting.refresh_from_db()
    assert meeting.status == Meeting.Status.CONVENED


def test_a_meeting_is_held_only_after_it_began(cast, meeting):
    invited = [invitation.pk for invitation in meeting.invitations.all()]
    with pytest.raises(StepRefused, match="尚未开始"):
        actions.hold(meeting, attended=invited, by=cast.lin)
    actions.hold(meeting, attended=invited, by=cast.lin, at=meeting.starts_at)
    assert meeting.status == Meeting.Status.HELD


def race(rounds, act):
    """Two connections at once, `rounds` times; answers how often each round succeeded."""
    won = []
    for number in range(rounds):
        wins, barrier = [], threading.Barrier(2)

        def run(number=number, wins=wins, barrier=barrier):
            try:
                act(number, barrier)
                wins.append(1)
            except StepRefused:
                pass
            finally:
                connection.close()

        threads = [threading.Thread(target=run) for _each in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        won.append(len(wins))
    return won


@pytest.mark.django_db(transaction=True)
def test_of_two_who_cancel_and_move_at_once_one_wins():
    lin, meetings = _meetings(20)

    def cancel(number, barrier):
        meeting = Meeting.objects.get(pk=meetings[number].pk)
        barrier.wait()
        actions.cancel(meeting, reason="冲突", by=lin)

    assert race(20, cancel) == [1] * 20
    assert Event.objects.filter(name="meeting.cancelled").count() == 20


@pytest.mark.django_db(transaction=True)
def test_without_compare_and_set_both_would_win():
    """The negative control of the race above: it must show what the guard prevents."""
    _lin, meetings = _meetings(20)

    def careless(number, barrier):
        meeting = Meeting.objects.get(pk=meetings[number].pk)
        if meeting.status != Meeting.Status.CONVENED:
            raise StepRefused
        barrier.wait()
        Meeting.objects.filter(pk=meeting.pk).update(status=Meeting.Status.CANCELLED)

    assert sum(race(20, careless)) > 20


def _meetings(number):
    unit = make.unit()
    group = make.group(unit)
    make.turn(group.seats.get())
    lin = make.liaison(unit)
    return lin, [make.meeting(group, by=lin) for _each in range(number)]


def test_the_list_asks_the_same_number_of_questions_for_any_number_of_rows(
    client, cast, django_assert_max_num_queries
):
    client.force_login(cast.lin)
    counts = []
    for rows in (3, 20):
        while Meeting.objects.count() < rows:
            make.meeting(cast.group, by=cast.lin)
        with django_assert_max_num_queries(12) as captured:
            page = client.get("/alliance/meetings/")
        assert len(page.context["object_list"]) == rows
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_a_list_shows_what_one_may_see(client, cast, meeting):
    for user, rows in ((cast.wu, 1), (cast.zhao, 0)):
        client.force_login(user)
        page = client.get("/alliance/meetings/")
        assert page.context["row_count"] == rows
        assert f'data-count="{rows}"' in page.content.decode() or rows == 0
