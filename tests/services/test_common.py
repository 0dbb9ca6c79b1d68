"""Common problems: three enterprises of a chain lack electricians; Sun of the office puts it before
their meeting. Nobody learns from the topic who asked."""

import uuid

import pytest
from django.utils import timezone

from alliance.actions import adopting, topics
from alliance.models import Topic
from nanchuan.kernel.states import StepRefused
from nanchuan.notices.tasks import tick
from services import common
from services.actions import cases
from services.models import Need, TopicCase
from tests import make
from tests.services.test_cases import draft_of

pytestmark = pytest.mark.django_db
PAGE = "/services/needs/common/"
CANARY = "金丝雀车间"


@pytest.fixture
def asked(cast):
    """Needs of Lin's and Wu's units: two of the alliance, one for the office only."""
    facts = {"category": "staff"}
    return [
        make.need(
            cast.lin_unit,
            "published",
            title="急需电工两名",
            content=f"{CANARY}夜班缺高压电工",
            public_title="缺电工",
            **facts,
        ),
        make.need(
            cast.wu_unit,
            "published",
            title="招聘持证电工",
            content="旺季缺电工，共享用工",
            public_title="缺持证电工",
            **facts,
        ),
        make.need(
            cast.wu_unit,
            "published",
            title="夜班缺持证电工",
            content="夜班没有电工值守",
            audience="office",
            **facts,
        ),
    ]


@pytest.fixture
def office(sun, sign_in, client):
    """What Sun's browser opens."""
    sign_in(sun)
    return client


@pytest.fixture
def called(cast):
    draft = draft_of(cast)
    topics.call(draft, by=cast.lin)
    return draft


@pytest.fixture
def tabled(cast, sun, asked, called):
    return cases.propose(asked, cast.group, title="电工紧缺", text="", by=sun)


def propose(client, cast, needs, **facts):
    data = {
        "needs": [need.pk for need in needs],
        "group": cast.group.pk,
        "title": "电工紧缺",
        "text": "多家企业反映",
        "once": uuid.uuid4(),
    }
    return client.post("/services/needs/common/propose/", data | facts)


def test_what_several_enterprises_of_a_chain_ask_is_a_common_problem(cast, asked):
    [problem] = common.problems()
    assert problem.group == cast.group
    assert {need.pk for need in problem.needs} == {need.pk for need in asked}
    assert any("电工" in word for word in problem.words)
    assert "2 家单位提出 3 次，都属于“用工”类" in problem.why
    assert problem.is_enough


def test_what_one_enterprise_asks_three_times_is_not_common(cast):
    for number in range(3):
        make.need(cast.lin_unit, "published", title=f"缺持证电工{number}", category="staff")
    assert common.problems() == []


def test_what_was_withdrawn_or_is_of_another_category_does_not_count(cast, asked):
    Need.objects.filter(pk=asked[0].pk).update(status="withdrawn")
    assert common.problems() == []


def test_what_was_merged_counts_as_asked(cast, asked):
    Need.objects.filter(pk=asked[1].pk).update(status="merged", merged_into=asked[0])
    [problem] = common.problems()
    assert problem.number == 3
    assert len(problem.units) == 2


def test_older_needs_are_not_compared(cast, asked):
    long_ago = timezone.now() - timezone.timedelta(days=200)
    Need.objects.filter(pk=asked[0].pk).update(filed_at=long_ago)
    assert common.problems() == []


def test_only_the_office_opens_the_page(cast, sun, sign_in, client, asked):
    for person, status in ((cast.lin, 403), (make.staff("leader"), 403), (sun, 200)):
        sign_in(person)
        assert client.get(PAGE).status_code == status
    assert "提请列入联席会议" in client.get(PAGE).content.decode()


def test_the_office_puts_it_before_the_meeting_and_it_is_there_once(cast, office, asked, called):
    client = office
    query = f"?group={cast.group.pk}" + "".join(f"&needs={need.pk}" for need in asked)
    page = client.get(f"/services/needs/common/propose/{query}").content.decode()
    assert "第三季度联席会议" in page
    propose(client, cast, asked)
    topic = Topic.objects.get()
    assert topic.meeting == called
    assert set(topic.cases.values_list("need", "why")) == {(need.pk, "common") for need in asked}
    propose(client, cast, asked)
    assert Topic.objects.count() == 1
    [problem] = common.problems()
    assert problem.topics == [topic]
    assert not problem.is_enough
    assert "提请列入联席会议" not in client.get(PAGE).content.decode()


