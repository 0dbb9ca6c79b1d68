"""The pages of groups and units: each figure opens its rows, and nobody sees what is not theirs."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from docx import Document
from openpyxl import load_workbook

from alliance.actions import groups, seats
from alliance.models import CheckIn, Decline, Duty, Group, GroupContact, Invitation, Swap
from tests import make
from tests.alliance.test_seats import day, held, measure
from tests.members.test_query_counts import questions

pytestmark = pytest.mark.django_db
CANARY, PHONE = "金丝雀", "13800001234"
# One statement more tells which units sit in the group, so that needs are found along an index.
MOST, YEAR = 17, timedelta(days=365)
UNITS, PICTURE = reverse("alliance:unit-list"), reverse("alliance:alliance-picture")


def unit_page(unit):
    return reverse("alliance:unit-detail", args=[unit.pk])


@pytest.fixture
def busy(cast, sun):
    """Lin's group with something of everything; another group with the same beside it."""
    for group, unit in ((cast.group, cast.lin_unit), (cast.other_group, cast.zhao_unit)):
        seat = group.seats.get(unit=unit)
        make.turn(seat, starts_on=day(-200), ends_on=day(-100))
        make.seat(make.unit(kind="agency"), group, order=9)
        held(group, unit, days=-30)
        held(group, unit, days=-40)
        held(group, unit, days=-400)
        held(group, unit, days=-10, status="cancelled")
        measure(unit, group, status="done", done_on=day(-1), due_on=day(0))
        measure(unit, group, status="done", done_on=day(2), due_on=day(0))
        measure(unit, group, due_on=day(-3))
        make.item(unit, "done", meeting=held(group, unit, days=-800))
        make.item(unit, meeting=held(group, unit, days=-800))
        GroupContact.objects.create(group=group, name=CANARY, phone=PHONE)
    for status in ("published", "in_progress", "solved"):
        make.need(cast.lin_unit, status, office=sun, audience="group")
    make.need(cast.zhao_unit, "solved", office=sun, audience="office")
    make.resource(cast.lin_unit)
    return cast


# ── Figures ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("who", ["sun", "lin"])
def test_each_figure_opens_exactly_its_rows(sign_in, busy, sun, who):
    client = sign_in(sun if who == "sun" else busy.lin)
    page = client.get(busy.group.get_absolute_url())
    figures = {str(figure.label): figure for figure in page.context["figures"]}
    assert {label: figure.value for label, figure in figures.items()} == {
        "成员席位": 3,
        "其中企业": 2,
        "已轮值": 2,
        "近一年召开会议": 2,
        "举措按期完成": 1,
        "督办按期办结": 1,
        "征集需求": 3,
        "解决问题": 1,
    }
    for figure in figures.values():
        if figure.page == "alliance:measure-list":
            continue  # its list has tests of its own
        rows = client.get(f"{reverse(figure.page)}?{figure.query}")
        assert rows.context["row_count"] == figure.value, figure.label
        assert f"?{figure.query}".replace("&", "&amp;") in page.text


def test_the_panel_of_needs_opens_its_rows(sign_in, busy, sun):
    client = sign_in(sun)
    (box,) = client.get(busy.group.get_absolute_url()).context["panels"]
    assert (box.facts["waiting"], box.facts["offered"]) == (2, 1)
    needs = client.get(reverse("services:need-list") + f"?{box.facts['open_query']}")
    assert needs.context["row_count"] == 2
    offered = client.get(reverse("services:resource-list") + f"?{box.facts['resource_query']}")
    assert offered.context["row_count"] == 1


def test_late_measures_are_said_in_words(sign_in, busy):
    page = sign_in(busy.lin).get(busy.group.get_absolute_url()).text
    assert "逾期 1 项" in page and "逾期 3 天" in page


# ── Numbers of questions ────────────────────────────────────────────────────────────────────


