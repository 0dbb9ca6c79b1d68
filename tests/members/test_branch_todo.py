"""待办 of a branch: who still lacks a talk near the end of the year, and the dues of the month."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from members import thismonth
from members.models import DutyRule
from members.owing import owing
from nanchuan.kernel.together import answered
from nanchuan.portal.todo import todo
from nanchuan.portal.todo.members import dues, talks
from tests import make, make_dues
from tests.members.test_checkup import record

pytestmark = pytest.mark.django_db
DECEMBER = date(2026, 12, 10)


def asked(asker):
    (items,) = answered([asker])
    return items


@pytest.fixture
def comrade(cast):
    return make.member(cast.lin_branch, name="甲同志")


def missing(user, today=DECEMBER):
    return [(each.name, each.cell.missing) for each in owing(user, today)]


def test_the_secretary_hears_how_many_lack_a_talk(cast, comrade):
    assert missing(cast.lin) == [("谈心谈话", 2)]
    record(cast.lin_branch, comrade, date(2026, 5, 4), kind="talk", present=[comrade])
    assert missing(cast.lin) == [("谈心谈话", 1)]
    record(cast.lin_branch, comrade, date(2026, 6, 4), kind="talk", present=[cast.lin_member])
    assert missing(cast.lin) == []


def test_only_in_the_last_month_and_with_one_question_before(cast, django_assert_num_queries):
    assert missing(cast.lin, date(2026, 11, 29)) == []
    assert missing(cast.lin, date(2026, 11, 30))
    with django_assert_num_queries(1):
        owing(cast.lin, date(2026, 9, 1))


def test_nobody_else_is_asked_about_talks(cast, comrade, sun, django_assert_num_queries):
    member = make.member(cast.lin_branch, user=make.user())
    for user in (sun, member.user, make.staff("leader")):
        user.is_active and owing(user, DECEMBER)  # the rights are read once
        with django_assert_num_queries(0):
            assert owing(user, DECEMBER) == []
    assert all(each.organization == cast.wu_branch for each in owing(cast.wu, DECEMBER))


def test_the_line_opens_the_page_that_says_who(sign_in, cast, comrade, monkeypatch):
    """The year is asked for in quarters here, so that one is about to end on any day."""
    from django.utils import timezone

    today = timezone.localdate()
    DutyRule.objects.filter(code="talk").update(every="month")
    line = next(iter(talks(cast.lin)))
    assert line.text == "lin党支部谈心谈话：还差 2 人"
    assert line.url == reverse(
        "members:checkup-cell", args=[cast.lin_branch.pk, "talk", today.year, today.month]
    )
    assert "甲同志" in sign_in(cast.lin).get(line.url).content.decode()
    assert line in todo(cast.lin)


def test_the_three_things_beside_do_not_say_it_again(cast):
    DutyRule.objects.exclude(code="talk").update(times=0)
    assert missing(cast.lin)
    assert thismonth.things(cast.lin, DECEMBER) == []


@pytest.fixture
def branch(db):
    return make.organization(name="示例党支部")


@pytest.fixture
def keeper(branch):
    return make_dues.keeper(branch)


def lines(user):
    return [(str(line.verb), line.text, line.status_text) for line in asked(dues(user))]


def test_the_keeper_hears_that_nothing_is_billed_then_what_is_open(branch, keeper):
    month = make_dues.month().month
    text = f"示例党支部 {month} 月党费"
    assert lines(keeper) == [("核定", text, "还没有核定")]
    people = [make.member(branch) for _number in range(2)]
    for person in people:
        make_dues.based(person)
    bills = [make_dues.billed(person) for person in people]
    assert lines(keeper) == [("登记缴纳", text, "2 人未登记")]
    make_dues.paid(bills[:1], keeper)
    assert lines(keeper) == [("登记缴纳", text, "1 人未登记")]
    make_dues.paid(bills[1:], keeper)
    assert lines(keeper) == []


def test_a_month_before_is_not_this_month(branch, keeper):
    person = make.member(branch)
    make_dues.based(person)
    make_dues.billed(person, 1)
    assert lines(keeper)[0][2] == "还没有核定"


def test_the_line_leads_to_the_desk_of_the_branch(sign_in, branch, keeper):
    line = asked(dues(keeper))[0]
    assert sign_in(keeper).get(line.url).status_code == 200
    assert line.text in sign_in(keeper).get("/").content.decode()


def test_who_keeps_no_dues_has_no_line(branch, keeper, sun, django_assert_num_queries):
    member = make.member(branch, user=make.user())
    assert lines(member.user) == []
    assert lines(make.secretary(branch).user) == []  # somebody else keeps them
    lines(sun)
    with django_assert_num_queries(0):
        assert lines(sun) == []


def test_a_keeper_of_yesterday_has_no_line(branch, keeper):
    from django.utils import timezone

    keeper.member.terms.update(ends_on=timezone.localdate() - timedelta(days=1))
    assert lines(keeper) == []
