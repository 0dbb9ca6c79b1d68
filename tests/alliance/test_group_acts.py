"""Groups are founded, change and end by acts that stand in their history."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.urls import reverse

from alliance.actions import groups, seats
from alliance.models import Assignment, Decline, Group, GroupContact, Handover, Swap
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make
from tests.alliance.test_seats import PERSONAS, allowed, day, events, people, send  # noqa: F401

pytestmark = pytest.mark.django_db

GROUPS = {
    # state: first day, last day
    "coming": (5, None),
    "in being": (-400, None),
    "ending": (-400, 10),
    "dissolved": (-400, -1),
}
ACTS = {
    "join today": lambda group: seats.join(make.unit(), group, starts_on=day(0), by=None),
    "join later": lambda group: seats.join(make.unit(), group, starts_on=day(8), by=None),
    "rename": lambda group: groups.change(group, name="新名称", by=None),
    "dissolve": lambda group: groups.dissolve(group, on=day(7), by=None),
}
ALLOWED = {
    "coming": {"join later", "rename", "dissolve"},
    "in being": {"join today", "join later", "rename", "dissolve"},
    "ending": {"join today", "join later", "rename"},
    "dissolved": {"rename"},
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", GROUPS)
def test_what_a_group_allows_in_each_state(state, act):
    first, last = GROUPS[state]
    group = make.group(starts_on=day(first), ends_on=None if last is None else day(last))
    assert allowed(lambda: ACTS[act](group)) == (act in ALLOWED[state])


@pytest.mark.parametrize("who", ["sun", *PERSONAS])
def test_only_the_park_office_changes_groups(who, people, cast):  # noqa: F811
    by = people[who]
    acts = [
        lambda: groups.found(name="新小组", chain="新链", starts_on=day(0), by=by),
        lambda: groups.change(cast.group, name="改名", by=by),
        lambda: groups.dissolve(cast.group, on=day(3), all_leave=True, by=by),
    ]
    for act in acts:
        if who == "sun":
            act()
        else:
            with pytest.raises(PermissionDenied):
                act()
    assert Event.objects.filter(name__startswith="group.").exists() == (who == "sun")


# ── Founding and changing ───────────────────────────────────────────────────────────────────


def test_staff_found_a_group(sign_in, sun):
    data = {"name": "氢能小组", "chain": "氢能", "starts_on": day(-700), "order": 4}
    answer = send(sign_in(sun), reverse("alliance:group-create"), data)
    group = Group.objects.get()
    assert answer.url == group.get_absolute_url()
    assert (group.name, group.chain, group.order) == ("氢能小组", "氢能", 4)
    assert events("group.founded").get().subject == group


def test_a_name_that_is_taken_is_explained_at_the_field(sign_in, sun, cast):
    data = {"name": cast.group.name, "chain": "链", "starts_on": "昨天", "order": 4}
    form = send(sign_in(sun), reverse("alliance:group-create"), data).context["form"]
    assert "已有这个名称" in form.errors["name"][0]
    assert "真实存在的日期" in form.errors["starts_on"][0]


def edit(client, group, **changed):
    url = reverse("alliance:group-edit", args=[group.pk])
    form = client.get(url).context["form"]
    data = {"name": group.name, "chain": group.chain, "order": group.order}
    data |= {"seen": form["seen"].value(), "once": form["once"].value()}
    rows = form.contacts
    data |= {
        f"contacts-{name}": rows.management_form[name].value()
        for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    for number, row in enumerate(rows):
        if row.instance.pk:
            data |= {
                f"contacts-{number}-id": row.instance.pk,
                f"contacts-{number}-name": row.instance.name,
            }
            data[f"contacts-{number}-seen"] = row["seen"].value()
    return client.post(url, data | changed)


def test_contacts_are_kept_encrypted_and_shown_masked(sign_in, sun, cast):
    client = sign_in(sun)
    typed = {
        "contacts-0-name": "召集人",
        "contacts-0-job": "联络",
        "contacts-0-phone": "13800001234",
    }
    assert edit(client, cast.group, **typed).status_code == 302
    contact = cast.group.contacts.get()
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM alliance_groupcontact")
        assert "13800001234" not in cursor.fetchone()[0]
    for url in (
        cast.group.get_absolute_url(),
        reverse("alliance:group-edit", args=[cast.group.pk]),
    ):
        page = client.get(url).text
        assert "138****1234" in page and "13800001234" not in page
    event = events("group.changed").get()
    assert event.facts == {"fields": ["contacts"]}
    assert edit(client, cast.group).status_code == 302  # nothing typed keeps the number
    contact.refresh_from_db()
    assert contact.phone == "13800001234"
    assert edit(client, cast.group, **{"contacts-0-DELETE": "on"}).status_code == 302
    assert not GroupContact.objects.exists()


def test_a_second_editor_is_asked(sign_in, sun, cast):
    client, url = sign_in(sun), reverse("alliance:group-edit", args=[cast.group.pk])
    form = client.get(url).context["form"]
    groups.change(cast.group, name="别人改的", by=sun)
    data = {"name": "我改的", "chain": cast.group.chain, "order": 1}
    data |= {"seen": form["seen"].value(), "once": form["once"].value()}
    data |= {"contacts-TOTAL_FORMS": 0, "contacts-INITIAL_FORMS": 0}
    page = client.post(url, data)
    assert page.status_code == 200 and "别人改的" in page.text and "我改的" in page.text
    assert Group.objects.get(pk=cast.group.pk).name == "别人改的"


# ── Dissolving ──────────────────────────────────────────────────────────────────────────────


def test_a_group_with_units_is_not_dissolved_unless_all_leave(sign_in, sun, cast):
    client, url = sign_in(sun), reverse("alliance:group-dissolve", args=[cast.group.pk])
    refused = send(client, url, {"on": day(10)})
    assert "还有 2 家单位" in refused.context["form"].errors["on"][0]
    wu = cast.group.seats.get(unit=cast.wu_unit)
    later = make.turn(wu, starts_on=day(31), ends_on=day(120))
    data = {"on": day(10), "all_leave": "on"}
    said = "".join(send(client, url, data, confirm=False).context["preview"])
    assert "2 家单位" in said and "1 次轮值取消" in said
    assert send(client, url, data).status_code == 302
    group = Group.objects.get(pk=cast.group.pk)
    assert group.ends_on == day(9)
    assert {seat.ends_on for seat in group.seats.all()} == {day(9)}
    assert group.leads.get().ends_on == day(9)
    turn = group.turns.get()
    assert (turn.pk, turn.ends_on, turn.seat.unit) == (cast.turn.pk, day(9), cast.lin_unit)
    assert not group.turns.filter(pk=later.pk).exists()
    assert events("group.dissolved").get().facts["turns"] == 1
    assert events("seat.left").count() == 2


def test_what_was_said_about_turns_that_go_goes_too(cast):
    lin, wu = cast.group.seats.order_by("order")
    first = make.turn(wu, starts_on=day(31), ends_on=day(60))
    second = make.turn(lin, starts_on=day(61), ends_on=day(90))
    Assignment.objects.create(turn=first, seat=wu, origin="order")
    Decline.objects.create(turn=second, seat=lin, reason="忙")
    Swap.objects.create(
        group=cast.group, first=first, second=second, first_seat=wu, second_seat=lin, reason="忙"
    )
    handover = Handover.objects.create(turn=cast.turn, arriving=first)
    groups.dissolve(cast.group, on=day(31), all_leave=True, by=None)
    assert list(cast.group.turns.all()) == [cast.turn]
    handover.refresh_from_db()
    assert handover.arriving is None


@pytest.mark.parametrize(("days", "may"), [(-1, False), (0, True), (1, True)])
def test_a_group_does_not_end_before_a_day_that_was_served(cast, days, may):
    act = lambda: groups.dissolve(cast.group, on=day(days), all_leave=True, by=None)  # noqa: E731
    assert allowed(act) == may


def test_a_group_waits_for_who_joins_later(cast):
    make.seat(make.unit(), cast.group, starts_on=day(20))
    with pytest.raises(StepRefused, match="解散须晚于这一天"):
        groups.dissolve(cast.group, on=day(10), all_leave=True, by=None)
    groups.dissolve(cast.group, on=day(21), all_leave=True, by=None)


def test_a_dissolved_group_is_in_the_list_of_its_days_only(sign_in, sun, cast):
    groups.dissolve(cast.group, on=day(0), all_leave=True, by=None)
    client, url = sign_in(sun), reverse("alliance:group-list")
    today = [card["group"] for card in client.get(url).context["cards"]]
    before = [card["group"] for card in client.get(url, {"on": day(-1)}).context["cards"]]
    assert cast.group not in today and cast.group in before
    page = client.get(cast.group.get_absolute_url())
    assert page.status_code == 200 and not page.context["may_act"]


# ── Bulk entry ──────────────────────────────────────────────────────────────────────────────


def test_bulk_entry_goes_through_the_acts(sign_in, sun):
    client = sign_in(sun)
    prefix = {"seats-TOTAL_FORMS": 0, "seats-INITIAL_FORMS": 0}
    data = {"name": "氢能小组", "chain": "氢能", "order": 4, "starts_on": day(-10)}
    client.post(reverse("admin:alliance_group_add"), data | prefix)
    group, unit = Group.objects.get(), make.unit()
    joined = {"group": group.pk, "unit": unit.pk, "order": 1, "starts_on": day(-5)}
    add = reverse("admin:alliance_seat_add")
    client.post(add, joined)
    client.post(add, joined)  # refused: it sits there
    seat = unit.seats.get()
    assert [event.name for event in Event.objects.filter(by=sun).order_by("pk")][:2] == [
        "group.founded",
        "seat.joined",
    ]
    change = reverse("admin:alliance_seat_change", args=[seat.pk])
    assert client.post(change, joined | {"order": 5}).status_code == 403
    renamed = reverse("admin:alliance_group_change", args=[group.pk])
    client.post(renamed, {"name": "改名小组", "chain": "氢能", "order": 4} | prefix)
    group.refresh_from_db()
    assert group.name == "改名小组"
    assert events("group.changed").get().facts == {"fields": ["name"]}


def test_nothing_in_bulk_entry_moves_a_seat_behind_the_rota(sign_in, sun, cast):
    """The inline of a group shows its seats and takes nothing."""
    client, seat = sign_in(sun), cast.group.seats.get(unit=cast.wu_unit)
    sent = {
        "name": cast.group.name,
        "chain": cast.group.chain,
        "order": 100,
        "seats-TOTAL_FORMS": 1,
        "seats-INITIAL_FORMS": 1,
        "seats-0-id": seat.pk,
        "seats-0-group": cast.group.pk,
        "seats-0-unit": cast.wu_unit.pk,
        "seats-0-order": 9,
        "seats-0-starts_on": day(-3),
        "seats-0-ends_on": day(-1),
    }
    client.post(reverse("admin:alliance_group_change", args=[cast.group.pk]), sent)
    before = (seat.order, seat.starts_on, seat.ends_on)
    seat.refresh_from_db()
    assert (seat.order, seat.starts_on, seat.ends_on) == before
