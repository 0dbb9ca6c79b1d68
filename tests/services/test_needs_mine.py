"""What a unit has to do with needs: what it asked for, what it owes, what it may take."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from services.actions import dispatching
from services.models import CoFiler, Need, NeedDraft
from tests import make

pytestmark = pytest.mark.django_db
MINE = reverse("services:needs-mine")


def part(client, name):
    return client.get(MINE, {"part": name})


def test_the_next_step_stands_on_top_then_drafts_then_what_is_open_then_what_is_done(
    cast, sun, sign_in
):
    made = {
        status: make.need(cast.lin_unit, status, taken_by=cast.wu_unit, office=sun)
        for status in ("submitted", "returned", "in_progress", "offered", "closed", "withdrawn")
    }
    NeedDraft.objects.create(by=cast.lin, typed={"title": "写了一半的需求"})
    NeedDraft.objects.create(by=cast.wu, typed={"title": "别人的草稿"})
    page = part(sign_in(cast.lin), "filed")
    assert {need.pk: str(need.next) for need in page.context["next"]} == {
        made["returned"].pk: "请补充材料",
        made["offered"].pk: "请确认并评价",
    }
    assert {need.pk for need in page.context["open"]} == {
        made["submitted"].pk,
        made["in_progress"].pk,
    }
    assert {need.pk for need in page.context["done"]} == {made["closed"].pk, made["withdrawn"].pk}
    text = page.text
    places = [text.index(word) for word in ("等您办理", "写了一半的需求", "正在办的", "最近办完的")]
    assert places == sorted(places)
    assert "别人的草稿" not in text


def test_who_asks_together_sees_the_order_but_has_nothing_to_confirm(cast, sun, sign_in):
    need = make.need(cast.lin_unit, "offered", taken_by=cast.wu_unit, office=sun)
    CoFiler.objects.create(need=need, unit=cast.zhao_unit, admitted_at=timezone.now())
    page = part(sign_in(cast.zhao), "filed")
    assert page.context["next"] == []
    assert [row.pk for row in page.context["open"]] == [need.pk]
    assert "共同提出" in page.text


def test_who_only_asked_to_join_sees_nothing_yet(cast, sun, sign_in):
    need = make.need(cast.lin_unit, "published", office=sun)
    CoFiler.objects.create(need=need, unit=cast.zhao_unit, admitted_at=None)
    assert part(sign_in(cast.zhao), "filed").context["open"] == []


def test_what_is_owed_stands_by_time_left_and_says_how_the_clock_stands(cast, sun, sign_in):
    made = {
        status: make.need(cast.lin_unit, status, taken_by=cast.wu_unit, office=sun)
        for status in ("dispatched", "accepted", "in_progress", "offered")
    }
    now = timezone.now()
    for status, days in (("dispatched", 4), ("accepted", -3), ("in_progress", 9)):
        made[status].clocks.filter(done_at=None, stopped_at=None).update(
            started_at=now - timedelta(days=30), due_at=now + timedelta(days=days)
        )
        Need.objects.filter(pk=made[status].pk).update(due_at=now + timedelta(days=days))
    page = part(sign_in(cast.wu), "owed")
    order = ["accepted", "dispatched", "in_progress", "offered"]
    assert [need.pk for need in page.context["needs"]] == [made[status].pk for status in order]
    words = [str(need.next) for need in page.context["needs"]]
    assert words == ["请联系企业", "请接单", "请办理", "None"]
    assert "逾期" in page.text
    assert "还剩" in page.text


def test_what_is_only_helped_with_is_marked_and_has_its_own_time(cast, sun, sign_in):
    need = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit, office=sun)
    dispatching.ask_help(need, units=[cast.zhao_unit], by=sun)
    page = part(sign_in(cast.zhao), "owed")
    [row] = page.context["needs"]
    assert (row.pk, row.assists, row.due.label) == (need.pk, True, "协办")
    assert "协办" in page.text
    dispatching.finish_help(need, result="已协助", by=cast.zhao)
    assert part(sign_in(cast.zhao), "owed").context["needs"] == []


def test_what_may_be_taken_is_told_by_its_public_face(cast, sun, sign_in):
    need = make.need(cast.lin_unit, "published", title="隐语标题甲", office=sun)
    make.need(cast.zhao_unit, "published", audience="group", title="隐语标题乙", office=sun)
    own = make.need(cast.wu_unit, "published", title="自己提出的", office=sun)
    page = part(sign_in(cast.wu), "take")
    assert [row.pk for row in page.context["needs"]] == [need.pk]
    assert "隐语" not in page.text
    assert str(cast.lin_unit) not in page.text
    assert own.title not in page.text


def test_the_parts_count_what_they_show_and_the_first_with_something_opens(cast, sun, sign_in):
    make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit, office=sun)
    make.need(cast.lin_unit, "published", office=sun)
    page = sign_in(cast.wu).get(MINE)
    assert {key: number for key, _words, number, _now in page.context["parts"]} == {
        "filed": 0,
        "owed": 1,
        "take": 1,
    }
    assert page.context["part"] == "owed"
    assert sign_in(cast.lin).get(MINE).context["part"] == "filed"
    assert sign_in(cast.lin).get(f"{MINE}?part=x").status_code == 200


def test_the_office_has_no_orders_of_its_own(sun, sign_in):
    assert sign_in(sun).get(MINE).status_code == 403


def test_phone_and_sidebar_lead_here(cast, sun, sign_in):
    assert f'href="{MINE}"' in sign_in(cast.lin).get("/").text
    home = sign_in(sun).get("/").text
    assert f'href="{MINE}"' not in home
    assert reverse("services:needs-desk") in home


@pytest.mark.parametrize("name", ["filed", "owed", "take"])
def test_a_part_asks_few_questions_and_no_more_for_more_orders(
    cast, sun, sign_in, name, django_assert_max_num_queries
):
    for _ in range(3):
        make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit, office=sun)
        make.need(cast.lin_unit, "published", office=sun)
    client = sign_in(cast.lin if name == "filed" else cast.wu)
    part(client, name)
    with django_assert_max_num_queries(15):
        part(client, name)
