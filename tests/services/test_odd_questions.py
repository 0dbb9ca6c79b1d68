"""Whoever types an address himself is answered like anybody else: never by a broken page."""

import pytest
from django.urls import reverse

from tests import make

pytestmark = pytest.mark.django_db
LISTS = ("need-list", "need-kanban", "needs-desk", "board", "board-rows")


@pytest.mark.parametrize("page", LISTS)
def test_the_first_and_the_last_day_of_all_are_days_too(client, cast, sun, page):
    make.need(cast.lin_unit)
    client.force_login(sun)
    for day in ("0001-01-01", "0001-01-02", "9999-12-31"):
        for name in ("since", "until"):
            answer = client.get(reverse(f"services:{page}"), {name: day})
            assert answer.status_code == 200, (name, day)


def test_since_the_first_day_and_until_the_last_are_all_of_them(client, cast, sun):
    need = make.need(cast.lin_unit)
    client.force_login(sun)
    url = reverse("services:need-list")
    for query, found in (({"since": "0001-01-01"}, [need]), ({"until": "9999-12-31"}, [need])):
        assert list(client.get(url, query).context["object_list"]) == found
    assert not client.get(url, {"until": "0001-01-01"}).context["object_list"]


def test_a_day_that_is_none_has_no_page(client, sun):
    client.force_login(sun)
    for day in ("1999/12/31", "2026/13/1", "2026/2/30", "99999999999/1/1", "2026/99999999999/1"):
        assert client.get(f"/services/calendar/{day}/").status_code == 404, day
