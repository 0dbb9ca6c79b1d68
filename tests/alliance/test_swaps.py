"""Two units exchange turns: both agree, the office confirms, the order stays as it was."""

from datetime import date, datetime, time
from itertools import product

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from alliance.actions import planning, turns
from alliance.actions import swaps as actions
from alliance.boards import Board
from alliance.models import Origin, Regulation, Swap
from nanchuan.kernel.states import StepRefused
from nanchuan.portal.todo import todo
from tests import make

TODAY = date(2026, 2, 10)


def at(day=TODAY):
    return timezone.make_aware(datetime.combine(day, time(10)))


@pytest.fixture
def three(db, sun):
    group = make.group(*(make.unit(name=f"{name}公司") for name in "甲乙丙"))
    planning.generate([group], year=2026, by=None, at=at(date(2026, 1, 1)))
    group.speakers = [make.liaison(seat.unit) for seat in group.seats.order_by("order")]
    return group


def turn(group, number):
    return group.turns.order_by("starts_on")[number - 1]


def orders(group, column="seat"):
    rows = group.turns.order_by("starts_on").select_related(column)
    return [getattr(row, column) and getattr(row, column).order for row in rows]


def swapped(group, one, other, sun):
    """A swap as far as the office's confirmation."""
    first, second = turn(group, one), turn(group, other)
    by = group.speakers[first.seat.order - 1]
    swap = actions.propose(first, second, reason="展会", by=by, at=at())
    actions.agree(swap, by=group.speakers[second.seat.order - 1], at=at())
    actions.confirm(Swap.objects.get(), by=sun, at=at())
    return Swap.objects.get()


def test_both_agree_the_office_confirms_and_the_order_stays(three, sun):
    swap = swapped(three, 2, 3, sun)
    assert swap.status == Swap.Status.CONFIRMED
    assert orders(three) == [1, 3, 2, 1]
    assert orders(three, "due_seat") == [1, 2, 3, 1]
    assert {turn(three, 2).origin, turn(three, 3).origin} == {Origin.SWAP}
    following = planning.propose([three], year=2027, on=TODAY)[three]
    assert [row.seat.order for row in following] == [2, 3, 1, 2]


def test_a_swap_stands_in_the_list_of_whoever_is_to_answer(three, sun):
    def verbs(user):
        user.__dict__.pop("_grants", None)
        return [str(item.verb) for item in todo(user) if "对调" in item.text]

    _one, asker, asked = three.speakers
    first, second = turn(three, 2), turn(three, 3)
    swap = actions.propose(first, second, reason="展会", by=asker, at=at())
    assert (verbs(asker), verbs(asked), verbs(sun)) == ([], ["答复对调"], [])
    actions.agree(swap, by=asked, at=at())
    assert (verbs(asker), verbs(asked), verbs(sun)) == ([], [], ["确认对调"])
    actions.confirm(Swap.objects.get(), by=sun, at=at())
    assert (verbs(asker), verbs(asked), verbs(sun)) == ([], [], [])


def test_the_explanation_tells_of_the_swap(three, sun):
    swapped(three, 2, 3, sun)
    after = date(2026, 12, 1)
    words = [row.words for row in Board.of([three])[0].standing(after)]
    assert "第一位：上次轮值 2026 年第三季度，期间对调 1 次，次序不变" in words
    assert "第二位：上次轮值 2026 年第二季度，期间对调 1 次，次序不变" in words


def test_a_swap_follows_its_place_when_somebody_joins(three, sun):
    """The third unit's place moves to the next year: the swap is owed there."""
    swapped(three, 2, 3, sun)
    late = date(2026, 5, 10)
    for number in (1, 2):
        found = turn(three, number)
        found.begun_at = at(found.starts_on)
        found.save()
    make.seat(make.unit(name="丁公司"), three, order=4, starts_on=date(2024, 6, 1))
    turns.refit(three, at=at(late))
    assert orders(three, "due_seat") == [1, 2, 4, 3] or orders(three, "due_seat") == [1, 2, 3, 4]
    owed = [row for row in three.turns.all() if row.due_seat and row.due_seat.order == 3]
    assert [row.seat.order for row in owed] == [2]


