"""Lin's first page says what the branch does next: at most three things, the nearest first."""

from datetime import date, datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from members import thismonth
from members.actions import plans, verifying
from tests import make

pytestmark = pytest.mark.django_db
TODAY = date(2026, 9, 10)


def at(day):
    return timezone.make_aware(datetime.combine(day, datetime.min.time().replace(hour=9)))


def things(user, today=TODAY):
    return [(thing.text, thing.due_on, str(thing.verb)) for thing in thismonth.things(user, today)]


def plan(cast, day, **facts):
    kind = make.activity_kind()
    return plans.add(cast.lin_branch, kind=kind, planned_on=day, by=cast.lin, **facts)


def test_the_nearest_three_of_plan_and_duties(cast):
    plan(cast, date(2026, 9, 25), title="参观")
    plan(cast, date(2026, 9, 8), title="看片")
    found = things(cast.lin)
    assert found[:2] == [
        ("看片", date(2026, 9, 8), "按计划已开展"),
        ("参观", date(2026, 9, 25), "看计划"),
    ]
    assert len(found) == 3
    assert found[2][1] == date(2026, 9, 30)  # a duty of the month or the quarter


def test_a_duty_that_is_planned_is_said_once(cast):
    plans.propose(cast.lin_branch, 2026, day=15, by=cast.lin, at=at(date(2026, 9, 1)))
    found = [text for text, _due, _verb in things(cast.lin)]
    assert found.count("主题党日") == 1


def test_what_is_done_is_no_thing_to_do(cast):
    before = {text for text, _due, _verb in things(cast.lin)}
    assert "主题党日" in before
    make.activity(cast.lin_branch, host=cast.lin_member, starts_at=at(date(2026, 9, 9)))
    assert "主题党日" not in {text for text, _due, _verb in things(cast.lin)}


def test_what_stands_in_the_to_do_beside_is_not_said_twice(sign_in, cast):
    record = make.activity(cast.lin_branch, host=cast.lin_member, title="学习会")
    verifying.send_back(record, "缺参加人员", by=make.staff())
    assert "学习会" not in {text for text, _due, _verb in things(cast.lin)}
    assert "学习会" in sign_in(cast.lin).get("/").content.decode()


def test_who_leads_nothing_has_no_such_list(sign_in, cast, sun):
    member = make.member(cast.lin_branch, user=make.user())
    address = reverse("members:month-things")
    for user in (member.user, sun):
        assert thismonth.things(user) == []
        client = sign_in(user)
        assert client.get(address).status_code == 403
        assert address not in client.get("/").content.decode()
    client = sign_in(cast.lin)
    assert address in client.get("/").content.decode()
    assert "本月三件事" in client.get(address).content.decode()


def test_a_tap_on_the_first_page_begins_the_record(sign_in, cast):
    row = plan(cast, timezone.localdate(), title="今天的活动")
    page = sign_in(cast.lin).get(reverse("members:month-things"), headers={"HX-Request": "true"})
    assert reverse("members:planned-hold", args=[row.pk]) in page.content.decode()
    assert "<html" not in page.content.decode()


def test_the_list_asks_the_same_whatever_the_branch_did(cast, django_assert_max_num_queries):
    for day in range(1, 9):
        make.activity(cast.lin_branch, host=cast.lin_member, starts_at=at(date(2026, 9, day)))
        plan(cast, date(2026, 9, day))
    with django_assert_max_num_queries(15):
        things(cast.lin)


def test_nobody_hears_of_another_branch(cast):
    plan(cast, date(2026, 9, 8), title="林支部的打算")
    assert "林支部的打算" not in {text for text, _due, _verb in things(cast.wu)}
