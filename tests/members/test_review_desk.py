"""Sun verifies what the branches handed in: the oldest first, one or several at once."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from members.actions import verifying
from members.models import Activity
from tests import make

pytestmark = pytest.mark.django_db
DESK = reverse("members:activity-review")
MANY = reverse("members:activity-verify-many")


@pytest.fixture
def three(cast):
    return [
        make.activity(branch, host=host, starts_at=timezone.now() - timedelta(days=days))
        for branch, host, days in (
            (cast.lin_branch, cast.lin_member, 2),
            (cast.wu_branch, cast.wu_member, 9),
            (cast.zhao_branch, cast.zhao_member, 1),
        )
    ]


def shown(response):
    return [row.pk for row in response.context["object_list"]]


def test_the_oldest_comes_first_and_late_ones_are_marked(sign_in, sun, three):
    first, late, last = three
    page = sign_in(sun).get(DESK)
    assert shown(page) == [late.pk, first.pk, last.pk]
    assert page.content.decode().count("badge late-entry") == 1
    assert shown(sign_in(sun).get(DESK, {"late": "yes"})) == [late.pk]


def test_each_judge_has_what_is_below(sign_in, sun, cast, three):
    chief = make.secretary(cast.root).user
    own = make.activity(cast.root, host=chief.member)
    assert len(shown(sign_in(chief).get(DESK))) == 3
    assert own.pk in shown(sign_in(sun).get(DESK))
    assert shown(sign_in(cast.lin).get(DESK)) == []
    assert "没有等待核实" in sign_in(cast.lin).get(DESK).content.decode()
    for role in ("leader", "auditor", "admin"):
        assert sign_in(make.staff(role)).get(DESK).status_code == 403


def test_several_are_verified_at_once_each_as_it_was_seen(sign_in, sun, three):
    last = three[-1]
    from members.actions import activities

    activities.change(Activity.objects.get(pk=last.pk), by=last.logged_by, title="又改了")
    ticked = [f"{row.pk}-{row.revision}" for row in three]
    page = sign_in(sun).post(MANY, {"activity": ticked}, follow=True)
    text = page.content.decode()
    assert "已核实 2 条记录" in text and "刚被别人更正过" in text
    assert shown(page) == [last.pk]


def test_what_is_not_theirs_is_left_alone(sign_in, cast, three):
    ticked = [f"{row.pk}-{row.revision}" for row in three]
    page = sign_in(cast.lin).post(MANY, {"activity": ticked}, follow=True)
    assert "没有勾选" in page.content.decode()
    assert not Activity.objects.filter(status="verified").exists()


@pytest.mark.parametrize("ticked", [[], ["x"], ["1"], ["9" * 40 + "-1"], ["1-x"], ["-1--1"]])
def test_nonsense_verifies_nothing(sign_in, sun, three, ticked):
    page = sign_in(sun).post(MANY, {"activity": ticked}, follow=True)
    assert page.status_code == 200
    assert not Activity.objects.filter(status="verified").exists()


def test_what_is_verified_or_returned_waits_no_more(sign_in, sun, three):
    first, late, _ = three
    verifying.verify(first, by=sun)
    verifying.send_back(late, "补照片", by=sun)
    assert len(shown(sign_in(sun).get(DESK))) == 1


def test_more_rows_ask_no_more(sign_in, sun, cast, three, django_assert_max_num_queries):
    client = sign_in(sun)
    for number in range(10):
        make.activity(cast.lin_branch, host=cast.lin_member, title=f"第{number}次")
    with django_assert_max_num_queries(12):
        client.get(DESK)
