"""Whose turn it is comes from what really happened."""

import threading
from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.db import connection

from alliance.actions import turns as actions
from alliance.models import Turn
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make

FIRST = date(2026, 1, 1)


@pytest.fixture
def three(db):
    return make.group(make.unit(), make.unit(), make.unit())


def names(rows):
    return [row.seat.order for row in rows]


def test_charter_order_when_nobody_has_served(three):
    assert names(actions.propose(three, turns=4, on=FIRST)) == [1, 2, 3, 1]


def test_a_turn_is_a_quarter(three):
    first, second = actions.propose(three, turns=2, on=date(2026, 2, 10))
    assert (first.starts_on, first.ends_on) == (date(2026, 1, 1), date(2026, 3, 31))
    assert (second.starts_on, second.ends_on) == (date(2026, 4, 1), date(2026, 6, 30))


def test_the_least_recently_served_is_next(three):
    one, two, _three = three.seats.order_by("order")
    make.turn(two, starts_on=date(2025, 7, 1), ends_on=date(2025, 9, 30))
    make.turn(one, starts_on=date(2025, 10, 1), ends_on=date(2025, 12, 31))
    assert names(actions.propose(three, turns=3, on=FIRST)) == [3, 2, 1]


def test_a_joiner_counts_as_served_on_the_day_it_joined(three):
    """It does not jump the queue of those who have waited longer."""
    one, _two, _last = three.seats.order_by("order")
    make.turn(one, starts_on=date(2025, 7, 1), ends_on=date(2025, 9, 30))
    joiner = make.seat(make.unit(), three, order=9, starts_on=date(2025, 8, 1))
    assert names(actions.propose(three, turns=4, on=date(2025, 10, 1))) == [2, 3, 9, 1]
    assert joiner.order == 9


def test_who_leaves_takes_no_turn_after_that(three):
    two = three.seats.get(order=2)
    two.ends_on = date(2026, 3, 31)
    two.save()
    assert names(actions.propose(three, turns=3, on=date(2026, 4, 1))) == [1, 3, 1]


def test_departments_attend_but_do_not_rotate(three):
    make.seat(make.unit(kind="department"), three, order=1)
    assert names(actions.propose(three, turns=4, on=FIRST)) == [1, 2, 3, 1]


def test_planning_goes_on_where_it_ended(three, sun):
    actions.plan(three, turns=2, on=FIRST, by=sun)
    actions.plan(three, turns=2, on=FIRST, by=sun)
    turns = list(three.turns.order_by("starts_on"))
    assert names(turns) == [1, 2, 3, 1]
    for before, after in pairwise(turns):
        assert after.starts_on == before.ends_on + timedelta(days=1)
    assert Event.objects.filter(name="turn.planned").count() == 4


def test_an_empty_group_is_told_what_to_do(sun, db):
    with pytest.raises(StepRefused, match="成员席位"):
        actions.plan(make.group(), by=sun)


@pytest.mark.django_db(transaction=True)
def test_two_who_plan_at_once_leave_one_valid_rota():
    sun = make.staff()
    for _round in range(10):
        group = make.group(make.unit(), make.unit())
        refused = []

        def plan(group=group, refused=refused):
            try:
                actions.plan(group, turns=2, on=FIRST, by=sun)
            except StepRefused:
                refused.append(1)
            finally:
                connection.close()

        threads = [threading.Thread(target=plan) for _each in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        turns = list(Turn.objects.filter(group=group).order_by("starts_on"))
        assert len(turns) == 4 - 2 * len(refused)
        for before, after in pairwise(turns):
            assert after.starts_on == before.ends_on + timedelta(days=1)


def test_staff_preview_and_save(client, sun, three):
    client.force_login(sun)
    page = client.get("/alliance/rota/plan/", {"group": three.pk, "turns": 3})
    assert names(page.context["proposals"]) == [1, 2, 3]
    assert not three.turns.exists()
    once = page.context["form"]["once"].value()
    for _click in range(2):  # a double click plans once
        response = client.post(
            "/alliance/rota/plan/", {"group": three.pk, "turns": 3, "once": once}
        )
        assert response.status_code == 302
    assert three.turns.count() == 3


@pytest.mark.parametrize("turns", ["0", "13", "-1", "abc", ""])
def test_an_impossible_number_of_quarters_is_explained(client, sun, three, turns):
    client.force_login(sun)
    page = client.get("/alliance/rota/plan/", {"group": three.pk, "turns": turns})
    assert page.status_code == 200
    assert page.context["asked"].errors["turns"]
    assert "proposals" not in page.context


def test_others_may_not_plan(client, cast):
    for user in (cast.lin, cast.wu, make.staff("leader"), make.staff("auditor")):
        client.force_login(user)
        assert client.get("/alliance/rota/plan/").status_code == 403
        assert client.post("/alliance/rota/plan/", {"group": cast.group.pk}).status_code == 403


def test_the_page_shows_now_next_and_after_next(client, cast):
    wu_seat = cast.group.seats.get(unit=cast.wu_unit)
    make.turn(
        wu_seat,
        starts_on=cast.turn.ends_on + timedelta(days=1),
        ends_on=cast.turn.ends_on + timedelta(days=60),
    )
    client.force_login(cast.wu)
    page = client.get("/alliance/rota/").content.decode()
    assert page.index("当前轮值") < page.index("lin公司") < page.index("下一轮值")
    assert page.index("下一轮值") < page.index("wu公司")


@pytest.mark.parametrize("group", ["x", "-1", "9" * 30, "%00", "²"])
def test_a_group_that_cannot_be_asked_for(client, cast, group):
    client.force_login(cast.wu)
    assert client.get(f"/alliance/rota/?group={group}").status_code == 200


def test_a_group_sees_its_own_rota_only(client, cast):
    make.turn(cast.other_group.seats.get())
    client.force_login(cast.wu)
    assert "zhao公司" not in client.get("/alliance/rota/").content.decode()
    client.force_login(cast.zhao)
    page = client.get("/alliance/rota/").content.decode()
    assert "zhao公司" in page
    assert "lin公司" not in page


def test_a_seat_in_the_whole_alliance_sees_every_group(client, cast):
    agency = make.unit(kind="agency")
    make.seat(agency)
    client.force_login(make.liaison(agency))
    assert len(client.get("/alliance/groups/").context["cards"]) == 2
