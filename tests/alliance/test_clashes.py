"""While a time is picked the page tells what else lies there; people decide."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from alliance.actions import invitations
from alliance.actions import meetings as actions
from alliance.clashes import Diary, Proposed
from alliance.models import Meeting, MeetingKind
from tests import make

pytestmark = pytest.mark.django_db
CREATE = reverse("alliance:meeting-create")
NOW = datetime.fromisoformat("2026-11-25T10:00:00+08:00")  # a Wednesday
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def a_wednesday(time_machine):
    time_machine.move_to(NOW)


def at(text):
    return timezone.make_aware(datetime.fromisoformat(text))


THURSDAY = at("2026-12-10T15:00")


@pytest.fixture
def zhaos(cast):
    """A meeting of Zhao's group on the Thursday, to which Wu is invited too."""
    make.turn(cast.other_group.seats.get())
    make.seat(cast.wu_unit, cast.other_group)
    return make.meeting(
        cast.other_group,
        by=cast.zhao,
        title="赵的会",
        starts_at=THURSDAY,
        ends_at=THURSDAY + 2 * HOUR,
        place="一号 会议室Ａ",
    )


def typed(cast, starts_at=THURSDAY, hours=2, **changes):
    starts_at = timezone.localtime(starts_at)
    values = {
        "group": cast.group.pk,
        "kind": MeetingKind.objects.first().pk,
        "title": "第四季度联席会议",
        "starts_at": f"{starts_at:%Y-%m-%dT%H:%M}",
        "ends_at": f"{starts_at + hours * HOUR:%Y-%m-%dT%H:%M}",
        "place": "会议厅",
        "agenda": "通报情况",
        "once": uuid.uuid4(),
    }
    return values | changes


def proposed(cast, starts_at=THURSDAY, **facts):
    defaults = {"group": cast.group, "partners": [], "kind": MeetingKind.objects.first()}
    times = {"starts_at": starts_at, "ends_at": starts_at + 2 * HOUR}
    return Proposed(**defaults | times | facts)


def test_an_invited_unit_that_is_elsewhere_is_named_and_let_pass_once_confirmed(
    sign_in, cast, zhaos
):
    client = sign_in(cast.wu)
    client = sign_in(cast.lin)
    page = client.post(CREATE, typed(cast))
    assert page.context["preview"] == ["wu公司在这段时间另有会议。"]
    assert "赵的会" not in page.text  # Lin is not in that group
    assert client.post(CREATE, typed(cast) | {"confirm": page.context["seal"]}).status_code == 302


def test_whoever_may_read_the_other_meeting_reads_its_title(sign_in, cast, zhaos, sun):
    page = sign_in(sun).post(CREATE, typed(cast))
    assert page.context["preview"] == [
        "wu公司在这段时间另有会议“赵的会”（2026-12-10 周四 15:00）。"
    ]


@pytest.fixture
def away(cast):
    """Zhao's unit is at a meeting of its own group, which Lin does not see."""
    make.turn(cast.other_group.seats.get())
    times = {"starts_at": THURSDAY, "ends_at": THURSDAY + 2 * HOUR}
    return make.meeting(cast.other_group, by=cast.zhao, title="赵的会", place="小会议室", **times)


def test_nobody_looks_up_the_days_of_a_unit_by_choosing_its_group(sign_in, cast, away):
    """Neither in words nor by the time that the page offers instead."""
    client = sign_in(cast.lin)
    values = typed(cast, partners=[cast.other_group.pk], look=1)
    page = client.post(CREATE, values, headers={"hx-request": "true"})
    assert page.context["doubts"] == []
    assert "next_free" not in page.context
    assert "另有会议" not in page.text
    assert client.post(CREATE, typed(cast, partners=[cast.other_group.pk])).status_code == 302


