"""The lists: what hurts comes first, filters narrow, figures open exactly their rows."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from services.actions import progress, projects, solving
from services.models import Need, Project
from services.models.needs import OF_THE_OFFICE
from tests import make

pytestmark = pytest.mark.django_db
NEEDS = reverse("services:need-list")


def rows(response):
    return [row.pk for row in response.context["object_list"]]


@pytest.mark.parametrize("reader", ["sun", "wu"])
@pytest.mark.parametrize("name", ["need", "resource", "project"])
def test_a_list_asks_as_many_questions_for_thirty_rows_as_for_three(
    cast, sun, client, reader, name
):
    def grow(number):
        for _ in range(number):
            make.need(cast.lin_unit, "in_progress", taken_by=cast.wu_unit, office=sun)

    client.force_login({"sun": sun, "wu": cast.wu}[reader])
    url = reverse(f"services:{name}-list")
    client.get(url)
    counts = []
    for more in (3, 22):
        grow(more)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            response = client.get(url)
        assert len(rows(response)) == min(Need.objects.count(), 25)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 12, counts


@pytest.mark.parametrize("reader", ["sun", "lin", "wu", "zhao"])
def test_a_detail_asks_at_most_twelve_questions(cast, sun, client, reader):
    client.force_login({"sun": sun, "lin": cast.lin, "wu": cast.wu, "zhao": cast.zhao}[reader])
    pages = [
        make.need(cast.lin_unit, status, taken_by=cast.wu_unit).get_absolute_url()
        for status in Need.PUBLISHED
    ]
    if reader != "zhao":
        pages.append(Project.objects.first().get_absolute_url())
    pages.append(make.resource().get_absolute_url())
    client.get(pages[0])
    for page in pages:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page).status_code == 200
        assert len(queries) <= 12, (page, "\n".join(query["sql"][:150] for query in queries))


def test_filters_by_status_category_words_and_group(cast, sun, sign_in):
    mine = make.need(cast.lin_unit, category="policy", title="人才公寓政策")
    other = make.need(cast.zhao_unit, "published", category="finance", title="贷款贴息")
    client = sign_in(sun)
    for query, expected in {
        "": {mine.pk, other.pk},
        "status=published": {other.pk},
        "category=policy": {mine.pk},
        "q=公寓": {mine.pk},
        f"q={other.number}": {other.pk},
        f"group={cast.group.pk}": {mine.pk},
        f"group={cast.other_group.pk}&category=policy": set(),
        "q=%25": set(),  # a percent sign is a letter, not a wildcard
    }.items():
        response = client.get(f"{NEEDS}?{query}")
        assert set(rows(response)) == expected, query
        assert f'data-count="{len(expected)}"' in response.text


@pytest.mark.parametrize("query", ["status=x", "category=1", "group=x", "figure=all", "page=x"])
def test_an_impossible_filter_is_a_page_not_an_error(cast, sun, sign_in, query):
    make.need(cast.lin_unit)
    response = sign_in(sun).get(f"{NEEDS}?{query}")
    assert response.status_code == 200
    assert len(rows(response)) == 1


def test_a_unit_filters_only_by_groups_it_may_see(cast, sign_in):
    page = sign_in(cast.wu).get(f"{NEEDS}?more=1").text
    assert str(cast.group) in page
    assert str(cast.other_group) not in page


def test_each_figure_opens_exactly_its_rows(cast, sun, sign_in):
    made = {status: make.need(cast.lin_unit, status) for status in Need.Status.values}
    made["lead"] = made["merged"].merged_into
    client = sign_in(sun)
    expected = {
        "collected": {"lead", *Need.PUBLISHED},
        "matched": {"in_progress", "offered", "solved", "closed"},
        "solved": {"solved", "closed"},
    }
    for figure, statuses in expected.items():
        response = client.get(NEEDS, {"figure": figure})
        assert set(rows(response)) == {made[status].pk for status in statuses}
        assert f'data-count="{getattr(Need.objects, figure)().count()}"' in response.text


def test_what_waits_for_whom(cast, sun, sign_in):
    made = {
        status: make.need(cast.lin_unit, status, taken_by=cast.wu_unit)
        for status in Need.Status.values
    }
    secret = make.need(cast.lin_unit, "published", audience="office")
    lead = made["merged"].merged_into.pk

    def listed(user, part):
        return set(rows(sign_in(user).get(NEEDS, {"mine": part})))

    def of(*statuses):
        return {made[status].pk for status in statuses}

    assert listed(cast.lin, "todo") == of("returned", "offered")
    assert listed(cast.wu, "todo") == of("dispatched", "accepted", "in_progress")
    assert listed(cast.zhao, "todo") == set()
    assert listed(sun, "todo") == of(*OF_THE_OFFICE) | {secret.pk}
    assert listed(cast.lin, "filed") == of(*Need.Status.values) | {secret.pk}
    assert listed(cast.wu, "owed") == of(*Need.PUBLISHED[1:])
    assert listed(cast.wu, "takeable") == listed(cast.zhao, "takeable") == of("published") | {lead}
    assert listed(cast.lin, "takeable") == {lead}


def test_htmx_receives_the_table_alone(cast, sun, sign_in):
    make.need(cast.lin_unit)
    for name in ("need", "resource", "project"):
        url = reverse(f"services:{name}-list")
        part = sign_in(sun).get(url, headers={"hx-request": "true"}).text
        assert "<html" not in part
        assert "data-count" in part


def test_an_empty_list_offers_the_first_step(cast, sun, sign_in):
    for name in ("need", "resource"):
        page = sign_in(sun).get(reverse(f"services:{name}-list")).text
        assert page.count(reverse(f"services:{name}-create")) >= 2
    assert "这里会列出" in sign_in(sun).get(reverse("services:project-list")).text


def test_resources_by_category_unit_and_day(cast, sun, sign_in):
    today = timezone.localdate()
    hall = make.resource(cast.lin_unit, category="venue", title="报告厅")
    gone = make.resource(cast.wu_unit, title="旧专家", free_until=today - timedelta(days=1))
    client = sign_in(cast.zhao)
    url = reverse("services:resource-list")
    for query, expected in {
        "": {hall.pk, gone.pk},
        "category=venue": {hall.pk},
        f"unit={cast.wu_unit.pk}": {gone.pk},
        "free=today": {hall.pk},
        "q=报告": {hall.pk},
    }.items():
        assert set(rows(client.get(f"{url}?{query}"))) == expected, query
    for name in ("resource-list", "resource-table"):
        assert "不在有效期内" in client.get(reverse(f"services:{name}")).text


def test_the_progress_of_a_project_is_that_of_its_latest_note(cast, sun, sign_in):
    need = make.need(cast.lin_unit, "accepted")
    project = projects.start(need, name="项目", resources=[make.resource()], by=sun)
    now = timezone.now()
    progress.note(project, text="后写", percent=70, by=sun, at=now)
    progress.note(project, text="补写较早的", percent=20, by=sun, at=now - timedelta(days=3))
    page = sign_in(sun).get(reverse("services:project-list")).text
    assert 'value="70"' in page
    solving.offer(need, text="办好", by=sun)
    assert "后写" in sign_in(cast.lin).get(project.get_absolute_url()).text