def test_when_the_other_side_has_left_each_serves_its_own_place(three, sun):
    swapped(three, 2, 3, sun)
    two = three.seats.get(order=2)
    two.ends_on = date(2026, 3, 31)
    two.save()
    turns.refit(three, at=at())
    assert orders(three) == [1, 3, 1, 3]


def test_a_swapped_turn_is_neither_declined_nor_swapped_again(three, sun):
    swapped(three, 2, 3, sun)
    with pytest.raises(StepRefused, match="对调得来"):
        turns.decline(turn(three, 2), reason="x", by=sun, at=at())
    with pytest.raises(StepRefused, match="已经对调过"):
        actions.propose(turn(three, 2), turn(three, 4), reason="x", by=sun, at=at())


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [(1, 2, "已经开始"), (2, 2, "同一小组"), (1, 4, "已经开始")],
)
def test_what_cannot_be_swapped_is_explained(three, sun, one, other, words):
    with pytest.raises(StepRefused, match=words):
        actions.propose(turn(three, one), turn(three, other), reason="x", by=sun, at=at())


def test_a_turn_waits_for_one_swap_at_a_time(three, sun):
    actions.propose(turn(three, 2), turn(three, 3), reason="x", by=sun, at=at())
    with pytest.raises(StepRefused, match="另一件对调"):
        actions.propose(turn(three, 4), turn(three, 3), reason="x", by=sun, at=at())


def test_groups_do_not_mix(three, sun):
    other = make.group(make.unit())
    planning.generate([other], year=2026, by=None, at=at(date(2026, 1, 1)))
    with pytest.raises(StepRefused, match="同一小组"):
        actions.propose(turn(three, 2), turn(other, 3), reason="x", by=sun, at=at())


def test_a_swap_lapses_when_a_turn_changes_hands_or_begins(three, sun):
    swap = actions.propose(turn(three, 3), turn(three, 4), reason="x", by=sun, at=at())
    turns.decline(turn(three, 3), reason="忙", by=sun, at=at())
    swap.refresh_from_db()
    assert swap.status == Swap.Status.LAPSED
    second = actions.propose(turn(three, 2), turn(three, 4), reason="x", by=sun, at=at())
    turns.lapse_swaps(at=at(date(2026, 3, 31)))
    second.refresh_from_db()
    assert second.is_open
    turns.lapse_swaps(at=at(date(2026, 4, 2)))
    second.refresh_from_db()
    assert second.status == Swap.Status.LAPSED


def test_what_has_begun_is_not_swapped_even_before_the_sweep_says_so(three, sun):
    swap = actions.propose(turn(three, 2), turn(three, 3), reason="x", by=sun, at=at())
    Swap.objects.update(status=Swap.Status.AGREED)
    with pytest.raises(StepRefused, match="已经开始"):
        actions.confirm(swap, by=sun, at=at(date(2026, 4, 2)))
    assert orders(three) == [1, 2, 3, 1]


def test_the_office_alone_proposes_where_the_system_says_so(three, sun):
    Regulation.objects.create(
        text="rota",
        number=1,
        title="企业轮值制度",
        status="adopted",
        starts_on=make.LONG_AGO,
        adopted_at=timezone.now(),
        settings={"swap_rule": "office"},
    )
    pair = turn(three, 2), turn(three, 3)
    with pytest.raises(PermissionDenied):
        actions.propose(*pair, reason="x", by=three.speakers[1], at=at())
    swap = actions.propose(*pair, reason="x", by=sun, at=at())
    for number in (1, 2):
        actions.agree(swap, by=three.speakers[number], at=at())
    swap.refresh_from_db()
    assert swap.status == Swap.Status.AGREED


# ── Who may, and when: the whole table ──────────────────────────────────────────────────────

STATES = ("proposed", "agreed", "confirmed", "refused", "withdrawn", "lapsed")
PEOPLE = ("asker", "asked", "third", "staff", "leader", "outside")
ACTS = ("agree", "refuse", "withdraw", "confirm")
ALLOWED = {  # act → who may try at all, and from which states it works
    "agree": ({"asker", "asked"}, {"proposed"}),
    "refuse": ({"asked", "staff"}, {"proposed", "agreed"}),
    "withdraw": ({"asker"}, {"proposed", "agreed"}),
    "confirm": ({"staff"}, {"agreed"}),
}


