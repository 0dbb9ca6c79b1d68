"""Whose turn it is comes from what really happened; a year is looked at, then saved."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from django.utils.http import urlencode

from alliance import rota
from alliance.actions import planning
from alliance.actions import turns as actions
from alliance.boards import Board
from alliance.models import Assignment, Regulation, Turn
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make

FIRST = date(2026, 1, 1)
PLAN = "/alliance/rota/plan/"


def at(day):
    return timezone.make_aware(datetime.combine(day, time(10)))


@pytest.fixture
def three(db):
    return make.group(make.unit(), make.unit(), make.unit())


def orders(rows):
    return [row.seat.order if row.seat else None for row in rows]


def propose(group, year=2026, on=FIRST):
    return planning.propose([group], year=year, on=on)[group]


def test_charter_order_when_nobody_has_served(three):
    assert orders(propose(three)) == [1, 2, 3, 1]


def test_a_turn_is_a_quarter_and_begins_with_the_present_one(three):
    first, second, third = propose(three, on=date(2026, 5, 10))
    assert (first.starts_on, first.ends_on) == (date(2026, 4, 1), date(2026, 6, 30))
    assert (second.starts_on, third.ends_on) == (date(2026, 7, 1), date(2026, 12, 31))


def test_the_least_recently_served_is_next(three):
    one, two, _three = three.seats.order_by("order")
    make.turn(two, starts_on=date(2025, 7, 1), ends_on=date(2025, 9, 30))
    make.turn(one, starts_on=date(2025, 10, 1), ends_on=date(2025, 12, 31))
    assert orders(propose(three)) == [3, 2, 1, 3]


def test_a_joiner_counts_as_served_on_the_day_it_joined(three):
    """It does not jump the queue of those who have waited longer."""
    one, _two, _last = three.seats.order_by("order")
    make.turn(one, starts_on=date(2025, 7, 1), ends_on=date(2025, 9, 30))
    make.seat(make.unit(), three, order=9, starts_on=date(2025, 8, 1))
    assert orders(propose(three, 2025, on=date(2025, 10, 1))) == [2]
    assert orders(propose(three, 2026, on=date(2025, 10, 1))) == [2, 3, 9, 1, 2]


def test_who_leaves_takes_no_turn_that_it_could_not_finish(three):
    two = three.seats.get(order=2)
    two.ends_on = date(2026, 5, 31)
    two.save()
    assert orders(propose(three)) == [1, 3, 1, 3]


def test_departments_attend_but_do_not_rotate_unless_the_system_says_so(three):
    make.seat(make.unit(kind="department"), three, order=0)
    assert orders(propose(three)) == [1, 2, 3, 1]
    adopt(rotating_kinds=["enterprise", "department"])
    assert orders(propose(three)) == [0, 1, 2, 3]


def test_the_length_of_a_turn_is_a_setting(three):
    adopt(turn_months=6)
    assert [row.ends_on for row in propose(three)] == [date(2026, 6, 30), date(2026, 12, 31)]


def test_an_amended_length_holds_from_its_day(three):
    old = adopt(turn_months=6)
    Regulation.objects.filter(pk=old.pk).update(ends_on=date(2026, 6, 30))
    adopt(turn_months=1, number=2, starts_on=date(2026, 7, 1))
    rows = propose(three)
    assert [row.starts_on.month for row in rows] == [1, 7, 8, 9, 10, 11, 12]
    assert rows[0].regulation == old
    assert rows[1].regulation.number == 2


def test_planned_turns_are_cut_anew_when_the_length_is_amended(three, sun):
    planning.generate([three], year=2026, by=sun, at=at(FIRST))
    old = adopt(turn_months=3)
    Regulation.objects.filter(pk=old.pk).update(ends_on=date(2026, 6, 30))
    adopt(turn_months=2, number=2, starts_on=date(2026, 7, 1))
    planning.amend(by=sun, at=at(date(2026, 2, 1)))
    rows = list(three.turns.order_by("starts_on"))
    assert [row.starts_on.month for row in rows] == [1, 4, 7, 9, 11]
    assert orders(rows) == [1, 2, 3, 1, 2]
    assert rows[2].regulation.number == 2
    planning.amend(by=sun, at=at(date(2026, 2, 1)))
    assert list(three.turns.order_by("starts_on").values_list("pk", flat=True)) == [
        row.pk for row in rows
    ]


def test_who_rotates_is_decided_by_the_version_of_the_day(three, sun):
    planning.generate([three], year=2026, by=sun, at=at(FIRST))
    make.seat(make.unit(kind="department"), three, order=9)
    old = adopt()
    Regulation.objects.filter(pk=old.pk).update(ends_on=date(2026, 6, 30))
    adopt(number=2, starts_on=date(2026, 7, 1), rotating_kinds=["enterprise", "department"])
    planning.amend(by=sun, at=at(date(2026, 2, 1)))
    rows = list(three.turns.order_by("starts_on").select_related("regulation"))
    assert orders(rows) == [1, 2, 3, 9]
    assert [row.regulation.number for row in rows[1:]] == [1, 2, 2]


def test_what_somebody_has_decided_about_keeps_its_dates(three, sun):
    planning.generate([three], year=2026, by=sun, at=at(FIRST))
    third = three.turns.order_by("starts_on")[2]
    actions.decline(third, reason="忙", by=sun, at=at(date(2026, 2, 1)))
    adopt(turn_months=1, starts_on=date(2026, 7, 1))
    planning.amend(by=sun, at=at(date(2026, 2, 2)))
    starts = [row.starts_on.month for row in three.turns.order_by("starts_on")]
    assert starts == [1, 4, 7, 10, 11, 12]


def test_by_charter_order_each_serves_once_in_a_round(three):
    adopt(order_rule="charter")
    one = three.seats.get(order=1)
    make.turn(one, starts_on=date(2025, 10, 1), ends_on=date(2025, 12, 31))
    assert orders(propose(three)) == [2, 3, 1, 2]


def adopt(text="rota", number=1, starts_on=make.LONG_AGO, **settings):
    return Regulation.objects.create(
        text=text,
        number=number,
        title="企业轮值制度",
        status="adopted",
        starts_on=starts_on,
        adopted_at=timezone.now(),
        settings=settings,
    )


def test_planning_goes_on_where_it_ended(three, sun):
    planning.generate([three], year=2026, by=sun, at=at(FIRST))
    planning.generate([three], year=2027, by=sun, at=at(date(2026, 12, 1)))
    turns = list(three.turns.order_by("starts_on"))
    assert orders(turns) == [1, 2, 3, 1, 2, 3, 1, 2]
    for before, after in pairwise(turns):
        assert after.starts_on == before.ends_on + timedelta(days=1)
    assert Event.objects.filter(name="turn.planned").count() == 8
    assert Assignment.objects.count() == 8


def test_what_is_missing_before_the_year_is_filled_too(three, sun):
    """No day after the last planned turn may be nobody's."""
    make.turn(three.seats.get(order=2), starts_on=date(2026, 7, 1), ends_on=date(2026, 9, 30))
    made = planning.generate([three], year=2027, by=sun, at=at(date(2026, 11, 20)))
    assert made[0].starts_on == date(2026, 10, 1)
    assert made[-1].ends_on == date(2027, 12, 31)