def test_nor_by_inviting_its_seat_and_moving_the_meeting(sign_in, cast, away):
    times = {"starts_at": THURSDAY - 4 * HOUR, "ends_at": THURSDAY - 2 * HOUR}
    meeting = make.meeting(cast.group, by=cast.lin, **times)
    invitations.invite(meeting, [cast.other_group.seats.get()], by=cast.lin)
    url = reverse("alliance:meeting-edit", args=[meeting.pk])
    page = sign_in(cast.lin).post(url, typed(cast, seen=0, look=1))
    assert page.context["doubts"] == []


def test_of_a_partner_group_whose_turn_is_ones_own_too_the_days_are_told(sign_in, cast, away):
    both = make.seat(cast.lin_unit, cast.other_group)
    cast.other_group.turns.update(seat=both)
    page = sign_in(cast.lin).post(CREATE, typed(cast, partners=[cast.other_group.pk]))
    assert "zhao公司在这段时间另有会议" in page.context["preview"][0]


def test_of_a_partner_group_what_is_in_sight_is_told(sign_in, cast, away):
    make.seat(cast.lin_unit, cast.other_group)
    page = sign_in(cast.lin).post(CREATE, typed(cast, partners=[cast.other_group.pk]))
    assert "zhao公司在这段时间另有会议“赵的会”" in page.context["preview"][0]


def test_the_office_is_told_of_every_unit(sign_in, cast, away, sun):
    page = sign_in(sun).post(CREATE, typed(cast, partners=[cast.other_group.pk]))
    assert "zhao公司在这段时间另有会议“赵的会”" in page.context["preview"][0]


@pytest.mark.parametrize(
    ("offset", "clashes"),
    [(-2, False), (-1.99, True), (0, True), (1.99, True), (2, False)],
)
def test_meetings_that_only_touch_do_not_clash(cast, zhaos, sun, offset, clashes):
    start = THURSDAY + offset * HOUR
    assert bool(Diary(proposed(cast, start), sun).doubts()) == clashes


@pytest.mark.parametrize("status", Meeting.Status.values)
def test_only_announced_meetings_take_a_unit(cast, zhaos, sun, status):
    Meeting.objects.filter(pk=zhaos.pk).update(status=status)
    assert bool(Diary(proposed(cast), sun).doubts()) == (status == "convened")


@pytest.mark.parametrize("clashes", [True, False])
def test_who_is_not_invited_any_more_is_free(cast, zhaos, sun, clashes):
    if not clashes:
        zhaos.invitations.update(withdrawn_at=NOW)
    assert bool(Diary(proposed(cast), sun).doubts()) == clashes


def test_the_unit_that_convenes_elsewhere_is_taken_too(cast, zhaos, sun):
    zhaos.invitations.update(withdrawn_at=NOW)
    Meeting.objects.filter(pk=zhaos.pk).update(convened_by=cast.lin_unit)
    assert "lin公司" in Diary(proposed(cast), sun).doubts()[0]


@pytest.mark.parametrize(
    ("place", "takes"),
    [
        ("一号会议室a", True),
        ("１号会议室A", False),
        ("一号会议室Ａ ", True),
        ("会议厅", False),
        ("", False),
    ],
)
def test_a_room_is_the_same_however_it_is_written(cast, zhaos, sun, place, takes):
    zhaos.invitations.update(withdrawn_at=NOW)
    Meeting.objects.filter(pk=zhaos.pk).update(status="draft")
    told = Diary(proposed(cast, place=place), sun).doubts()
    assert bool(told) == takes
    if takes:
        assert "另有会议“赵的会”" in told[0]
        [hidden] = Diary(proposed(cast, place=place), cast.lin).doubts()
        assert "赵的会" not in hidden


def test_a_meeting_does_not_clash_with_itself(sign_in, cast):
    meeting = make.meeting(cast.group, by=cast.lin, starts_at=THURSDAY, ends_at=THURSDAY + 2 * HOUR)
    url = reverse("alliance:meeting-edit", args=[meeting.pk])
    values = typed(cast, THURSDAY + HOUR, seen=0, place=meeting.place)
    assert sign_in(cast.lin).post(url, values).status_code == 302


def test_a_day_after_the_turn_is_said(cast, sun):
    beyond = cast.turn.ends_on + timedelta(days=3)
    start = timezone.make_aware(datetime.combine(beyond, datetime.min.time()))
    assert "已过本次轮值" in Diary(proposed(cast, start), sun).doubts()[0]


