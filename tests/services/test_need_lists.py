"""The list of needs: several filters at once, an order, and a file of exactly what is shown."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from services.actions import dispatching, work
from services.models import Need, Pause
from tests import make

pytestmark = pytest.mark.django_db
NEEDS = reverse("services:need-list")
DAY = timedelta(days=1)
SECRET, NEUTRAL = "隐语甲公司缺料", "某类原料短缺"


def rows(response):
    return [row.pk for row in response.context["object_list"]]


def sheet(response):
    """The lines of the file, each as {header: cell}."""
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response)))
    header, *lines = book.worksheets[0].values
    return [dict(zip(header, line, strict=True)) for line in lines]


def due(need, days):
    """It is due so many days from now."""
    Need.objects.filter(pk=need.pk).update(due_at=timezone.now() + days * DAY)


@pytest.fixture
def park(cast, sun):
    """Needs that differ in everything that is filtered by."""
    now = timezone.now()
    mine = make.need(cast.lin_unit, "in_progress", taken_by=cast.wu_unit, category="policy")
    other = make.need(
        cast.zhao_unit, "published", category="finance", urgency="urgent", at=now - 40 * DAY
    )
    solved = make.need(cast.wu_unit, "solved", taken_by=cast.lin_unit, category="policy")
    told = make.need(cast.lin_unit, "dispatched", taken_by=cast.zhao_unit, urgency="soon")
    held = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)
    lasting = make.need(cast.zhao_unit, "accepted", taken_by=cast.lin_unit)
    Pause.objects.create(need=held, why="hold", started_at=now)
    Need.objects.filter(pk=lasting.pk).update(long_term_since=now, due_at=None)
    Need.objects.filter(pk=held.pk).update(due_at=None)
    due(mine, -3)
    due(told, 30)
    due(other, 0.01)
    names = ("mine", "other", "solved", "told", "held", "lasting")
    return dict(zip(names, (mine, other, solved, told, held, lasting), strict=True))


OFFICE = {
    "": {"mine", "other", "solved", "told", "held", "lasting"},
    "status=dispatched": {"told"},
    "category=policy": {"mine", "solved"},
    "urgency=urgent": {"other"},
    "category=policy&open=1": {"mine"},
    "open=0": {"solved"},
    "stage=take": {"other", "told"},
    "stage=work": {"mine", "held", "lasting"},
    "due=overdue": {"mine"},
    "due=soon": {"other"},
    "due=risk": {"mine", "other"},
    "due=risk&urgency=urgent": {"other"},
    "long_term=1": {"lasting"},
    "hold=1": {"held"},
    "rating=5": {"solved"},
    "rating=1": set(),
    "auto=1": set(),
    "figure=solved": {"solved"},
    "status=closed&category=policy": set(),
}


@pytest.mark.parametrize("query", OFFICE)
def test_filters_narrow_alone_and_together(park, sun, sign_in, query):
    response = sign_in(sun).get(f"{NEEDS}?{query}")
    assert set(rows(response)) == {park[name].pk for name in OFFICE[query]}
    assert f'data-count="{len(OFFICE[query])}"' in response.text


def test_filters_by_units_groups_and_days(park, cast, sun, sign_in):
    client = sign_in(sun)
    today = timezone.localdate()
    for query, names in {
        f"unit={cast.lin_unit.pk}": {"mine", "told", "held"},
        f"responsible={cast.zhao_unit.pk}": {"told"},
        f"responsible={cast.wu_unit.pk}&unit={cast.lin_unit.pk}": {"mine", "held"},
        f"group={cast.other_group.pk}": {"other", "lasting"},
        f"since={today - 10 * DAY}": {"mine", "solved", "told", "held", "lasting"},
        f"until={today - 10 * DAY}": {"other"},
        f"since={today - 41 * DAY}&until={today - 39 * DAY}": {"other"},
    }.items():
        assert set(rows(client.get(f"{NEEDS}?{query}"))) == {park[name].pk for name in names}, query


def test_what_is_late_first_then_what_is_urgent_new_or_old(park, sun, sign_in):
    client = sign_in(sun)
    listed = rows(client.get(NEEDS))
    assert listed[:3] == [park[name].pk for name in ("mine", "other", "told")]
    assert listed[-1] == park["solved"].pk
    urgent = rows(client.get(f"{NEEDS}?sort=urgent"))
    assert urgent[:2] == [park["other"].pk, park["told"].pk]
    assert urgent[-1] == park["solved"].pk
    newest = list(Need.objects.order_by("-filed_at", "-pk").values_list("pk", flat=True))
    assert rows(client.get(f"{NEEDS}?sort=new")) == newest
    assert rows(client.get(f"{NEEDS}?sort=old")) == newest[::-1]


@pytest.mark.parametrize("query", ["sort=title", "sort=-pk", "due=x", "rating=9", "stage=all"])
def test_an_impossible_filter_or_order_is_a_sentence_not_an_error(park, sun, sign_in, query):
    response = sign_in(sun).get(f"{NEEDS}?{query}")
    assert response.status_code == 200
    assert len(rows(response)) == len(park)


def test_the_filter_can_be_kept_under_a_name(park, sun, sign_in):
    client = sign_in(sun)
    page = client.get(f"{NEEDS}?category=policy&open=1")
    client.post(
        reverse("accounts:view-save"), {"saving": page.context["saving"], "name": "政策未结"}
    )
    again = client.get(NEEDS)
    assert "政策未结" in again.text
    view = again.context["saved_views"][0]
    assert rows(client.get(view.get_absolute_url())) == [park["mine"].pk]


def test_units_do_not_learn_from_a_filter_what_no_page_shows(park, cast, sign_in):
    """Wu sees Zhao's published need by its public face: whose it is and when it is due, no
    filter says."""
    client = sign_in(cast.wu)
    assert park["other"].pk in rows(client.get(NEEDS))
    for query in (
        f"unit={cast.zhao_unit.pk}",
        "due=risk",
        "due=soon",
        f"responsible={cast.zhao_unit.pk}",
        "long_term=1",
        "rating=5&mine=takeable",
    ):
        listed = rows(client.get(f"{NEEDS}?{query}"))
        assert not {park["other"].pk, park["told"].pk, park["lasting"].pk} & set(listed), query
    page = client.get(f"{NEEDS}?sort=due")
    assert rows(page) == rows(client.get(f"{NEEDS}?sort=new"))
    assert 'value="due"' not in page.text
    assert set(rows(client.get(f"{NEEDS}?due=overdue"))) == {park["mine"].pk}  # Wu owes it


def secret(cast, **kwargs):
    made = make.need(cast.lin_unit, "published", title=SECRET, content=f"{SECRET}的详情", **kwargs)
    Need.objects.filter(pk=made.pk).update(public_title=NEUTRAL)
    made.refresh_from_db()
    made.refresh_words()
    made.save()
    return made


def test_others_see_the_public_face_in_the_list_and_in_the_file(cast, sign_in):
    need = secret(cast)
    client = sign_in(cast.zhao)
    page = client.get(NEEDS).text
    assert NEUTRAL in page
    assert SECRET not in page
    assert str(cast.lin_unit) not in page
    [line] = sheet(client.get(f"{NEEDS}?export=xlsx"))
    told = [str(cell) for cell in line.values() if cell]
    assert need.number in told
    assert any(NEUTRAL in cell for cell in told)
    assert not any(
        word in cell for cell in told for word in (SECRET, cast.lin_unit.name, "联系人", "138")
    )


@pytest.mark.parametrize("reader", ["sun", "lin", "wu", "zhao"])
@pytest.mark.parametrize(
    "query", ["", "category=policy", "open=1&sort=old", "due=risk", "q=需-", "stage=work", "q=xyz"]
)
def test_the_file_has_exactly_the_rows_of_the_list(  # noqa: PLR0917
    park, cast, sun, sign_in, reader, query
):
    client = sign_in({"sun": sun}.get(reader) or getattr(cast, reader))
    shown = client.get(f"{NEEDS}?{query}").context["object_list"]
    if not shown:
        return
    lines = sheet(client.get(f"{NEEDS}?{query}&export=xlsx"))
    assert [line["编号"] for line in lines] == [need.number for need in shown]
    for line, need in zip(lines, shown, strict=True):
        assert line["状态"] == need.get_status_display()
        assert line["类别"] == need.get_category_display()
        own = need.face.is_whole
        assert bool(line["企业"] and cast.lin_unit.name in line["企业"]) == (
            own and need.unit == cast.lin_unit
        )


@pytest.mark.parametrize("reader", ["sun", "wu"])
@pytest.mark.parametrize("name", ["need-list", "need-kanban", "needs-mine", "needs-desk"])
def test_each_page_asks_as_many_questions_for_thirty_rows_as_for_three(
    cast, sun, client, reader, name
):
    if (name, reader) in {("needs-mine", "sun"), ("needs-desk", "wu")}:
        return
    client.force_login({"sun": sun, "wu": cast.wu}[reader])

    def grow(number):
        for _ in range(number):
            made = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit, office=sun)
            dispatching.ask_help(made, units=[cast.zhao_unit], by=sun)
            work.hold(made, reason="等批复", expected_on=timezone.localdate() + 9 * DAY, by=sun)
            make.need(cast.wu_unit, "solved", taken_by=cast.lin_unit, office=sun)
            make.need(cast.zhao_unit, "published", office=sun)

    url, counts = reverse(f"services:{name}"), []
    client.get(url)
    for more in (1, 9):
        grow(more)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1], "\n".join(query["sql"][:150] for query in queries)
    assert counts[0] <= (12 if name == "need-list" else 15), counts


def test_list_and_board_lead_to_each_other_with_the_same_filter(park, sun, sign_in):
    client = sign_in(sun)
    query = "category=policy&open=1"
    board = reverse("services:need-kanban")
    assert f"{board}?category=policy&amp;open=1" in client.get(f"{NEEDS}?{query}&page=1").text
    assert f"{NEEDS}?category=policy&amp;open=1" in client.get(f"{board}?{query}").text