def grow(cast, sun, number):
    for _each in range(number):
        group = make.group(make.unit())
        make.seat(make.unit(kind="agency"))
        for there in (group, cast.group):
            seat = make.seat(make.unit(), there, order=5)
            make.turn(
                seat,
                starts_on=day(1000 + there.turns.count()),
                ends_on=day(1000 + there.turns.count()),
            )
            measure(seat.unit, there)
            held(there, seat.unit)
        GroupContact.objects.create(group=cast.group, name="人", phone=PHONE)
        make.need(cast.lin_unit, "published", office=sun)
        make.resource(cast.lin_unit)


def test_pages_do_not_ask_more_for_more_rows(sign_in, busy, sun):
    group, unit = busy.group.get_absolute_url(), unit_page(busy.lin_unit)
    urls = (group, unit, UNITS, PICTURE, reverse("alliance:group-list"))
    asked = [(user, url) for user in (sun, busy.lin) for url in urls]
    grow(busy, sun, 2)
    few = [questions(sign_in(user), url) for user, url in asked]
    grow(busy, sun, 8)
    assert [questions(sign_in(user), url) for user, url in asked] == few
    assert max(few) <= MOST, few
    assert questions(sign_in(sun), f"{group}?on={day(-5)}") <= MOST


# ── Who may see what ────────────────────────────────────────────────────────────────────────


def test_a_unit_of_another_group_sees_nothing_of_this_one(sign_in, busy, sun):
    make.need(busy.lin_unit, "published", office=sun, audience="group", title=f"{CANARY}需求")
    urls = [busy.group.get_absolute_url(), unit_page(busy.lin_unit)]
    own = sign_in(busy.lin).get(urls[0]).text
    assert CANARY in own and f"{CANARY}需求" in own
    zhao = sign_in(busy.zhao)
    for url in urls:
        assert zhao.get(url).status_code == 404
    for url in (UNITS, PICTURE, reverse("alliance:group-list"), f"{UNITS}?group={busy.group.pk}"):
        page = zhao.get(url).text
        assert "lin公司" not in page and "wu公司" not in page
    own = zhao.get(unit_page(busy.zhao_unit)).text
    assert f"{CANARY}需求" not in own and "zhao公司" in own


@pytest.mark.parametrize("who", ["sun", "lin", "wu", "leader", "auditor"])
def test_contacts_are_masked_for_everybody(sign_in, busy, sun, who):
    user = {"sun": sun, "lin": busy.lin, "wu": busy.wu}.get(who) or make.staff(who)
    page = sign_in(user).get(busy.group.get_absolute_url()).text
    assert CANARY in page and "138****1234" in page and PHONE not in page


def test_the_administrator_sees_no_contact(sign_in, busy):
    page = sign_in(make.staff("admin")).get(busy.group.get_absolute_url())
    assert page.status_code == 200 and CANARY not in page.text


def test_a_unit_without_a_seat_has_no_page_here(sign_in, sun, cast):
    assert sign_in(sun).get(unit_page(make.unit())).status_code == 404


def test_the_page_in_members_leads_here(sign_in, cast):
    page = sign_in(cast.wu).get(cast.wu_unit.get_absolute_url()).text
    assert unit_page(cast.wu_unit) in page


def test_who_has_no_say_is_offered_no_act(sign_in, busy):
    for url in (busy.group.get_absolute_url(), unit_page(busy.lin_unit), UNITS):
        page = sign_in(busy.lin).get(url).text
        assert "/seats/create/" not in page and "/leave/" not in page and "/dissolve/" not in page


# ── A unit ──────────────────────────────────────────────────────────────────────────────────


