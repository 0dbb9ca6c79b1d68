"""Pages ask the database a constant number of questions."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import Term
from tests import make

pytestmark = pytest.mark.django_db
MOST = 12


def questions(client, url):
    client.get(url)  # content types and the like are asked once per process
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def fill(cast, number):
    plain = make.post("委员", leads=False, sole=False)
    for _number in range(number):
        branch = make.organization(cast.lin_branch)
        make.unit(branch)
        person = make.member(cast.lin_branch, phone="13800001234")
        make.secretary(branch)
        Term.objects.create(
            organization=cast.lin_branch, post=plain, member=person, starts_on=make.LONG_AGO
        )
        make.activity(cast.lin_branch, host=person)


@pytest.mark.parametrize("name", ["organization", "unit", "person", "activity"])
def test_lists_do_not_ask_more_for_more_rows(sign_in, sun, cast, name):
    url = reverse(f"members:{name}-list")
    for user in (sun, cast.lin):
        client = sign_in(user)
        fill(cast, 3)
        few = questions(client, url)
        fill(cast, 20)
        assert questions(client, url) == few <= MOST
        assert questions(client, f"{url}?organization={cast.lin_branch.pk}&q=x") <= MOST
        assert questions(client, f"{url}?organization={cast.lin_branch.pk}") <= MOST


def test_details_do_not_ask_more_for_more_rows(sign_in, sun, cast):
    fill(cast, 3)
    activity = cast.lin_branch.activities.first()
    pages = (cast.lin_branch, cast.lin_member, cast.lin_unit, activity)
    for user in (sun, cast.lin):
        client = sign_in(user)
        few = [questions(client, page.get_absolute_url()) for page in pages]
        fill(cast, 15)
        assert [questions(client, page.get_absolute_url()) for page in pages] == few
        assert max(few) <= MOST, few


def test_another_day_asks_no_more_than_today(sign_in, sun, cast):
    names = ("organization-list", "organization-chart")
    pages = [*(reverse(f"members:{name}") for name in names), cast.lin_branch.get_absolute_url()]
    for user in (sun, cast.lin):
        client = sign_in(user)
        few = [questions(client, f"{url}?on=2025-06-30") for url in pages]
        fill(cast, 15)
        assert [questions(client, f"{url}?on=2025-06-30") for url in pages] == few
        assert max(few) <= MOST, few


def test_the_form_does_not_ask_more_for_more_members(sign_in, cast):
    client, url = sign_in(cast.lin), reverse("members:activity-create")
    fill(cast, 3)
    few = questions(client, url)
    fill(cast, 20)
    assert questions(client, url) == few <= MOST


def test_the_roster_with_every_filter_stays_within_the_limit(sign_in, sun, cast):
    fill(cast, 30)
    post = make.post("委员", leads=False, sole=False)
    query = f"organization={cast.lin_branch.pk}&post={post.pk}&gender=female&age_to=150"
    url = reverse("members:person-list")
    for user in (sun, cast.lin):
        client = sign_in(user)
        for sort in ("", "organization", "-age", "post"):
            assert questions(client, f"{url}?{query}&sort={sort}") <= MOST
            assert questions(client, f"{url}?sort={sort}&count=all&page=2") <= MOST