def test_the_next_free_time_is_a_working_day_without_a_clash(sign_in, cast, zhaos):
    """Thursday is taken, Friday too, then comes the weekend."""
    friday = THURSDAY + timedelta(days=1)
    other = make.meeting(cast.group, by=cast.lin, starts_at=friday, ends_at=friday + HOUR)
    client = sign_in(cast.lin)
    page = client.post(CREATE, typed(cast, look=1), headers={"hx-request": "true"})
    assert page.context["next_free"] == at("2026-12-14T15:00")
    assert "<html" not in page.text
    actions.cancel(other, reason="让路", by=cast.lin)
    page = client.post(CREATE, typed(cast, look=1), headers={"hx-request": "true"})
    assert page.context["next_free"] == friday


def test_the_free_time_is_taken_with_one_press_and_nothing_is_lost(sign_in, cast, zhaos):
    page = sign_in(cast.lin).post(CREATE, typed(cast, title="留下", take="2026-12-11T15:00"))
    form = page.context["form"]
    assert form["starts_at"].value() == "2026-12-11T15:00"
    assert form["ends_at"].value() == "2026-12-11T17:00"
    assert form["title"].value() == "留下"
    assert not page.context["doubts"]
    assert Meeting.objects.count() == 1


def test_the_page_asks_as_many_questions_for_many_meetings_as_for_few(cast, zhaos, sun):
    counts = []
    Diary(proposed(cast), cast.lin)  # its rights are asked for once
    for more in (0, 10):
        for _number in range(more):
            unit = make.unit()
            make.seat(unit, cast.group)
            make.meeting(cast.group, by=sun, starts_at=THURSDAY, ends_at=THURSDAY + HOUR)
        with CaptureQueriesContext(connection) as queries:
            diary = Diary(proposed(cast, place="会议厅"), cast.lin)
            diary.doubts(), diary.next_free()
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 6


# ── Several groups together ─────────────────────────────────────────────────────────────────


def test_the_unit_on_turn_proposes_another_group_and_each_unit_is_asked_once(sign_in, cast):
    make.seat(cast.wu_unit, cast.other_group)  # Wu sits in both
    client = sign_in(cast.lin)
    values = typed(cast, partners=[cast.other_group.pk])
    assert client.post(CREATE, values).status_code == 302
    meeting = Meeting.objects.get()
    names = sorted(meeting.invitations.values_list("unit_name", flat=True))
    assert names == ["lin公司", "wu公司", "zhao公司"]
    page = sign_in(cast.zhao).get(meeting.get_absolute_url())
    assert page.status_code == 200
    assert f'href="{cast.other_group.get_absolute_url()}"' in page.text
    assert f'href="{cast.group.get_absolute_url()}"' not in page.text  # not Zhao's to see


def test_a_joint_meeting_counts_for_each_of_its_groups(sign_in, cast, sun):
    meeting = make.meeting(cast.group, by=cast.lin, partners=[cast.other_group])
    client = sign_in(sun)
    for group in (cast.group, cast.other_group):
        page = client.get(reverse("alliance:meeting-list"), {"group": group.pk})
        assert list(page.context["object_list"]) == [meeting]
        assert f"{cast.group}、{cast.other_group}" in page.text
        assert meeting.title in client.get(group.get_absolute_url()).text
    Meeting.objects.filter(pk=meeting.pk).update(
        status="held", starts_at=NOW - timedelta(days=3), ends_at=NOW - timedelta(days=2)
    )
    for group in (cast.group, cast.other_group):
        page = client.get(group.get_absolute_url())
        assert next(each for each in page.context["figures"] if "近一年" in each.label).value == 1


@pytest.mark.parametrize("value", ["x", "99999999", "9" * 30])
def test_a_group_that_is_none_is_refused(sign_in, cast, value):
    page = sign_in(cast.lin).post(CREATE, typed(cast, partners=[value]))
    assert page.context["form"].errors["partners"]
