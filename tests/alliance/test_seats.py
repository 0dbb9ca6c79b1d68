"""Units join and leave, and lead their group: by acts, with history, from a day on."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from alliance.actions import seats
from alliance.models import Lead, Measure, Meeting, MeetingKind, Seat, Turn
from nanchuan.kernel import roles
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make

pytestmark = pytest.mark.django_db


def day(days):
    return timezone.localdate() + timedelta(days=days)


def allowed(act):
    try:
        act()
    except StepRefused:
        return False
    return True


def events(name):
    return Event.objects.filter(name=name)


def send(client, url, data, *, confirm=True):
    """A form that says first what will happen, then acts."""
    page = client.get(url)
    once = page.context["form"]["once"].value()
    answer = client.post(url, data | {"once": once})
    if not confirm or answer.status_code != 200 or "seal" not in answer.context:
        return answer
    return client.post(url, data | {"once": once, "confirm": answer.context["seal"]})


def held(group, by, days=-30, **kwargs):
    """A meeting of a group that was held some days ago."""
    starts_at = timezone.now() + timedelta(days=days)
    facts = {"title": "联席会议", "kind": MeetingKind.objects.first(), "place": "会议厅"}
    times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1)}
    return Meeting.objects.create(
        group=group, convened_by=by, **facts | times | {"status": "held"} | kwargs
    )


def measure(unit, group, **kwargs):
    """A measure that a unit carries, from what a meeting resolved long ago."""
    resolution, number = make.resolution(held(group, unit, days=-900)), Measure.objects.count()
    facts = {"number": f"举-{number}", "title": "举措", "content": "内容", "resolution": resolution}
    dates = {"starts_on": day(-30), "due_on": day(30)}
    return Measure.objects.create(
        unit=unit, group=group, source="resolution", **facts | dates | kwargs
    )


SEATS = {
    # state of a unit's seat: first day, last day
    "never": None,
    "coming": (5, None),
    "sitting": (-400, None),
    "leaving": (-400, 10),
    "left": (-400, -1),
}
ACTS = {
    "join today": lambda unit, group, seat: seats.join(unit, group, starts_on=day(0), by=None),
    "join later": lambda unit, group, seat: seats.join(unit, group, starts_on=day(20), by=None),
    "leave": lambda unit, group, seat: seats.leave(seat, on=day(7), reason="迁出", by=None),
    "lead today": lambda unit, group, seat: seats.name_lead(seat, on=day(0), by=None),
    "lead later": lambda unit, group, seat: seats.name_lead(seat, on=day(20), by=None),
}
ALLOWED = {
    "never": {"join today", "join later"},
    "coming": {"leave", "lead later"},
    "sitting": {"leave", "lead today", "lead later"},
    "leaving": {"join later", "lead today"},
    "left": {"join today", "join later"},
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", SEATS)
def test_what_a_seat_allows_in_each_state(state, act):
    unit, group = make.unit(), make.group()
    dates = SEATS[state]
    if dates is None and act not in ("join today", "join later"):
        return  # there is no seat to act on
    seat = None
    if dates:
        last = None if dates[1] is None else day(dates[1])
        seat = make.seat(unit, group, starts_on=day(dates[0]), ends_on=last)
    assert allowed(lambda: ACTS[act](unit, group, seat)) == (act in ALLOWED[state])


PERSONAS = ("lin", "wu", "zhao", "leader", "auditor", "admin", "nobody")


@pytest.fixture
def people(cast, sun):
    staff = {role: make.staff(role) for role in ("leader", "auditor", "admin")}
    return vars(cast) | staff | {"sun": sun, "nobody": make.user()}


@pytest.mark.parametrize("who", ["sun", *PERSONAS])
def test_only_the_park_office_moves_seats(who, people, cast):
    by, wu_seat = people[who], cast.group.seats.get(unit=cast.wu_unit)
    acts = [
        lambda: seats.join(make.unit(), cast.group, starts_on=day(0), by=by),
        lambda: seats.reorder(cast.group, {wu_seat.pk: 9}, by=by),
        lambda: seats.name_lead(wu_seat, on=day(0), by=by),
        lambda: seats.leave(wu_seat, on=day(3), reason="迁出", by=by),
    ]
    for act in acts:
        if who == "sun":
            act()
        else:
            with pytest.raises(PermissionDenied):
                act()
    assert Event.objects.filter(name__startswith="seat.").exists() == (who == "sun")


PAGES = ("seat-create", "seat-order", "seat-leave", "group-create", "group-edit")
PAGES += ("group-dissolve", "group-lead", "group-order")


def address(page, cast):
    pk = {"seat-leave": cast.group.seats.get(unit=cast.wu_unit).pk}.get(page, cast.group.pk)
    plain = page in ("seat-create", "seat-order", "group-create")
    return reverse(f"alliance:{page}", args=[] if plain else [pk])


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("who", ["sun", *PERSONAS])
def test_the_pages_answer_the_office_only(who, page, people, cast, sign_in):
    client, url = sign_in(people[who]), address(page, cast)
    expected = 200 if who == "sun" else 403
    assert client.get(url).status_code == expected
    assert client.post(url, {}).status_code == expected
    assert not Event.objects.filter(name__regex="^(seat|group|lead)").exists()


# ── Joining ─────────────────────────────────────────────────────────────────────────────────


def test_a_unit_joins_after_a_preview_and_stands_last(sign_in, sun, cast):
    client, unit = sign_in(sun), make.unit(name="新来公司")
    url = reverse("alliance:seat-create") + f"?group={cast.group.pk}"
    data = {"group": cast.group.pk, "unit": unit.pk, "starts_on": day(-10), "order": ""}
    answer = send(client, url, data, confirm=False)
    said = "".join(answer.context["preview"])
    assert "新来公司" in said and "第 3 位" in said and "补录" in said
    assert not unit.seats.exists()
    assert send(client, url, data).url == cast.group.get_absolute_url()
    seat = unit.seats.get()
    assert (seat.group, seat.order, seat.starts_on) == (cast.group, 3, day(-10))
    assert events("seat.joined").get().by == sun
    assert "新来公司" in client.get(cast.group.get_absolute_url()).text


def test_a_double_click_joins_once(sign_in, sun, cast):
    client, unit, url = sign_in(sun), make.unit(), reverse("alliance:seat-create")
    data = {"group": "", "unit": unit.pk, "starts_on": day(0), "order": ""}
    once = client.get(url).context["form"]["once"].value()
    seal = client.post(url, data | {"once": once}).context["seal"]
    for _click in range(2):
        answer = client.post(url, data | {"once": once, "confirm": seal})
        assert answer.status_code == 302
    assert unit.seats.get().group is None


def test_a_unit_may_sit_in_several_groups(cast):
    seats.join(cast.lin_unit, cast.other_group, starts_on=day(0), by=None)
    seats.join(cast.lin_unit, None, starts_on=day(0), by=None)
    assert cast.lin_unit.seats.count() == 3


def test_a_second_seat_in_one_group_is_explained_at_the_field(sign_in, sun, cast):
    url = reverse("alliance:seat-create")
    data = {"group": cast.group.pk, "unit": cast.wu_unit.pk, "starts_on": day(0), "order": "7"}
    answer = send(sign_in(sun), url, data)
    assert "已有席位" in answer.context["form"].errors["unit"][0]
    assert 'value="7"' in answer.text  # nothing typed is lost


@pytest.mark.parametrize("days", [-367, 367])
def test_a_day_more_than_a_year_away_is_refused(cast, days):
    with pytest.raises(StepRefused, match="一年"):
        seats.join(make.unit(), cast.group, starts_on=day(days), by=None)


def test_who_joins_a_group_that_ends_sits_until_it_ends():
    group = make.group(ends_on=day(40))
    seat = seats.join(make.unit(), group, starts_on=day(0), by=None)
    assert seat.ends_on == day(40)
    with pytest.raises(StepRefused, match="已经解散"):
        seats.join(make.unit(), group, starts_on=day(41), by=None)


def test_joining_late_changes_no_turn_that_was_served(cast):
    past = make.turn(cast.group.seats.get(unit=cast.wu_unit), starts_on=day(-90), ends_on=day(-31))
    make.begun(cast.turn)
    before = list(Turn.objects.filter(starts_on__lte=day(0)).values())
    seats.join(make.unit(), cast.group, starts_on=day(-200), by=None)
    assert list(Turn.objects.filter(starts_on__lte=day(0)).values()) == before
    assert past.seat.unit == cast.wu_unit


# ── Leaving ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def ahead(cast):
    """Wu is next after Lin."""
    wu = cast.group.seats.get(unit=cast.wu_unit)
    return make.turn(wu, starts_on=day(31), ends_on=day(120))


def test_turns_ahead_go_to_others_and_the_preview_says_so(sign_in, sun, cast, ahead):
    seat = cast.group.seats.get(unit=cast.wu_unit)
    url, client = reverse("alliance:seat-leave", args=[seat.pk]), sign_in(sun)
    data = {"on": day(10), "reason": "迁出园区"}
    answer = send(client, url, data, confirm=False)
    assert any("改由其他单位承担" in said for said in answer.context["preview"])
    assert send(client, url, data).status_code == 302
    seat.refresh_from_db()
    assert (seat.ends_on, seat.leave_reason) == (day(9), "迁出园区")
    ahead.refresh_from_db()
    assert ahead.seat.unit == cast.lin_unit
    event = events("seat.left").get()
    assert event.by == sun and "迁出园区" not in str(event.facts)


def test_the_preview_names_what_the_unit_carries(sign_in, sun, cast):
    make.need(cast.zhao_unit, "accepted", taken_by=cast.wu_unit)
    measure(cast.wu_unit, cast.group)
    seat = cast.group.seats.get(unit=cast.wu_unit)
    url = reverse("alliance:seat-leave", args=[seat.pk])
    answer = send(sign_in(sun), url, {"on": day(10), "reason": "迁出"}, confirm=False)
    said = "".join(answer.context["preview"])
    assert "举措还有 1 项" in said and "需求还有 1 条" in said


def test_a_leader_that_leaves_leads_no_longer(cast, sign_in, sun):
    seat = cast.group.seats.get(unit=cast.lin_unit)
    url = reverse("alliance:seat-leave", args=[seat.pk])
    data = {"on": day(5), "reason": "迁出"}
    answer = send(sign_in(sun), url, data)
    assert answer.status_code == 302
    assert cast.group.leads.get().ends_on == day(4)


def test_the_present_turn_is_served_until_the_unit_leaves(cast):
    seat = cast.group.seats.get(unit=cast.lin_unit)
    seats.leave(seat, on=day(5), reason="迁出", by=None)
    cast.turn.refresh_from_db()
    assert (cast.turn.seat, cast.turn.ends_on) == (seat, day(4))
    rest = cast.group.turns.get(starts_on=day(5))
    assert (rest.seat.unit, rest.ends_on) == (cast.wu_unit, day(30))


@pytest.mark.parametrize(("days", "may"), [(-1, False), (0, True), (1, True)])
def test_nobody_leaves_before_a_day_it_has_served(cast, days, may):
    """Lin is on turn since thirty days: yesterday was served."""
    seat = cast.group.seats.get(unit=cast.lin_unit)
    assert allowed(lambda: seats.leave(seat, on=day(days), reason="迁出", by=None)) == may


@pytest.mark.parametrize(("days", "may"), [(-41, False), (-40, True)])
def test_nor_before_the_end_of_a_turn_long_over(cast, days, may):
    wu = cast.group.seats.get(unit=cast.wu_unit)
    make.turn(wu, starts_on=day(-90), ends_on=day(-41))
    assert allowed(lambda: seats.leave(wu, on=day(days), reason="迁出", by=None)) == may


def test_leaving_twice_is_explained_at_the_field(sign_in, sun, cast):
    seat = cast.group.seats.get(unit=cast.wu_unit)
    seats.leave(seat, on=day(10), reason="迁出", by=None)
    url = reverse("alliance:seat-leave", args=[seat.pk])
    answer = send(sign_in(sun), url, {"on": day(5), "reason": ""})
    errors = answer.context["form"].errors
    assert "不能重复登记" in errors["on"][0] and "退出的原因" in errors["reason"][0]


# ── The charter's order ─────────────────────────────────────────────────────────────────────


def test_the_order_is_changed_in_one_small_form(sign_in, sun, cast):
    lin, wu = cast.group.seats.order_by("order")
    url = reverse("alliance:group-order", args=[cast.group.pk])
    data = {f"seat-{lin.pk}": 2, f"seat-{wu.pk}": 1}
    assert send(sign_in(sun), url, data).status_code == 302
    assert list(cast.group.seats.order_by("order")) == [wu, lin]
    assert {event.subject_id: event.facts["order"] for event in events("seat.reordered")} == {
        lin.pk: [1, 2],
        wu.pk: [2, 1],
    }


def test_the_same_number_twice_is_explained_at_the_field(sign_in, sun, cast):
    lin, wu = cast.group.seats.order_by("order")
    url = reverse("alliance:group-order", args=[cast.group.pk])
    answer = send(sign_in(sun), url, {f"seat-{lin.pk}": 1, f"seat-{wu.pk}": 1})
    assert "次序相同" in answer.context["form"].errors[f"seat-{wu.pk}"][0]
    assert not events("seat.reordered").exists()


# ── Leading ─────────────────────────────────────────────────────────────────────────────────


def test_a_new_lead_unit_follows_the_old_one(sign_in, sun, cast):
    wu = cast.group.seats.get(unit=cast.wu_unit)
    client, url = sign_in(sun), reverse("alliance:group-lead", args=[cast.group.pk])
    data = {"seat": wu.pk, "on": day(0)}
    answer = send(client, url, data, confirm=False)
    assert "lin公司" in answer.context["preview"][1]
    assert send(client, url, data).status_code == 302
    now, before = cast.group.leads.order_by("-starts_on")
    assert (now.seat, now.starts_on, now.ends_on) == (wu, day(0), None)
    assert before.ends_on == day(-1)
    event = events("lead.named").get()
    assert (event.subject, event.facts["before"]) == (now, "lin公司")
    page = client.get(cast.group.get_absolute_url()).text
    assert page.index("历任头雁单位") < page.index("lin公司", page.index("历任头雁单位"))


def test_the_right_goes_with_the_lead(cast):
    assert roles.has_role(cast.lin, roles.LEAD)
    assert not roles.has_role(cast.wu, roles.LEAD)
    seats.name_lead(cast.group.seats.get(unit=cast.wu_unit), on=day(0), by=None)
    for user in (cast.lin, cast.wu):
        roles.forget(user)
    assert roles.has_role(cast.wu, roles.LEAD)
    assert not roles.has_role(cast.lin, roles.LEAD)


def test_who_leads_already_and_who_sits_elsewhere_is_refused(cast):
    lin, wide = cast.group.seats.get(unit=cast.lin_unit), make.seat(make.unit(kind="agency"))
    for seat, words in ((lin, "就是头雁单位"), (wide, "不设头雁")):
        with pytest.raises(StepRefused, match=words):
            seats.name_lead(seat, on=day(0), by=None)


def test_a_lead_named_for_later_is_not_overtaken(cast):
    third = make.seat(make.unit(), cast.group, order=3)
    seats.name_lead(cast.group.seats.get(unit=cast.wu_unit), on=day(30), by=None)
    with pytest.raises(StepRefused, match="新的头雁单位须从这以后"):
        seats.name_lead(third, on=day(10), by=None)
    assert Lead.objects.current(day(10)).get(group=cast.group).seat.unit == cast.lin_unit


def test_an_old_seat_is_seen_on_its_days(sign_in, sun, cast):
    seat = cast.group.seats.get(unit=cast.wu_unit)
    seats.leave(seat, on=day(-20), reason="迁出", by=None)
    client = sign_in(sun)
    for days, sat in ((-21, True), (-20, False)):
        page = client.get(cast.group.get_absolute_url(), {"on": day(days)})
        assert (seat in page.context["seats"]) == sat
        cards = client.get(reverse("alliance:group-list"), {"on": day(days)}).context["cards"]
        shown = [one for card in cards for one in card["seats"]]
        assert (seat in shown) == sat
    assert Seat.objects.get(pk=seat.pk).leave_reason == "迁出"