def test_what_comes_later_is_listed_under_the_same_topic(cast, sun, office, asked, called):
    topic = cases.propose(asked, cast.group, title="电工紧缺", text="", by=sun)
    later = make.need(cast.lin_unit, title="还缺持证电工", category="staff", content="夜班缺电工")
    assert "列入这项议题" in office.get(PAGE).content.decode()
    answer = office.post(
        "/services/needs/common/join/", {"topic": topic.pk, "needs": [later.pk]}, follow=True
    )
    assert "已列入" in answer.content.decode()
    assert topic.cases.filter(need=later, why="common").exists()


def test_after_the_meeting_more_of_it_can_be_put_before_the_next_one(cast, sun, asked, called):
    topic = cases.propose(asked, cast.group, title="电工紧缺", text="", by=sun)
    adopting.adopt(called, [topic], by=cast.lin)
    with pytest.raises(StepRefused):
        cases.propose(asked, cast.group, title="电工紧缺", text="", by=sun)


def test_without_a_meeting_that_takes_topics_it_is_set_down_and_taken_together(
    cast, sun, sign_in, client, asked
):
    draft = draft_of(cast)
    sign_in(sun)
    answer = client.post(
        "/services/needs/common/propose/",
        {
            "needs": [need.pk for need in asked],
            "group": cast.group.pk,
            "title": "电工紧缺",
            "once": uuid.uuid4(),
        },
        follow=True,
    )
    assert "已记下" in answer.content.decode()
    [problem] = common.problems()
    assert problem.is_set_down
    topics.call(draft, by=cast.lin)
    tick()
    topic = Topic.objects.get()
    assert topic.cases.count() == 3
    assert set(topic.cases.values_list("why", flat=True)) == {"common"}


def test_names_of_those_who_ask_are_not_written_into_a_topic(cast, office, asked, called):
    answer = propose(office, cast, asked, title="wu公司缺电工")
    assert "请改为不含单位名称" in answer.content.decode()
    assert not Topic.objects.exists()


def test_the_words_that_are_proposed_tell_nothing_but_public_faces(asked):
    words = cases.common_words(asked)
    said = words["title"] + words["text"]
    assert "缺持证电工" in said
    for secret in (CANARY, "lin公司", "wu公司", asked[2].number, asked[2].title):
        assert secret not in said


def test_each_reader_of_the_meeting_sees_of_the_needs_what_it_may_see(
    cast, sign_in, client, asked, tabled
):
    """Lin asked for one of them, Wu for two; the office's own is nobody else's to know."""
    meeting = tabled.meeting.part_url("topics")
    sign_in(cast.lin)
    page = client.get(meeting).content.decode()
    assert asked[0].title in page
    assert asked[1].public_heading in page
    for secret in (asked[1].title, asked[2].number, asked[2].title):
        assert secret not in page
    sign_in(cast.wu)
    page = client.get(meeting).content.decode()
    assert asked[1].title in page
    assert asked[2].title in page
    assert asked[0].title not in page
    assert CANARY not in page
    sign_in(cast.zhao)
    assert client.get(meeting).status_code == 404


def test_the_page_of_a_need_leads_to_its_topic_and_to_what_was_resolved(
    cast, sign_in, client, asked, tabled
):
    topic, called = tabled, tabled.meeting
    line = adopting.adopt(called, [topic], by=cast.lin)
    sign_in(cast.wu)
    page = client.get(asked[1].get_absolute_url()).content.decode()
    assert topic.get_absolute_url() in page
    type(called).objects.filter(pk=called.pk).update(status="held")
    resolution = make.resolution(called, text="由南川人力牵头共享电工", item=line)
    page = client.get(asked[1].get_absolute_url()).content.decode()
    assert resolution.text in page


def test_a_unit_that_only_reads_the_public_face_sees_no_topic_there(
    cast, sign_in, client, asked, tabled
):
    sign_in(cast.zhao)
    page = client.get(asked[0].get_absolute_url())
    assert "电工紧缺" not in page.content.decode()


def test_cases_stand_once_for_a_topic(cast, sun, asked, called):
    topic = cases.propose(asked, cast.group, title="电工紧缺", text="", by=sun)
    assert TopicCase.objects.filter(topic=topic).count() == len(asked)
