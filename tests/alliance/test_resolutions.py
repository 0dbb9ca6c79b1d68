"""What a meeting resolves is typed while it goes on, and binds once it was held."""

from datetime import timedelta

import pytest
from django.utils import timezone

from alliance.actions import meetings, resolutions
from alliance.models import ActionItem, Meeting, Minutes, Resolution
from nanchuan.kernel import events
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make
from tests.alliance.rooms import going_on, long_turn

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(cast):
    return long_turn(cast)


def due(days=14):
    return timezone.localdate() + timedelta(days=days)


def hold(cast, meeting):
    came = meeting.invitations.values_list("pk", flat=True)
    meetings.hold(meeting, attended=came, by=cast.lin)


def test_typed_with_a_unit_it_is_one_item_that_binds_nobody_yet(cast):
    meeting = going_on(cast)
    made = resolutions.adopt(
        meeting,
        text=" 建共享实验室 ",
        item=meeting.items.last(),
        unit=cast.wu_unit,
        assisting=[cast.lin_unit],
        due_on=due(),
        by=cast.lin,
    )
    year = timezone.localdate(meeting.starts_at).year
    assert made.number.startswith(f"议-{year}-")
    assert (made.text, made.is_late_entry) == ("建共享实验室", False)
    item = made.action_items.get()
    assert (item.number, item.unit, item.text) == (f"{made.number}-1", cast.wu_unit, made.text)
    assert list(item.assisting.all()) == [cast.lin_unit]
    assert not ActionItem.objects.live().exists()
    assert not Event.objects.filter(name="item.assigned").exists()
    hold(cast, meeting)
    assert ActionItem.objects.live().get() == item
    assert Event.objects.get(name="item.assigned").subject_id == item.pk


def test_what_is_struck_binds_nobody(cast):
    meeting = going_on(cast)
    made = resolutions.adopt(meeting, text="甲", unit=cast.wu_unit, due_on=due(), by=cast.lin)
    resolutions.strike(made, by=cast.lin)
    hold(cast, meeting)
    assert not Event.objects.filter(name="item.assigned").exists()
    assert not ActionItem.objects.live().exists()
    with pytest.raises(StepRefused, match="已经删去"):
        resolutions.change(made, text="乙", by=cast.lin)


def test_written_after_the_meeting_it_is_stamped_and_binds_at_once(cast):
    meeting = going_on(cast)
    hold(cast, meeting)
    made = resolutions.adopt(meeting, text="补", unit=cast.wu_unit, due_on=due(), by=cast.lin)
    assert made.is_late_entry
    assert Event.objects.filter(name="item.assigned").count() == 1
    resolutions.add_item(made, unit=cast.lin_unit, due_on=due(), text="腾出场地", by=cast.lin)
    assert Event.objects.filter(name="item.assigned").count() == 2
    assert made.action_items.get(unit=cast.lin_unit).number == f"{made.number}-2"


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"text": " "}, "填写议定内容"),
        ({"text": "字" * 1001}, "最多 1000 字"),
        ({"unit": "wu_unit"}, "完成期限"),
        ({"due_on": 3}, "选择责任单位"),
        ({"unit": "wu_unit", "due_on": -2}, "早于会议日期"),
        ({"unit": "wu_unit", "due_on": 2000}, "检查年份"),
        ({"unit": "wu_unit", "due_on": 3, "assisting": "wu_unit"}, "已是责任单位"),
        ({"unit": "stranger", "due_on": 3}, "不是联盟成员"),
    ],
)
def test_what_cannot_be_resolved_is_said(cast, facts, sentence):
    cast.stranger = make.unit(name="外面公司")
    facts = {"text": "甲"} | facts
    if "unit" in facts:
        facts["unit"] = getattr(cast, facts["unit"])
    if "assisting" in facts:
        facts["assisting"] = [getattr(cast, facts["assisting"])]
    if "due_on" in facts:
        facts["due_on"] = due(facts["due_on"])
    with pytest.raises(StepRefused, match=sentence):
        resolutions.adopt(going_on(cast), by=cast.lin, **facts)
    assert not Resolution.objects.exists()