def test_days_that_nobody_served_are_not_made_up(three, sun):
    make.turn(three.seats.get(order=2), starts_on=date(2025, 7, 1), ends_on=date(2025, 9, 30))
    made = planning.generate([three], year=2026, by=sun, at=at(date(2026, 11, 20)))
    assert [turn.starts_on for turn in made] == [date(2026, 10, 1)]


def test_a_year_that_is_planned_needs_nothing(three, sun):
    planning.generate([three], year=2026, by=sun, at=at(FIRST))
    with pytest.raises(StepRefused, match="已经排定"):
        planning.generate([three], year=2026, by=sun, at=at(FIRST))


@pytest.mark.parametrize("year", [2025, 2029, 1, 9999])
def test_a_year_out_of_reach_is_refused(three, sun, year):
    with pytest.raises(StepRefused, match="2026 年到 2028 年"):
        planning.generate([three], year=year, by=sun, at=at(FIRST))


def test_an_empty_group_is_told_what_to_do(sun, db):
    with pytest.raises(StepRefused, match="成员席位"):
        planning.generate([make.group()], year=2026, by=sun, at=at(FIRST))


def test_a_group_that_ends_is_planned_until_then(three):
    three.ends_on = date(2026, 8, 15)
    three.save()
    rows = propose(three)
    assert rows[-1].ends_on == date(2026, 8, 15)
    assert len(rows) == 3


