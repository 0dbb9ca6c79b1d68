"""What can happen to one turn: it is declined, given to another, cut short; the order holds."""

from datetime import date, datetime, time, timedelta
from itertools import product

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from alliance.actions import groups, planning
from alliance.actions import turns as actions
from alliance.models import Assignment, Decline, Origin, Turn
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make

TODAY = date(2026, 2, 10)


def at(day=TODAY):
    return timezone.make_aware(datetime.combine(day, time(10)))


@pytest.fixture
def three(db):
    """Three units, planned for 2026 from its first day; the first has begun."""
    group = make.group(*(make.unit(name=f"{name}公司") for name in "甲乙丙"))
    planning.generate([group], year=2026, by=None, at=at(date(2026, 1, 1)))
    return group


def orders(group):
    rows = group.turns.order_by("starts_on").select_related("seat")
    return [turn.seat.order if turn.seat else None for turn in rows]


def turn(group, number):
    return group.turns.order_by("starts_on")[number - 1]


def seat(group, order):
    return group.seats.get(order=order)


def test_who_declines_keeps_its_place_and_comes_next(three, sun):
    declined = actions.decline(turn(three, 2), reason="检修", by=sun, at=at())
    assert orders(three) == [1, 3, 2, 1]
    assert declined.seat.order == 3
    assert declined.sequence == 1
    assert Decline.objects.get().reason == "检修"
    words = list(declined.assignments.values_list("seat__order", "reason"))
    assert words == [(2, ""), (3, "乙公司婉拒")]
    assert Event.objects.filter(name="turn.reassigned").count() == 2


def test_declined_by_all_it_is_open_and_the_office_fills_it(three, sun):
    for _each in range(3):
        actions.decline(turn(three, 3), reason="忙", by=sun, at=at())
    assert orders(three) == [1, 2, None, 3]
    assert turn(three, 3).is_open
    with pytest.raises(StepRefused, match="没有确定单位"):
        actions.decline(turn(three, 3), reason="忙", by=sun, at=at())
    given = {"seat": seat(three, 1), "origin": Origin.OVERRIDE, "reason": "协商"}
    actions.assign(turn(three, 3), by=sun, at=at(), **given)
    assert orders(three) == [1, 2, 1, 3]


def test_what_has_begun_is_not_declined(three, sun):
    with pytest.raises(StepRefused, match="已经开始"):
        actions.decline(turn(three, 1), reason="忙", by=sun, at=at())


def test_a_stand_in_has_served_and_who_was_passed_over_has_not(three, sun):
    given = {"seat": seat(three, 3), "origin": Origin.SUBSTITUTE, "reason": "停产"}
    actions.assign(turn(three, 2), by=sun, at=at(), **given)
    assert orders(three) == [1, 3, 2, 1]
    assert turn(three, 2).due_seat.order == 3


def test_what_the_office_decided_stays_when_others_change(three, sun):
    given = {"seat": seat(three, 1), "origin": Origin.OVERRIDE, "reason": "现场会"}
    actions.assign(turn(three, 3), by=sun, at=at(), **given)
    actions.decline(turn(three, 2), reason="忙", by=sun, at=at())
    assert orders(three) == [1, 3, 1, 2]


def test_a_present_turn_is_given_on_from_a_day(three, sun):
    given = {"seat": seat(three, 3), "origin": Origin.SUBSTITUTE, "reason": "停产"}
    rest = actions.assign(turn(three, 1), from_on=date(2026, 3, 1), by=sun, at=at(), **given)
    first = turn(three, 1)
    assert (first.seat.order, first.ends_on) == (1, date(2026, 2, 28))
    assert (rest.seat.order, rest.starts_on, rest.ends_on) == (
        3,
        date(2026, 3, 1),
        date(2026, 3, 31),
    )
    assert orders(three) == [1, 3, 2, 1, 3]


@pytest.mark.parametrize(
    ("number", "order", "from_on", "words"),
    [
        (1, 1, None, "已经是"),
        (1, 2, date(2026, 2, 9), "应在 2026-02-10 到 2026-03-31 之间"),
        (1, 2, date(2026, 4, 1), "应在"),
        (2, 3, date(2026, 5, 1), "整期调整"),
    ],
)
def test_an_assignment_that_cannot_be_is_explained(three, sun, number, order, from_on, words):  # noqa: PLR0917
    before = list(three.turns.values())
    given = {"seat": seat(three, order), "origin": Origin.OVERRIDE, "reason": "安排"}
    with pytest.raises(StepRefused, match=words):
        actions.assign(turn(three, number), from_on=from_on, by=sun, at=at(), **given)
    assert list(three.turns.values()) == before


