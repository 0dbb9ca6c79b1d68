"""What was suggested at a tea talk stays open until somebody says what became of it."""

import uuid

import pytest
from django.urls import reverse

from members.actions import activities, suggestions, verifying
from members.models import Suggestion
from nanchuan.kernel.states import StepRefused
from tests import make

pytestmark = pytest.mark.django_db
LIST = reverse("members:suggestion-list")


@pytest.fixture
def tea(cast):
    kind = make.activity_kind("tea_talk", "交心茶座")
    return make.activity(cast.lin_branch, kind=kind, host=cast.lin_member)


@pytest.fixture
def suggestion(cast, tea):
    return suggestions.add(tea, "食堂增加清真窗口", by=cast.lin)


def url(name, row):
    return reverse(f"members:{name}", args=[row.pk])


def test_lin_notes_a_suggestion_and_later_what_became_of_it(sign_in, cast, tea):
    client = sign_in(cast.lin)
    sent = {"text": "加开班车", "once": uuid.uuid4()}
    client.post(url("activity-suggest", tea), sent)
    made = Suggestion.objects.get()
    assert (made.status, made.made_on) == ("open", tea.held_on)
    assert "加开班车" in client.get(tea.get_absolute_url()).content.decode()
    answer = client.post(url("suggestion-answer", made), {"outcome": "", "once": uuid.uuid4()})
    assert "outcome" in answer.context["form"].errors
    client.post(url("suggestion-answer", made), {"outcome": "下月加开", "once": uuid.uuid4()})
    made.refresh_from_db()
    assert (made.status, made.outcome) == ("done", "下月加开")
    assert made.answered_on
    client.post(url("suggestion-reopen", made))
    made.refresh_from_db()
    assert (made.status, made.answered_on) == ("open", None)


def test_two_answers_at_once_are_one(cast, suggestion):
    stale = Suggestion.objects.get()
    suggestions.answer(suggestion, "办好了", by=cast.lin)
    with pytest.raises(StepRefused):
        suggestions.answer(stale, "另一个", by=cast.lin)


def refused(cast):
    """Records at which nothing is noted, with the sentence that says why."""
    tea, host = make.activity_kind("tea_talk", "交心茶座"), cast.lin_member
    gone = make.activity(cast.lin_branch, kind=tea, host=host)
    verifying.withdraw(gone, "没有开", by=cast.lin)
    draft = activities.draft(cast.lin_branch, by=cast.lin, kind=tea, starts_at=gone.starts_at)
    other = make.activity(cast.lin_branch, host=host)
    return {"已经撤回": gone, "还是草稿": draft, "只有交心茶座": other}


def test_only_a_tea_talk_that_is_handed_in_takes_suggestions(sign_in, cast):
    client = sign_in(cast.lin)
    for why, record in refused(cast).items():
        address = url("activity-suggest", record)
        page = client.get(address, follow=True)
        assert page.redirect_chain and why in page.content.decode()
        assert address not in page.content.decode()
        sent = client.post(address, {"text": "加开班车", "once": uuid.uuid4()})
        text = sent.content.decode()
        assert why in text and "加开班车" in text  # nothing typed is lost
    assert not Suggestion.objects.exists()


def test_members_of_the_branch_read_and_others_do_not(sign_in, cast, suggestion):
    member = make.member(cast.lin_branch, user=make.user())
    assert list(sign_in(member.user).get(LIST).context["object_list"]) == [suggestion]
    assert list(sign_in(cast.wu).get(LIST).context["object_list"]) == []
    answer = url("suggestion-answer", suggestion)
    assert sign_in(member.user).get(answer).status_code == 403
    assert sign_in(cast.wu).get(answer).status_code == 404


def test_open_ones_come_first(sign_in, cast, tea, suggestion):
    later = suggestions.add(tea, "增加活动室", by=cast.lin)
    suggestions.answer(suggestion, "办好了", by=cast.lin)
    client = sign_in(cast.lin)
    assert list(client.get(LIST).context["object_list"]) == [later, suggestion]
    assert list(client.get(f"{LIST}?status=open").context["object_list"]) == [later]
