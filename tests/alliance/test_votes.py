"""Votes stand as they were counted, and are put right until the minutes are handed in."""

import pytest

from alliance.actions import resolutions, votes
from alliance.actions.rights import NotYours
from alliance.models import Minutes, Vote
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make
from tests.alliance.rooms import going_on, long_turn

pytestmark = pytest.mark.django_db
COUNTS = {"entitled": 9, "present": 7, "in_favour": 5, "against": 1, "abstained": 1}


@pytest.fixture
def cast(cast):
    return long_turn(cast)


def vote(cast, meeting=None, by=None, **counts):
    meeting = meeting or going_on(cast)
    facts = {"item": meeting.items.last(), "question": "", "by": by or cast.lin}
    return votes.enter(meeting, **facts | COUNTS | counts)


def test_counted_it_says_whether_it_was_carried(cast):
    made = vote(cast)
    assert made.question == "通报情况"
    assert votes.verdict(made).words == "通过：赞成 5，须超过应到 9 的 50%"
    assert Event.objects.get(name="vote.entered").facts == COUNTS


@pytest.mark.parametrize(
    ("entitled", "in_favour", "carried"),
    [(9, 5, True), (9, 4, False), (10, 5, False), (10, 6, True), (1, 1, True), (1, 0, False)],
)
def test_more_than_the_share_of_those_entitled(entitled, in_favour, carried):
    assert votes.Verdict(in_favour, entitled, 50).is_carried is carried


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ({"present": 10}, "实到 10 不能多于应到 9"),
        ({"in_favour": 6}, "相加为 8，不能多于实到 7"),
        ({"entitled": 0, "present": 0, "in_favour": 0, "against": 0, "abstained": 0}, "至少 1"),
        ({"entitled": 10_000}, "9999"),
    ],
)
def test_numbers_that_no_count_can_have_are_refused(cast, counts, sentence):
    with pytest.raises(StepRefused, match=sentence):
        vote(cast, **counts)
    assert not Vote.objects.exists()


def test_put_right_with_what_it_was_before(cast):
    made = vote(cast)
    votes.correct(made, question="甲案", by=cast.lin, **COUNTS | {"in_favour": 4})
    made.refresh_from_db()
    assert (made.question, made.in_favour) == ("甲案", 4)
    event = Event.objects.get(name="vote.corrected")
    assert (event.facts["before"]["in_favour"], event.facts["in_favour"]) == (5, 4)


def test_a_vote_on_which_a_resolution_rests_is_not_removed(cast):
    made = vote(cast)
    rests = resolutions.adopt(made.meeting, text="甲", vote=made, by=cast.lin)
    with pytest.raises(StepRefused, match="依据"):
        votes.remove(made, by=cast.lin)
    resolutions.strike(rests, by=cast.lin)
    votes.remove(made, by=cast.lin)
    with pytest.raises(StepRefused, match="已经删去"):
        votes.correct(Vote(pk=1, meeting=rests.meeting), question="", by=cast.lin, **COUNTS)


@pytest.mark.parametrize("status", ["draft", "convened", "held", "cancelled"])
@pytest.mark.parametrize("persona", ["lin", "wu", "zhao", "sun", "leader", "auditor", "admin"])
@pytest.mark.parametrize("minutes", [None, *Minutes.Status.values])
def test_the_whole_table(cast, sun, status, persona, minutes):
    people = {"lin": cast.lin, "wu": cast.wu, "zhao": cast.zhao, "sun": sun}
    who, meeting = people.get(persona) or make.staff(persona), going_on(cast, status)
    old = Vote.objects.create(meeting=meeting, item=meeting.items.last(), question="旧", **COUNTS)
    old_one = meeting.resolutions.create(number="旧-1", text="旧")
    if minutes:
        Minutes.objects.create(meeting=meeting, status=minutes)
    open_now = status in ("convened", "held") and minutes in (None, "draft")
    wanted = StepRefused if not open_now else None
    if persona not in ("lin", "sun"):
        wanted = NotYours
    acts = (
        lambda: vote(cast, meeting, who),
        lambda: votes.correct(old, question="新", by=who, **COUNTS),
        lambda: resolutions.adopt(meeting, text="甲", by=who),
        lambda: resolutions.change(old_one, text="乙", by=who),
        lambda: resolutions.strike(old_one, by=who),
        lambda: votes.remove(old, by=who),
    )
    for act in acts:
        if wanted is None:
            act()
            continue
        with pytest.raises(wanted):
            act()
    if wanted is None:
        late = status == "held"
        assert meeting.votes.get().is_late_entry is late
        assert meeting.resolutions.get(text="甲").is_late_entry is late