def test_the_page_of_a_unit_counts_what_happened(sign_in, busy, sun):
    lin, wu = busy.group.seats.get(unit=busy.lin_unit), busy.group.seats.get(unit=busy.wu_unit)
    first = make.turn(wu, starts_on=day(31), ends_on=day(60))
    second = make.turn(lin, starts_on=day(61), ends_on=day(90))
    pair = {"first": first, "second": second, "first_seat": wu, "second_seat": lin}
    for status in ("confirmed", "refused"):
        Swap.objects.create(group=busy.group, status=status, reason="忙", **pair)
    Decline.objects.create(turn=second, seat=lin, reason="忙")
    meetings = busy.group.meetings.filter(status="held", starts_at__gt=timezone.now() - YEAR * 2)
    for meeting, came in zip(meetings, (True, False, None), strict=True):
        invited = Invitation.objects.create(meeting=meeting, seat=lin, unit_name="lin")
        if came is not None:  # somebody noted who came
            noted = Invitation.objects.create(meeting=meeting, seat=wu, unit_name="wu")
            who = invited if came else noted
            CheckIn.objects.create(meeting=meeting, invitation=who, way="hand")
    Duty.objects.create(turn=busy.turn, kind="bulletin", title="编发简报", due_on=day(-2))
    Duty.objects.create(turn=second, kind="topics", title="征集", due_on=day(80))
    page = sign_in(busy.lin).get(unit_page(busy.lin_unit))
    unit, attendance = page.context["unit"], page.context["attendance"]
    assert (unit.served, unit.swaps, unit.declines) == (2, 1, 1)
    assert (unit.invited, unit.attended) == (3, 1)
    assert (attendance["share"], attendance["unrecorded"]) == (50, 1)
    assert [duty.title for duty in page.context["duties"]] == ["编发简报"]
    assert [turn.pk for turn in page.context["coming"]] == [busy.turn.pk, second.pk]
    assert "逾期 2 天" in page.text


def test_each_turn_says_why(sign_in, cast):
    lin, wu = cast.group.seats.order_by("order")
    turn = make.turn(lin, starts_on=day(31), ends_on=day(60), origin="swap")
    cast.group.turns.filter(pk=turn.pk).update(due_seat=wu)
    now, then = sign_in(cast.lin).get(unit_page(cast.lin_unit)).context["coming"]
    assert now.told == "此前没有轮值过，章程次序第 1 位"
    assert then.told.startswith("对调；原应由wu公司轮值；上次轮值：")


def test_what_it_owes_and_offers(sign_in, busy, sun):
    make.need(busy.zhao_unit, "accepted", office=sun, taken_by=busy.lin_unit, title="接了的单")
    page = sign_in(busy.lin).get(unit_page(busy.lin_unit))
    owed, offered = page.context["panels"]
    assert [need.title for need in owed.rows] == ["接了的单"]
    assert [resource.unit for resource in offered.rows] == [busy.lin_unit]


def test_old_seats_stay_on_the_page(sign_in, cast):
    seat = cast.group.seats.get(unit=cast.wu_unit)
    seats.leave(seat, on=day(-3), reason="调整产业", by=None)
    seats.join(cast.wu_unit, cast.group, starts_on=day(0), by=None)
    page = sign_in(cast.wu).get(unit_page(cast.wu_unit))
    assert [row.ends_on for row in page.context["seats"]] == [None, day(-4)]
    assert "调整产业" in page.text and "单位退出" in page.text


# ── The list of units ───────────────────────────────────────────────────────────────────────


def cells(answer):
    file = BytesIO(answer.getvalue())
    if answer["Content-Type"].endswith("sheet"):
        return [str(cell) for row in load_workbook(file).worksheets[0].values for cell in row]
    return [cell.text for table in Document(file).tables for cell in table._cells]


@pytest.mark.parametrize("form", ["xlsx", "docx"])
def test_the_list_is_exported_as_filtered(sign_in, busy, sun, form):
    client = sign_in(sun)
    everything = cells(client.get(UNITS, {"export": form}))
    assert {"lin公司", "wu公司", "zhao公司"} <= set(everything)
    some = cells(client.get(UNITS, {"export": form, "group": busy.group.pk, "kind": "enterprise"}))
    assert {"lin公司", "wu公司"} <= set(some) and "zhao公司" not in some
    assert f"{busy.group.name}（头雁）" in some