def test_each_place_is_explained(three):
    one, two, last = three.seats.order_by("order")
    make.turn(one, starts_on=date(2025, 4, 1), ends_on=date(2025, 6, 30))
    make.turn(two, starts_on=date(2025, 7, 1), ends_on=date(2025, 9, 30))
    make.turn(last, starts_on=date(2025, 10, 1), ends_on=date(2025, 12, 31))
    late = make.seat(make.unit(), three, order=4, starts_on=date(2025, 11, 1))
    words = [row.words for row in Board.of([three])[0].standing(FIRST)]
    assert words[0] == "第一位：上次轮值 2025 年第二季度"
    assert words[1] == "第二位：上次轮值 2025 年第三季度"
    assert words[2] == "第三位：尚未轮值，2025-11-01 加入，按章程次序第 4 位"
    assert words[3] == "第四位：上次轮值 2025 年第四季度"
    reasons = [row.reason for row in propose(three)]
    assert reasons[0] == "第一位：上次轮值 2025 年第二季度"
    assert late.unit.name in str(propose(three)[2].seat)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "一"),
        (10, "十"),
        (11, "十一"),
        (20, "二十"),
        (21, "二十一"),
        (99, "九十九"),
        (100, "100"),
    ],
)
def test_numbers_in_words(number, words):
    assert rota.in_chinese(number) == words


# ── The page ────────────────────────────────────────────────────────────────────────────────


def this_year():
    return timezone.localdate().year


def preview(client, *groups, year=None):
    asked = {"year": year or this_year() + 1, "groups": [group.pk for group in groups]}
    return client.get(f"{PLAN}?{urlencode(asked, True)}")


def save(client, page, *groups):
    return client.post(
        PLAN,
        {
            "year": page.context["year"],
            "groups": [group.pk for group in groups],
            "seal": page.context["seal"],
            "once": page.context["form"]["once"].value(),
        },
    )


def test_staff_preview_and_save_what_they_saw(client, sun, three):
    client.force_login(sun)
    page = preview(client, three)
    ((group, rows),) = page.context["proposals"]
    assert group == three
    assert not three.turns.exists()
    for _click in range(2):  # a double click plans once
        assert save(client, page, three).status_code == 302
    saved = three.turns.order_by("starts_on").values_list("starts_on", "seat")
    assert list(saved) == [(row.starts_on, row.seat.pk) for row in rows]


def test_what_changed_after_the_preview_is_shown_anew(client, sun, three):
    client.force_login(sun)
    page = preview(client, three)
    one = three.seats.get(order=1)
    one.ends_on = timezone.localdate()
    one.save()
    again = save(client, page, three)
    assert again.status_code == 200
    assert "有了变化" in again.content.decode()
    assert not three.turns.exists()
    assert save(client, again, three).status_code == 302


def test_several_groups_at_once(client, sun, three):
    other = make.group(make.unit())
    client.force_login(sun)
    assert save(client, preview(client, three, other), three, other).status_code == 302
    assert three.turns.exists()
    assert other.turns.exists()


