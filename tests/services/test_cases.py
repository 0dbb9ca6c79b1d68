"""Needs before a joint meeting: Wu's need was not solved twice, Lin's meeting speaks about it;
Zhao, of another group, hears nothing of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from alliance.actions import topics
from alliance.models import Meeting, MeetingKind, Topic
from nanchuan.kernel.models import Event
from nanchuan.notices.tasks import tick
from services.actions import cases
from services.models import Need, TopicCase
from tests import make

pytestmark = pytest.mark.django_db
AHEAD = timedelta(days=60)


def draft_of(cast, **facts):
    starts_at = timezone.now() + AHEAD
    defaults = {
        "group": cast.group,
        "kind": MeetingKind.objects.first(),
        "title": "第三季度联席会议",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "convened_by": cast.lin_unit,
        "place": "会议厅",
        "status": "draft",
    }
    return Meeting.objects.create(**defaults | facts)


def set_back(need):
    """It was refused twice."""
    Need.objects.filter(pk=need.pk).update(setbacks=2)
    need.refresh_from_db()
    return need


@pytest.fixture
def hard(cast):
    """A need of Wu's that the whole alliance sees."""
    facts = {"title": "吴公司缺电工", "content": "吴公司三号车间", "public_title": "急需电工"}
    return set_back(make.need(cast.wu_unit, "in_progress", taken_by=cast.zhao_unit, **facts))


@pytest.fixture
def called(cast):
    draft = draft_of(cast)
    topics.call(draft, by=cast.lin)
    return draft


def test_what_was_not_solved_twice_is_a_topic_of_the_next_joint_meeting_of_the_group(called, hard):
    topic = cases.to_meeting(hard, timezone.now())
    assert topic.meeting == called
    assert TopicCase.objects.get(topic=topic).need == hard
    assert TopicCase.objects.get(topic=topic).why == "setbacks"


def test_it_is_not_proposed_twice(called, hard):
    first = cases.to_meeting(hard)
    assert cases.to_meeting(hard) == first
    assert Topic.objects.count() == 1


def test_a_topic_that_was_spoken_about_is_not_in_the_way_of_another_one(called, hard):
    first = cases.to_meeting(hard)
    Topic.objects.filter(pk=first.pk).update(status="adopted")
    Meeting.objects.filter(pk=called.pk).update(
        status="held", starts_at=timezone.now() - AHEAD, ends_at=timezone.now() - AHEAD / 2
    )
    assert cases.to_meeting(hard) is None
    hard.refresh_from_db()
    assert hard.for_meeting_since


def test_its_words_name_neither_who_asked_nor_what_only_its_parties_read(called, hard):
    topic = cases.to_meeting(hard)
    assert "急需电工" in topic.title
    said = topic.title + topic.text + str(topic.unit)
    for secret in ("吴公司", "wu公司", "三号车间"):
        assert secret not in said


@pytest.mark.parametrize("audience", ["office", "group"])
def test_a_need_that_not_everybody_may_see_stands_in_a_topic_without_any_word_of_its_own(
    cast, called, audience
):
    """A group that comes to the meeting later would read it too."""
    need = set_back(make.need(cast.wu_unit, "published", audience=audience, public_title="缺电工"))
    topic = cases.to_meeting(need)
    for secret in (need.number, "缺电工", need.title, need.get_category_display()):
        assert secret not in topic.title + topic.text


def test_without_a_meeting_that_takes_topics_it_waits_for_one(cast, hard):
    draft = draft_of(cast)
    assert cases.to_meeting(hard) is None
    hard.refresh_from_db()
    assert hard.for_meeting_since
    assert Event.objects.filter(name="need.set_down", subject_id=hard.pk).count() == 1

    topics.call(draft, by=cast.lin)
    tick()
    hard.refresh_from_db()
    assert hard.for_meeting_since is None
    assert hard.topic_cases.get().topic.meeting == draft
    assert Event.objects.filter(name="need.tabled", subject_id=hard.pk).count() == 1


def test_a_meeting_of_another_group_does_not_take_it(cast, hard, sun):
    cases.to_meeting(hard)
    topics.call(draft_of(cast, group=cast.other_group, convened_by=cast.zhao_unit), by=sun)
    tick()
    assert not hard.topic_cases.exists()


def test_a_round_table_does_not_take_it(cast, hard):
    other = MeetingKind.objects.exclude(pk=MeetingKind.objects.first().pk).first()
    topics.call(draft_of(cast, kind=other), by=cast.lin)
    assert cases.to_meeting(hard) is None


def test_what_was_withdrawn_meanwhile_is_not_taken(cast, hard):
    cases.to_meeting(hard)
    Need.objects.filter(pk=hard.pk).update(status="withdrawn")
    topics.call(draft_of(cast), by=cast.lin)
    tick()
    assert not Topic.objects.exists()


def test_when_the_unit_in_the_chair_has_too_many_topics_it_waits(cast, called, hard, monkeypatch):
    monkeypatch.setattr(topics, "MOST_OF_A_UNIT", 0)
    assert cases.to_meeting(hard) is None
    hard.refresh_from_db()
    assert hard.for_meeting_since
