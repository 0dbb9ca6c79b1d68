"""What stands in minutes comes from rows and from what was typed; what nobody noted is blank."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alliance import minuting
from alliance.actions import items
from alliance.models import AgendaItem, CheckIn, Guest, Invitation, Meeting, Vote
from tests import make

MINUTE = timedelta(minutes=1)


@pytest.fixture
def meeting(cast):
    meeting = make.meeting(cast.group, by=cast.lin, agenda="通报情况\n讨论用工互助")
    Meeting.objects.filter(pk=meeting.pk).update(status="held")
    meeting.refresh_from_db()
    return meeting


@pytest.fixture
def minutes(meeting):
    return make.minutes(meeting, text="开场的话")


def seat(meeting, name) -> Invitation:
    return meeting.invitations.get(unit_name=f"{name}公司")


def check_in(meeting, **facts):
    facts = {"way": CheckIn.Way.HAND, "at": meeting.starts_at} | facts
    return CheckIn.objects.create(meeting=meeting, **facts)


def test_without_rows_it_says_nothing(minutes):
    """Neither who was absent, nor a chair, nor a resolution is made up."""
    found = minuting.content(minutes)
    assert found["attendance"]["quorum"] == "到会情况未登记"
    names = ("present", "guests", "leave", "absent")
    assert [found["attendance"][name] for name in names] == [[], [], [], []]
    assert (found["chair"], found["recorder"], found["closing"], found["number"]) == ("",) * 4
    assert found["resolutions"] == []
    assert {item["text"] for item in found["items"]} == {""}


def test_it_is_kept_as_json(minutes):
    found = minuting.content(minutes)
    assert json.loads(json.dumps(found)) == found


def test_the_facts_of_the_meeting(cast, meeting, minutes):
    Meeting.objects.filter(pk=meeting.pk).update(chair="林主任", recorder="王记录")
    meeting.partners.add(cast.other_group)
    minutes.refresh_from_db()
    found = minuting.content(minutes)
    assert found["title"] == meeting.title
    assert found["groups"] == [cast.group.name, cast.other_group.name]
    assert (found["chair"], found["recorder"]) == ("林主任", "王记录")
    assert found["convened_by"] == "lin公司"
    assert found["place"] == "会议厅"
    assert found["starts_at"] == meeting.starts_at.isoformat()


def test_who_came_who_is_on_leave_and_who_was_missing(cast, meeting, minutes):
    third = make.unit(name="third公司")
    row = make.seat(third, cast.group, order=3)
    Invitation.objects.create(meeting=meeting, seat=row, unit_name=third.name)
    Invitation.objects.filter(pk=seat(meeting, "wu").pk).update(reply="leave", reason="出差")
    check_in(meeting, invitation=seat(meeting, "lin"), name="林书记", unit_name="lin公司")
    found = minuting.content(minutes)["attendance"]
    assert [(row["unit"], row["name"]) for row in found["present"]] == [("lin公司", "林书记")]
    assert (found["leave"], found["absent"]) == (["wu公司"], ["third公司"])
    assert (found["invited"], found["attended"]) == (3, 1)
    assert found["quorum"] == "到会 1 / 应到 3，未达到法定人数"
    assert "出差" not in json.dumps(found, ensure_ascii=False)


def test_who_announced_a_name_is_not_said_to_have_come(meeting, minutes):
    Invitation.objects.filter(pk=seat(meeting, "lin").pk).update(reply="attend", attendee="林某")
    check_in(meeting, invitation=seat(meeting, "lin"), unit_name="lin公司")
    assert minuting.content(minutes)["attendance"]["present"][0]["name"] == ""


def test_a_substitute_is_marked_with_the_mandate(meeting, minutes):
    facts = {"reply": "substitute", "attendee": "代某", "job": "副主任", "mandate": "speak"}
    Invitation.objects.filter(pk=seat(meeting, "wu").pk).update(**facts)
    check_in(meeting, invitation=seat(meeting, "wu"), name="代某", is_substitute=True)
    (row,) = minuting.content(minutes)["attendance"]["present"]
    assert (row["is_substitute"], row["mandate"], row["job"]) == (
        True,
        "可以发言，不表决",
        "副主任",
    )


def test_late_early_and_entered_afterwards(meeting, minutes):
    facts = {"at": meeting.starts_at + 10 * MINUTE, "left_at": meeting.ends_at - 10 * MINUTE}
    check_in(meeting, invitation=seat(meeting, "lin"), **facts)
    check_in(meeting, invitation=seat(meeting, "wu"), at=None, is_late_entry=True)
    late, entered = minuting.content(minutes)["attendance"]["present"]
    assert late["late"] and late["left"]
    assert (entered["late"], entered["left"], entered["is_late_entry"]) == ("", "", True)


def test_guests_who_came_and_no_other(meeting, minutes):
    came = Guest.objects.create(meeting=meeting, name="客人", unit_name="街道", job="主任")
    Guest.objects.create(meeting=meeting, name="没来的客人")
    check_in(meeting, guest=came)
    check_in(meeting, name="旁听", unit_name="wu公司")
    check_in(meeting, name="撤销的", withdrawn_at=meeting.ends_at)
    found = minuting.content(minutes)["attendance"]["guests"]
    assert [(row["name"], row["unit"], row["job"]) for row in found] == [
        ("客人", "街道", "主任"),
        ("旁听", "wu公司", ""),
    ]


def test_votes_and_resolutions_stand_with_their_item(cast, meeting, minutes):
    _follow_up, _first, second = meeting.items.all()
    counts = {"entitled": 2, "present": 2, "in_favour": 1, "against": 0, "abstained": 1}
    Vote.objects.create(meeting=meeting, item=second, question="互助办法", **counts)
    made = make.resolution(meeting, item=second, text="建立互助队")
    item = make.action_item(cast.wu_unit, resolution=made)
    item.assisting.add(cast.lin_unit)
    make.resolution(meeting, text="会议记录存档", is_late_entry=True)
    make.resolution(meeting, text="删去的", struck_at=meeting.ends_at)
    make.write(minutes, {minuting.key_of(second): "大家赞成"})
    found = minuting.content(minutes)
    _follow_up, one, two = found["items"]
    assert (one["votes"], one["resolutions"]) == ([], [])
    assert two["votes"] == [{"question": "互助办法", "is_late_entry": False} | counts]
    assert two["text"] == "大家赞成"
    (resolution,) = two["resolutions"]
    assert (resolution["number"], resolution["text"]) == (made.number, "建立互助队")
    assert resolution["items"] == [
        {
            "number": item.number,
            "text": "建立互助队",
            "unit": "wu公司",
            "unit_id": cast.wu_unit.pk,
            "assisting": ["lin公司"],
            "assisting_ids": [cast.lin_unit.pk],
            "due_on": item.due_on.isoformat(),
        }
    ]
    assert [row["text"] for row in found["resolutions"]] == ["会议记录存档"]
    assert found["resolutions"][0]["is_late_entry"]
    assert minuting.owed(found, [cast.lin_unit.pk])[0]["is_own"] is False
    assert minuting.owed(found, [cast.zhao_unit.pk]) == []


def test_what_was_dropped_since_was_resolved_all_the_same(cast, meeting, minutes):
    """A correction of a year later tells of no other meeting than the first version did."""
    item = make.item(cast.wu_unit, resolution=make.resolution(meeting, text="建立互助队"))
    before = minuting.all_resolutions(minuting.content(minutes))[0]["items"]
    items.drop(item, reason="条件不具备", by=None)
    found = minuting.content(minutes)
    after = minuting.all_resolutions(found)[0]["items"]
    assert after == [before[0] | {"is_dropped": True}]
    assert minuting.owed(found, [cast.wu_unit.pk]) == []


def test_how_the_last_resolutions_stood_is_what_was_kept(meeting, minutes):
    kept = [{"number": "议-2026-0001", "text": "旧事", "state": "办理中"}]
    meeting.items.filter(kind=AgendaItem.Kind.FOLLOW_UP).update(frozen=kept)
    assert minuting.content(minutes)["items"][0]["follow_up"] == kept


def test_until_the_meeting_is_held_it_says_how_they_stand_now(cast, meeting, minutes):
    item = make.action_item(cast.wu_unit, make.held_meeting(cast.group))
    assert minuting.content(minutes)["items"][0]["follow_up"] == []  # held, and nothing was kept
    Meeting.objects.filter(pk=meeting.pk).update(status="convened")
    minutes.refresh_from_db()
    (line,) = minuting.content(minutes)["items"][0]["follow_up"]
    assert (line["number"], line["unit"], line["state"]) == (item.number, "wu公司", "办理中")


def test_what_was_typed_for_an_item_that_left_the_agenda_stays(meeting, minutes):
    item = meeting.items.last()
    make.write(minutes, {minuting.key_of(item): "已经写好的一段"})
    item.delete()
    found = minuting.content(minutes)
    assert [row["text"] for row in found["others"]] == ["已经写好的一段"]
    titles = [section.title for section in minuting.sections(minutes)]
    assert titles[-2:] == ["已不在议程上的议题", "会议小结"]


def test_it_asks_as_often_for_many_rows(cast, meeting, minutes):
    def asked():
        minutes.refresh_from_db()
        with CaptureQueriesContext(connection) as context:
            minuting.content(minutes)
        return len(context)

    def fill(number):
        for _row in range(number):
            item = AgendaItem.objects.create(meeting=meeting, title="又一项", unit=cast.wu_unit)
            made = make.action_item(cast.wu_unit, resolution=make.resolution(meeting, item=item))
            made.assisting.add(cast.lin_unit)
            check_in(meeting, name="旁听")
            check_in(meeting, guest=Guest.objects.create(meeting=meeting, name="客"))

    fill(1)
    few = asked()
    fill(6)
    assert asked() == few