@pytest.mark.parametrize(("act", "state", "who"), list(product(ACTS, STATES, PEOPLE)))
def test_who_may_do_what_in_which_state(three, sun, act, state, who):
    swap = actions.propose(
        turn(three, 2), turn(three, 3), reason="x", by=three.speakers[1], at=at()
    )
    if state in ("agreed", "confirmed"):
        Swap.objects.update(second_agreed_at=at())
    Swap.objects.update(status=state)
    swap.refresh_from_db()
    user = {
        "asker": three.speakers[1],
        "asked": three.speakers[2],
        "third": three.speakers[0],
        "staff": sun,
        "leader": make.staff("leader"),
        "outside": make.user(),
    }[who]
    # Once it has agreed, a unit is no longer asked, but may take its word back.
    may, states = ALLOWED[act]
    may = set(may)
    if state in ("agreed", "confirmed"):
        if act == "refuse":
            may -= {"asked"}
        if act == "withdraw":
            may |= {"asked"}
    facts = {"reason": "x"} if act == "refuse" else {}
    take = getattr(actions, act)
    if who not in may:
        with pytest.raises(PermissionDenied):
            take(swap, by=user, at=at(), **facts)
    elif state not in states or (act == "agree" and who == "asker"):
        with pytest.raises(StepRefused):
            take(swap, by=user, at=at(), **facts)
    else:
        take(swap, by=user, at=at(), **facts)
        swap.refresh_from_db()
        then = {"agree": "agreed", "refuse": "refused", "withdraw": "withdrawn"}
        assert swap.status == then.get(act, "confirmed")
        return
    swap.refresh_from_db()
    assert swap.status == state


# ── The pages ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def coming(sun):
    """A group planned for next year, with two speakers."""
    group = make.group(make.unit(name="甲公司"), make.unit(name="乙公司"))
    planning.generate([group], year=timezone.localdate().year + 1, by=sun)
    group.speakers = [make.liaison(seat.unit) for seat in group.seats.order_by("order")]
    group.ahead = list(group.turns.filter(starts_on__gt=timezone.localdate()).order_by("starts_on"))
    return group


def once(page):
    return page.context["form"]["once"].value()


def test_from_the_turn_to_the_confirmation(client, coming, sun):
    first, second = coming.ahead[:2]
    by_order = {
        seat.pk: user
        for seat, user in zip(coming.seats.order_by("order"), coming.speakers, strict=True)
    }
    client.force_login(by_order[first.seat_id])
    path = f"/alliance/turns/{first.pk}/swap/"
    page = client.get(path)
    typed = {"other": second.pk, "reason": "展会冲突", "once": once(page)}
    for _click in range(2):
        client.post(path, typed)
    swap = Swap.objects.get()
    client.force_login(by_order[second.seat_id])
    page = client.get(swap.get_absolute_url())
    assert page.context["may"] == {"agree", "refuse"}
    client.post(f"/alliance/swaps/{swap.pk}/agree/")
    client.force_login(sun)
    assert "confirm" in client.get(swap.get_absolute_url()).context["may"]
    client.post(f"/alliance/swaps/{swap.pk}/confirm/")
    first.refresh_from_db()
    assert first.seat == second.seat
    assert "已对调" in client.get("/alliance/swaps/").content.decode()


def test_a_refusal_tells_why(client, coming, sun):
    first, second = coming.ahead[:2]
    swap = actions.propose(first, second, reason="x", by=sun)
    client.force_login(sun)
    path = f"/alliance/swaps/{swap.pk}/refuse/"
    page = client.get(path)
    assert client.post(path, {"reason": "", "once": once(page)}).context["form"].errors["reason"]
    client.post(path, {"reason": "与重点工作冲突", "once": once(page)})
    swap.refresh_from_db()
    assert (swap.status, swap.answer) == ("refused", "与重点工作冲突")
    assert client.get(path).status_code == 302


def test_another_group_sees_none_of_it(client, coming, cast, sun):
    swap = actions.propose(*coming.ahead[:2], reason="只给本组看的原因", by=sun)
    client.force_login(cast.zhao)
    assert client.get(swap.get_absolute_url()).status_code == 404
    for path in ("/alliance/swaps/", "/alliance/rota/"):
        assert "甲公司" not in client.get(path).content.decode()
