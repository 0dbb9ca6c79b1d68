"""Lists whose question is kept for a day answer what is so now."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import make

pytestmark = pytest.mark.django_db
ROWS = "/services/resources/figures/{}/"
OWN = [ROWS.format(name) for name in ("bookings", "resources", "commitments")]
FIGURES = [("sun", page) for page in (*OWN, ROWS.format("needs"))]
FIGURES += [(name, page) for name in ("wu", "zhao") for page in OWN]


def rows(client, page):
    return [row.pk for row in client.get(page).context["object_list"]]


@pytest.mark.parametrize("name", ["resource-table", "need-list", "project-list"])
def test_who_joins_a_group_is_found_in_it_at_once(cast, sun, sign_in, name):
    """Also on the day on which somebody has asked for the group already."""
    client = sign_in(sun)
    outside = make.unit()
    made = {
        "resource-table": lambda: make.resource(outside),
        "need-list": lambda: make.need(outside, "published"),
        "project-list": lambda: make.project(lead=outside),
    }[name]()
    page = f"{reverse(f'services:{name}')}?group={cast.group.pk}"
    assert made.pk not in rows(client, page)
    make.seat(outside, cast.group)
    assert made.pk in rows(client, page)
    assert rows(client, f"{page}&count=all") == rows(client, page)


@pytest.mark.parametrize(("name", "page"), FIGURES)
def test_the_rows_of_a_number_are_those_that_are_counted(cast, sun, sign_in, page, name):
    user = sun if name == "sun" else getattr(cast, name)
    client, found = sign_in(user), []
    for _ in range(2):
        gift = make.resource(cast.wu_unit, capacity=3)
        make.booking(gift, cast.zhao_unit)
        make.project(make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit), resources=[gift])
        for query in ("", f"&unit={cast.wu_unit.pk}", "&side=had", "&since=2020-01-01"):
            shown = rows(client, f"{page}?{query}")
            assert shown == rows(client, f"{page}?count=all{query}"), query
            if not query:
                found.append(len(shown))
    assert name == "zhao" or found[1] > found[0] > 0


@pytest.mark.parametrize("name", ["sun", "wu"])
@pytest.mark.parametrize(
    "page",
    [
        *OWN,
        "/services/resources/?free=today",
        "/services/resources/table/?group={group}",
        "/services/bookings/?part=given",
        "/services/needs/?group={group}",
        "/services/projects/?group={group}",
    ],
)
def test_narrowed_lists_ask_at_most_twelve_questions(cast, sun, sign_in, page, name):
    client, counts = sign_in(sun if name == "sun" else cast.wu), []
    page = page.format(group=cast.group.pk)
    for number in (2, 6):
        for _ in range(number):
            gift = make.resource(cast.wu_unit, capacity=3, is_timed=number % 4 == 0)
            make.need(cast.lin_unit, "in_progress", taken_by=cast.wu_unit)
            if not gift.is_timed:
                make.booking(gift, cast.zhao_unit)
        client.get(page)
        with CaptureQueriesContext(connection) as queries:
            client.get(page)
        counts.append(len(queries))
    assert max(counts) <= 12, counts
