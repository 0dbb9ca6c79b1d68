"""Similar cases and ready answers while a need is typed, with the reason in words."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from services import similar as pure
from services.models import Need, ReadyAnswer, Solution
from services.similar import similar
from tests import make

pytestmark = pytest.mark.django_db
TEXT = "急需两名污水处理技术员"


def headings(found):
    return [case.face.heading for case in found.cases]


def test_runs_of_characters_are_the_reason():
    assert pure.shared(TEXT, "缺污水处理技术员三名") == ["污水处理技术员"]
    assert pure.shared("LNG 储罐", "lng储罐检修") == ["lng", "储罐"]
    assert pure.shared("需要解决", "希望解决") == []


@pytest.mark.parametrize("text", ["", "的了", "需要", "？！", "a", "😀", "\u202e"])
def test_what_says_nothing_finds_nothing(cast, text):
    make.need(cast.lin_unit, title="需要解决问题")
    assert not similar(text, cast.lin)


def test_an_own_case_is_shown_whole_whatever_became_of_it(cast):
    make.need(cast.lin_unit, "declined", title="污水处理技术员", content="隐语内容")
    found = similar(TEXT, cast.lin)
    assert headings(found) == ["污水处理技术员"]
    assert found.cases[0].reason == ["污水处理技术员"]
    assert not similar(TEXT, cast.wu)


def test_another_s_solved_case_is_told_by_its_public_words_and_days(cast):
    need = make.need(
        cast.zhao_unit, "solved", title="隐语甲", public_title="污水处理技术员", content="隐语乙"
    )
    Solution.objects.filter(need=need).update(public_summary="请职业院校推荐")
    (case,) = similar(TEXT, cast.wu).cases
    assert (case.face.heading, case.summary) == ("污水处理技术员", "请职业院校推荐")
    assert case.days == 0 and case.face.unit == "某企业"


def test_another_s_solution_without_a_public_summary_stays_with_its_parties(cast):
    make.need(cast.zhao_unit, "solved", public_title="污水处理技术员")
    (case,) = similar(TEXT, cast.wu).cases
    assert case.summary == ""
    (case,) = similar(TEXT, cast.zhao).cases
    assert case.summary == "已解决"


def test_the_words_of_others_needs_are_no_oracle(cast):
    make.need(cast.zhao_unit, "solved", title="污水处理技术员", content="污水处理技术员")
    assert not similar(TEXT, cast.wu).cases


def test_the_most_alike_comes_first_and_there_are_few(cast):
    for number in range(8):
        make.need(cast.lin_unit, title=f"处理技术 {number}")
    make.need(cast.lin_unit, title="污水处理技术员招聘")
    found = headings(similar(TEXT, cast.lin))
    assert found[0] == "污水处理技术员招聘"
    assert len(found) == pure.MOST_CASES


def test_a_case_older_than_the_newest_rows_is_found_too(cast, monkeypatch):
    make.need(cast.lin_unit, title="污水处理技术员", at=timezone.now() - timedelta(days=300))
    make.need(cast.lin_unit, title="别的事情")
    monkeypatch.setattr(pure, "WINDOW", 1)
    assert headings(similar(TEXT, cast.lin)) == ["污水处理技术员"]


def test_an_answer_counts_while_it_is_valid(cast):
    today = timezone.localdate()
    make.answer(question="污水处理技术员哪里招", valid_until=today)
    make.answer(question="污水处理技术员怎么招", valid_until=today - timedelta(days=1))
    assert [one.answer.question for one in similar(TEXT, cast.wu).answers] == [
        "污水处理技术员哪里招"
    ]


def test_the_same_questions_for_one_case_as_for_many(cast):
    counts = []
    for number in (1, 6):
        for _ in range(number):
            make.need(cast.lin_unit, "solved", title="污水处理技术员")
        client = Client()
        client.force_login(cast.lin)
        typed = {"title": TEXT}
        client.post(reverse("services:need-similar"), typed)
        with CaptureQueriesContext(connection) as queries:
            assert "污水处理技术员" in client.post(reverse("services:need-similar"), typed).text
        counts.append(len(queries))
    assert counts[0] <= counts[1] + 1 and max(counts) <= 12, counts


def test_the_office_writes_an_answer_and_everybody_of_the_alliance_reads_it(cast, sun, client):
    import uuid

    client.force_login(sun)
    facts = {"category": "policy", "question": "稳岗补贴怎么申请", "answer": "在线提交"}
    sent = {"once": str(uuid.uuid4()), **facts, "source": "文件", "valid_until": ""}
    client.post(reverse("services:answer-create"), sent)
    answer = ReadyAnswer.objects.get()
    sent |= {"once": str(uuid.uuid4()), "answer": "到窗口办理"}
    client.post(reverse("services:answer-edit", args=[answer.pk]), sent)
    for reader, code in ((cast.wu, 200), (make.staff("leader"), 200), (make.user(), 403)):
        client.force_login(reader)
        page = client.get(answer.get_absolute_url())
        assert page.status_code == code
        assert ("到窗口办理" in page.text) == (code == 200)
        assert client.get(reverse("services:answer-list"), {"q": "稳岗"}).status_code == code
    client.force_login(cast.wu)
    assert client.post(reverse("services:answer-edit", args=[answer.pk]), sent).status_code == 403


def test_an_answer_that_is_over_is_the_office_s_alone(cast, sun, client):
    over = make.answer(valid_until=timezone.localdate() - timedelta(days=1))
    client.force_login(cast.wu)
    assert client.get(over.get_absolute_url()).status_code == 404
    client.force_login(sun)
    assert "已过期" in client.get(over.get_absolute_url()).text
    assert Need.objects.count() == 0