def test_nobody_from_another_group_or_who_leaves_before_the_end(three, sun):
    stranger = make.group(make.unit()).seats.get()
    leaving = seat(three, 3)
    leaving.ends_on = date(2026, 5, 31)
    leaving.save()
    for other in (stranger, leaving):
        with pytest.raises(StepRefused, match="不是"):
            actions.assign(
                turn(three, 2), seat=other, origin=Origin.OVERRIDE, reason="x", by=sun, at=at()
            )


def test_history_is_over(three, sun):
    later = at(date(2026, 8, 1))
    given = {"seat": seat(three, 3), "origin": Origin.OVERRIDE, "reason": "x"}
    with pytest.raises(StepRefused, match="已经结束"):
        actions.assign(turn(three, 1), by=sun, at=later, **given)


# ── Who leaves, who joins ───────────────────────────────────────────────────────────────────


def test_a_unit_that_leaves_in_its_turn_is_followed_by_the_next(three):
    one = seat(three, 1)
    one.ends_on = date(2026, 2, 20)
    one.save()
    actions.refit(three, at=at())
    first, rest = turn(three, 1), turn(three, 2)
    assert (first.seat.order, first.ends_on) == (1, date(2026, 2, 20))
    assert (rest.seat.order, rest.starts_on) == (2, date(2026, 2, 21))
    assert orders(three) == [1, 2, 3, 2, 3]


def test_a_departure_entered_late_rewrites_no_day_that_has_passed(three):
    one = seat(three, 1)
    one.ends_on = date(2026, 1, 5)
    one.save()
    actions.refit(three, at=at())
    assert turn(three, 1).ends_on == TODAY - timedelta(days=1)
    assert turn(three, 2).starts_on == TODAY


def test_a_joiner_changes_only_what_lies_ahead(three):
    make.seat(make.unit(), three, order=4, starts_on=date(2026, 2, 1))
    changed = actions.refit(three, at=at())
    assert orders(three) == [1, 2, 3, 4]
    assert [row.starts_on for row in changed] == [date(2026, 10, 1)]


def test_all_have_left(three):
    three.seats.update(ends_on=date(2026, 3, 31))
    actions.refit(three, at=at())
    assert orders(three) == [1, None, None, None]


def test_a_group_that_ends_loses_what_lay_ahead(three, sun):
    actions.decline(turn(three, 4), reason="忙", by=sun, at=at())
    groups.dissolve(three, on=date(2026, 7, 1), all_leave=True, by=sun, at=at())
    assert orders(three) == [1, 2]
    assert not Decline.objects.exists()


def test_nothing_changes_when_nothing_has_changed(three):
    actions.refit(three, at=at())  # begins what is due
    before = list(three.turns.order_by("pk").values())
    assert actions.refit(three, at=at()) == []
    assert list(three.turns.order_by("pk").values()) == before
    assert Assignment.objects.count() == 4


# ── Who may, and when: the whole table ──────────────────────────────────────────────────────


@pytest.fixture
def stage(cast, sun):
    """Lin's unit on turn, Wu's next; a third turn that is over, and an open one."""
    today = timezone.localdate()
    day = timedelta(days=1)
    wu_seat = cast.group.seats.get(unit=cast.wu_unit)
    lin_seat = cast.turn.seat
    ahead = cast.turn.ends_on + day
    make.turn(lin_seat, starts_on=today - 90 * day, ends_on=cast.turn.starts_on - day)
    make.turn(wu_seat, starts_on=ahead, ends_on=ahead + 30 * day)
    start = ahead + 31 * day
    Turn.objects.create(group=cast.group, starts_on=start, ends_on=start + 30 * day)
    rows = list(cast.group.turns.order_by("starts_on"))
    turns = dict(zip(("over", "present", "ahead", "open"), rows, strict=True))
    people = {
        "lin": cast.lin,
        "wu": cast.wu,
        "zhao": cast.zhao,
        "staff": sun,
        "leader": make.staff("leader"),
        "auditor": make.staff("auditor"),
        "admin": make.staff("admin"),
        "nobody": make.user(),
    }
    return turns, people


DECLINE = {  # state → what an own unit or the office hears; None: it works
    "over": "已经开始",
    "present": "已经开始",
    "ahead": None,
    "open": "没有确定单位",
}
ASSIGN = {"over": "已经结束", "present": None, "ahead": None, "open": None}
PEOPLE = ("lin", "wu", "zhao", "staff", "leader", "auditor", "admin", "nobody")