def test_an_agenda_item_of_another_meeting_is_refused(cast):
    meeting, other = going_on(cast), going_on(cast)
    with pytest.raises(StepRefused, match="不属于这次会议"):
        resolutions.adopt(meeting, text="甲", item=other.items.last(), by=None)


def test_the_second_of_two_editors_is_told(cast, sun):
    made = resolutions.adopt(going_on(cast), text="甲", by=cast.lin)
    seen = resolutions.stamp(made)
    resolutions.change(made, text="乙", seen=seen, by=sun)
    with pytest.raises(StepRefused, match="刚被别人修改"):
        resolutions.change(made, text="丙", seen=seen, by=cast.lin)
    assert Resolution.objects.get().text == "乙"


def test_changed_words_reach_the_items_that_said_the_same(cast):
    made = resolutions.adopt(
        going_on(cast), text="甲", unit=cast.wu_unit, due_on=due(), by=cast.lin
    )
    own = resolutions.add_item(made, unit=cast.lin_unit, due_on=due(), text="自己的", by=cast.lin)
    resolutions.change(made, text="乙", by=cast.lin)
    assert made.action_items.get(unit=cast.wu_unit).text == "乙"
    own.refresh_from_db()
    assert own.text == "自己的"


def test_who_has_to_do_it_is_put_right_until_somebody_works_on_it(cast):
    meeting = going_on(cast)
    made = resolutions.adopt(meeting, text="甲", unit=cast.wu_unit, due_on=due(), by=cast.lin)
    item = made.action_items.get()
    resolutions.change_item(item, unit=cast.lin_unit, due_on=due(7), by=cast.lin)
    item.refresh_from_db()
    assert (item.unit, item.due_on) == (cast.lin_unit, due(7))
    hold(cast, meeting)
    resolutions.change_item(item, unit=cast.wu_unit, due_on=due(7), by=cast.lin)
    assert Event.objects.get(name="item.reassigned").facts["had"] == [cast.lin_unit.pk]
    resolutions.change_item(item, unit=cast.wu_unit, due_on=due(8), by=cast.lin)
    assert Event.objects.filter(name="item.assigned").count() == 2
    with pytest.raises(StepRefused, match="已经生效"):
        resolutions.remove_item(item, by=cast.lin)
    item.notes.create(text="已联系")
    with pytest.raises(StepRefused, match="已经有人办理"):
        resolutions.change_item(item, unit=cast.lin_unit, due_on=due(7), by=cast.lin)


def test_a_unit_typed_by_mistake_is_taken_back(cast):
    made = resolutions.adopt(
        going_on(cast), text="甲", unit=cast.wu_unit, due_on=due(), by=cast.lin
    )
    resolutions.remove_item(made.action_items.get(), by=cast.lin)
    assert not ActionItem.objects.exists()
    names = events.history(made.meeting).values_list("name", flat=True)
    assert "resolution.item_removed" in names


@pytest.mark.parametrize("status", Minutes.Status.values)
def test_minutes_that_are_handed_in_lock_it(cast, status):
    meeting = going_on(cast)
    hold(cast, meeting)
    Minutes.objects.create(meeting=meeting, status=status)
    if status == "draft":
        resolutions.adopt(meeting, text="甲", by=cast.lin)
        return
    with pytest.raises(StepRefused, match="会议纪要"):
        resolutions.adopt(meeting, text="甲", by=cast.lin)


@pytest.mark.parametrize("status", Meeting.Status.values)
def test_before_it_began_and_when_it_is_off_nothing_is_resolved(cast, status):
    meeting = make.meeting(cast.group, by=cast.lin)
    Meeting.objects.filter(pk=meeting.pk).update(status=status)
    if status == "held":
        return
    with pytest.raises(StepRefused, match="尚未开始" if status == "convened" else "不能记录"):
        resolutions.adopt(meeting, text="甲", by=cast.lin)
