"""Pages of the charter ask the database a constant number of questions."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests import make

pytestmark = pytest.mark.django_db
MOST = 14


def questions(client, url):
    client.get(url)  # content types and the like are asked once per process
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def grow(cast, number):
    """More units that sit and sign, more versions, more articles."""
    for _number in range(number):
        make.seat(make.unit(), cast.group)
    last = make.regulation_draft(
        "rota", body="\n".join(f"第{n}条 内容。" for n in range(1, 5 + number))
    )
    from alliance.actions import regulations

    before = regulations.open_version("rota")
    first = before.starts_on + timedelta(days=1) if before else timezone.localdate()
    regulations.adopt(last, starts_on=first, adopted_how="通过", by=None)
    return last


def test_pages_do_not_ask_more_for_more_rows(sign_in, sun, cast):
    first = grow(cast, 2)
    paths = [
        reverse("alliance:regulation-list"),
        first.get_absolute_url(),
        reverse("alliance:regulation-signatures", args=[first.pk]),
        reverse("alliance:regulation-compare", args=[first.pk]),
    ]
    grow(cast, 2)
    few = {}
    for user in (sun, cast.lin):
        client = sign_in(user)
        few[user] = [questions(client, path) for path in paths if user is sun or "sign" not in path]
    for _number in range(4):
        grow(cast, 6)
    for user in (sun, cast.lin):
        client = sign_in(user)
        many = [questions(client, path) for path in paths if user is sun or "sign" not in path]
        assert many == few[user]
        assert max(many) <= MOST, many


def test_adopting_asks_no_more_for_more_units(cast, django_assert_max_num_queries):
    for _number in range(40):
        make.seat(make.unit(), cast.group)
    from alliance.actions import regulations

    draft = make.regulation_draft()
    with django_assert_max_num_queries(25):
        regulations.adopt(draft, starts_on=timezone.localdate(), adopted_how="通过", by=None)
    assert draft.sign_offs.count() == 43