@pytest.mark.parametrize("year", ["0", "13", "-1", "abc", "", "99999999999999999999"])
def test_an_impossible_year_is_explained(client, sun, three, year):
    client.force_login(sun)
    page = client.get(PLAN, {"groups": three.pk, "year": year})
    assert page.status_code == 200
    assert page.context["asked"].errors["year"]
    assert "proposals" not in page.context


def test_others_may_not_plan(client, cast):
    for user in (cast.lin, cast.wu, make.staff("leader"), make.staff("auditor")):
        client.force_login(user)
        assert client.get(PLAN).status_code == 403
        assert client.post(PLAN, {"groups": cast.group.pk}).status_code == 403


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
@pytest.mark.parametrize("page", ["", "fairness/"])
def test_a_group_that_cannot_be_asked_for(client, cast, group, page):
    client.force_login(cast.wu)
    assert client.get(f"/alliance/rota/{page}?group={group}").status_code == 200


@pytest.mark.parametrize("page", ["", "fairness/"])
def test_a_group_sees_its_own_rota_only(client, cast, page):
    make.turn(cast.other_group.seats.get())
    client.force_login(cast.wu)
    assert "zhao公司" not in client.get(f"/alliance/rota/{page}").content.decode()
    client.force_login(cast.zhao)
    page = client.get(f"/alliance/rota/{page}").content.decode()
    assert "zhao公司" in page
    assert "lin公司" not in page


def test_a_seat_in_the_whole_alliance_sees_every_group(client, cast):
    agency = make.unit(kind="agency")
    make.seat(agency)
    client.force_login(make.liaison(agency))
    assert len(client.get("/alliance/groups/").context["cards"]) == 2


def test_fairness_counts_what_was_served(client, cast, sun):
    client.force_login(sun)
    page = client.get("/alliance/rota/fairness/", {"group": cast.group.pk})
    ((_group, rows),) = page.context["boards"]
    lin = next(row for row in rows if row.seat.unit == cast.lin_unit)
    wu = next(row for row in rows if row.seat.unit == cast.wu_unit)
    assert (lin.history.served, lin.history.waits) == (1, 0)
    assert (wu.history.served, wu.history.waits, wu.history.longest) == (0, 1, 1)
    assert rows[0] == wu


def test_the_admin_shows_turns_and_changes_none(client, cast, sun):
    client.force_login(sun)
    page = f"/admin/alliance/turn/{cast.turn.pk}/change/"
    assert client.get(page).status_code == 200
    assert client.post(page, {"group": cast.group.pk}).status_code == 403
    assert client.get("/admin/alliance/turn/add/").status_code == 403


def test_pages_ask_as_much_for_one_group_as_for_many(client, sun, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def asked(path):
        client.get(path)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    client.force_login(sun)
    paths = ["/alliance/rota/", "/alliance/rota/fairness/", f"{PLAN}?year={this_year() + 1}"]
    groups = [make.group(make.unit(), make.unit())]
    planning.generate(groups, year=this_year(), by=sun)
    few = [asked(path + ("&groups=" + str(groups[0].pk) if "?" in path else "")) for path in paths]
    groups += [make.group(make.unit(), make.unit(), make.unit()) for _each in range(3)]
    planning.generate(groups[1:], year=this_year(), by=sun)
    more = "".join(f"&groups={group.pk}" for group in groups)
    many = [asked(path + (more if "?" in path else "")) for path in paths]
    assert many == few
    assert max(many) <= 16


def test_sixty_groups_are_planned_in_few_statements(sun, django_assert_max_num_queries):
    """However many they are: the benchmark says how long it takes."""
    groups = [make.group(make.unit(), make.unit()) for _each in range(5)]
    with django_assert_max_num_queries(25):
        planning.generate(groups, year=2026, by=sun, at=at(FIRST))
    assert Turn.objects.count() == 20