@pytest.mark.parametrize(("state", "who"), list(product(DECLINE, PEOPLE)))
def test_who_may_decline(stage, state, who):
    turns, people = stage
    row, user = turns[state], people[who]
    owner = {"over": "lin", "present": "lin", "ahead": "wu", "open": None}[state]
    before = list(Turn.objects.order_by("pk").values())
    if who not in (owner, "staff"):
        with pytest.raises(PermissionDenied):
            actions.decline(row, reason="x", by=user)
    elif DECLINE[state]:
        with pytest.raises(StepRefused, match=DECLINE[state]):
            actions.decline(row, reason="x", by=user)
    else:
        actions.decline(row, reason="x", by=user)
        assert Decline.objects.filter(turn=row).exists()
        return
    assert list(Turn.objects.order_by("pk").values()) == before


@pytest.mark.parametrize(("state", "who"), list(product(ASSIGN, PEOPLE)))
def test_who_may_assign(stage, state, who):
    turns, people = stage
    row, user = turns[state], people[who]
    other = row.group.seats.exclude(pk=row.seat_id).order_by("-pk").first()
    given = {"seat": other, "origin": Origin.SUBSTITUTE, "reason": "x", "by": user}
    if who != "staff":
        with pytest.raises(PermissionDenied):
            actions.assign(row, **given)
    elif ASSIGN[state]:
        with pytest.raises(StepRefused, match=ASSIGN[state]):
            actions.assign(row, **given)
    else:
        assert actions.assign(row, **given).seat == other


# ── The pages ───────────────────────────────────────────────────────────────────────────────


def once(page):
    return page.context["form"]["once"].value()


def test_a_unit_declines_after_it_saw_what_follows(client, stage):
    turns, people = stage
    client.force_login(people["wu"])
    path = f"/alliance/turns/{turns['ahead'].pk}/decline/"
    page = client.get(path)
    typed = {"reason": "设备检修", "once": once(page)}
    shown = client.post(path, typed)
    words = shown.content.decode()
    assert "由“wu公司”改为“lin公司”" in words
    assert not Decline.objects.exists()
    done = client.post(path, typed | {"confirm": shown.context["seal"]})
    assert done.status_code == 302
    turns["ahead"].refresh_from_db()
    assert turns["ahead"].seat.unit.name == "lin公司"


def test_without_a_reason_nothing_is_declined(client, stage):
    turns, people = stage
    client.force_login(people["wu"])
    path = f"/alliance/turns/{turns['ahead'].pk}/decline/"
    page = client.post(path, {"reason": " ", "once": once(client.get(path))})
    assert page.context["form"].errors["reason"]


def test_the_office_fills_an_open_turn(client, stage):
    turns, people = stage
    client.force_login(people["staff"])
    path = f"/alliance/turns/{turns['open'].pk}/assign/"
    page = client.get(path)
    assert "origin" not in page.context["form"].fields
    chosen = turns["ahead"].seat
    typed = {"seat": chosen.pk, "reason": "协商", "once": once(page)}
    shown = client.post(path, typed)
    assert "由“待定”改为“wu公司”" in shown.content.decode()
    client.post(path, typed | {"confirm": shown.context["seal"]})
    turns["open"].refresh_from_db()
    assert turns["open"].seat == chosen
    assert turns["open"].origin == Origin.OVERRIDE


def test_only_units_of_the_group_are_offered(client, cast, stage):
    turns, people = stage
    client.force_login(people["staff"])
    path = f"/alliance/turns/{turns['ahead'].pk}/assign/"
    stranger = cast.other_group.seats.get()
    page = client.get(path)
    assert stranger not in page.context["form"].fields["seat"].queryset
    sent = client.post(path, {"seat": stranger.pk, "reason": "x", "once": once(page)})
    assert sent.context["form"].errors["seat"]


@pytest.mark.parametrize("verb", ["decline", "assign", "swap"])
def test_unseen_is_not_there_and_seen_is_not_theirs(client, stage, verb):
    turns, people = stage
    path = f"/alliance/turns/{turns['ahead'].pk}/{verb}/"
    expected = {"zhao": 404, "lin": 403, "leader": 403, "nobody": 403}
    if verb == "assign":
        expected |= {"zhao": 403}
    for who, status in expected.items():
        client.force_login(people[who])
        assert client.get(path).status_code == status, who
        assert client.post(path, {"reason": "x"}).status_code == status, who
