"""What Lin's branch decided, and whether the count of its votes can be true."""

import pytest

from members.actions import decisions
from members.models import ActivityKind, Decision
from nanchuan.kernel.states import StepRefused
from tests import make

pytestmark = pytest.mark.django_db


def meeting(code="general_meeting"):
    return ActivityKind.objects.get(code=code)


def held(cast, *voted, kind="general_meeting", **facts):
    facts = {"host": cast.lin_member, "kind": meeting(kind)} | facts
    return make.activity(cast.lin_branch, decisions=voted, **facts)


def vote(in_favour, against=0, abstained=0, **more):
    return {
        "text": "通过预备党员转正",
        "in_favour": in_favour,
        "against": against,
        "abstained": abstained,
    } | more


@pytest.fixture
def four(cast):
    """Five full members with Lin, of whom all but one come, and a probationary one."""
    full = [make.member(cast.lin_branch) for _each in range(4)]
    young = make.member(cast.lin_branch, standing="probationary")
    return {"members": [*full[:3], young]}


@pytest.mark.parametrize(("in_favour", "passed"), [(2, False), (3, True), (4, True)])
def test_more_than_half_of_those_entitled_pass_it(cast, four, in_favour, passed):
    held(cast, vote(in_favour), **four)
    found = Decision.objects.get()
    assert (found.entitled, found.is_passed) == (5, passed)


@pytest.mark.parametrize("numbers", [(5, 0, 0), (3, 1, 1), (0, 0, 5)])
def test_probationary_members_do_not_vote(cast, four, numbers):
    with pytest.raises(StepRefused, match="有表决权的 4 人"):
        held(cast, vote(*numbers), **four)
    assert not Decision.objects.exists()


@pytest.mark.parametrize(("number", "fits"), [(0, False), (1, True), (5, True), (6, False)])
def test_no_more_are_entitled_than_there_are_full_members(cast, four, number, fits):
    if fits:
        held(cast, vote(1, entitled=number), **four)
        assert Decision.objects.get().entitled == number
    else:
        with pytest.raises(StepRefused, match="1 至 5 之间"):
            held(cast, vote(1, entitled=number), **four)


def test_what_takes_no_vote_is_decided_without(cast, four):
    held(cast, {"text": "下月学习安排"}, kind="theme_day", **four)
    found = Decision.objects.get()
    assert (found.is_voted, found.is_passed) == (False, None)
    with pytest.raises(StepRefused, match="不进行表决"):
        held(cast, vote(1), kind="theme_day", **four)


def test_in_a_committee_those_with_a_post_vote(cast, four):
    """Only Lin holds one; whoever is there besides does not vote."""
    held(cast, vote(1), kind="committee_meeting", **four)
    assert Decision.objects.get().entitled == 1
    with pytest.raises(StepRefused, match="有表决权的 1 人"):
        held(cast, vote(2), kind="committee_meeting", **four)


def test_a_vote_fits_who_came_also_after_a_correction(cast, four):
    from members.actions import activities

    activity = held(cast, vote(4), **four)
    with pytest.raises(StepRefused, match="有表决权的 1 人"):
        activities.change(activity, by=cast.lin, members=[])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": " "}, "请写明"),
        ({"text": "长" * 501}, "最多 500"),
        (vote(-1), "不能小于 0"),
        (vote(10**9), "不能小于 0"),
        (vote(1, entitled=-1), "不能小于 0"),
    ],
)
def test_what_cannot_be_is_refused_in_words(cast, four, given, words):
    with pytest.raises(StepRefused, match=words):
        held(cast, given, **four)


def test_only_so_many(cast):
    with pytest.raises(StepRefused, match="最多 30"):
        held(cast, *[{"text": "事项"}] * 31)


def test_a_draft_keeps_what_cannot_be_yet(cast):
    from members.actions import activities

    facts = {"kind": meeting(), "starts_at": make.activity(cast.lin_branch).starts_at}
    draft = activities.draft(cast.lin_branch, by=cast.lin, decisions=[vote(9)], **facts)
    assert draft.decisions.get().in_favour == 9
    activities.keep(draft, by=cast.lin, decisions=[])
    assert not draft.decisions.exists()


def test_a_suspended_member_is_not_entitled(cast, four):
    make.member(cast.lin_branch, standing="suspended")
    activity = held(cast, **four)
    assert len(decisions.entitled(activity)) == 5