def test_the_list_as_of_a_day(sign_in, busy, sun):
    client = sign_in(sun)
    seats.leave(busy.group.seats.get(unit=busy.wu_unit), on=day(-3), reason="迁出", by=None)
    for days, sat in ((-4, True), (-3, False), (0, False)):
        for extra in ({}, {"group": busy.group.pk}):
            rows = client.get(UNITS, {"on": day(days)} | extra).context["object_list"]
            assert (busy.wu_unit in rows) == sat


def test_seats_in_the_whole_alliance_are_a_filter(sign_in, busy, sun):
    agency = make.unit(kind="agency")
    make.seat(agency)
    rows = sign_in(sun).get(UNITS, {"wide": "1"}).context["object_list"]
    assert agency in rows
    assert all(unit.seats.filter(group=None).exists() for unit in rows)
    assert busy.lin_unit not in rows


# ── The picture ─────────────────────────────────────────────────────────────────────────────


def test_the_picture_shows_lead_and_turn_and_is_a_table_too(sign_in, cast):
    agency = make.unit(name="税务派驻机构", kind="agency")
    make.seat(agency)
    wu = cast.group.seats.get(unit=cast.wu_unit)
    make.turn(wu, starts_on=day(31), ends_on=day(60))
    page = sign_in(cast.lin).get(PICTURE)
    drawn = {box.title.split("，")[0]: box for box in page.context["picture"].boxes}
    lin, wu = drawn["lin公司"], drawn["wu公司"]
    assert lin.ring and lin.marks == "picture-lead" and "头雁" in lin.small
    assert not wu.ring and wu.small.startswith("下一轮值")
    assert drawn["税务派驻机构"].url == unit_page(agency)
    svg, table = page.text.split("</svg>")
    for words in ("lin公司", "wu公司", "税务派驻机构", cast.group.name):
        assert words in svg and words in table


@pytest.mark.parametrize("number", [0, 1, 3, 7, 60])
def test_boxes_never_lie_on_each_other(sign_in, sun, db, number):
    for _each in range(number):
        make.group(*(make.unit() for _unit in range(3)))
    for kind in ("department", "agency"):
        for _each in range(number):
            make.seat(make.unit(kind=kind))
    page = sign_in(sun).get(PICTURE)
    assert page.status_code == 200
    picture = page.context["picture"]
    taken = {}
    for box in picture.boxes:
        assert box.x >= 0 and box.x + box.width <= picture.width
        assert box.y >= 0 and box.y + box.height <= picture.height
        for other in taken.get(box.y, ()):
            assert box.x >= other.x + other.width or other.x >= box.x + box.width
        taken.setdefault(box.y, []).append(box)
    if number:
        assert len(picture.boxes) == 1 + number * 4 + number * 2


def test_the_picture_of_a_day(sign_in, sun, cast):
    groups.dissolve(cast.group, on=day(0), all_leave=True, by=None)
    client = sign_in(sun)
    assert cast.group not in shown(client.get(PICTURE))
    assert cast.group in shown(client.get(PICTURE, {"on": day(-1)}))
    assert Group.objects.get(pk=cast.group.pk).ends_on == day(-1)


def shown(page):
    return [card["group"] for card in page.context["cards"]]


@pytest.mark.parametrize("on", ["x", "2999-01-01", "1800-01-01", "%00"])
def test_a_day_that_cannot_be_is_explained(sign_in, cast, on):
    client = sign_in(cast.lin)
    for url in (PICTURE, cast.group.get_absolute_url(), reverse("alliance:group-list")):
        page = client.get(f"{url}?on={on}")
        assert page.status_code == 200 and "filter-error" in page.text
    assert client.get(f"{UNITS}?on={on}").status_code == 200
