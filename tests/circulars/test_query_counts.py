"""Pages ask a constant number of questions, however many a circular went to."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from nanchuan.circulars.actions import answers
from nanchuan.circulars.models import Target
from tests import make, make_circulars

pytestmark = pytest.mark.django_db
MOST, MOST_OF_TABLE = 12, 15


def questions(client, url):
    client.get(url)  # content types and the like are asked once per process
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def pages(circular, row):
    """(address, the most that it may ask, for whom besides the office)"""
    table = reverse("circulars:circular-table", args=[circular.pk])
    return [
        (reverse("circulars:circular-list"), MOST, True),
        (f"{reverse('circulars:circular-list')}?q=准备&only=open&year=2026", MOST, True),
        (circular.get_absolute_url(), MOST, True),
        (row.get_absolute_url(), MOST, True),
        (table, MOST_OF_TABLE, True),
        (f"{table}?state=missing", MOST_OF_TABLE, True),
        (f"{table}?export=xlsx", MOST_OF_TABLE, False),
        (reverse("circulars:circular-remind", args=[circular.pk]), MOST, False),
        (reverse("circulars:circular-create"), MOST, False),
    ]


def sent(cast, sun):
    circular = make_circulars.circular(
        Target(kind="park"), questions=["做法", {"text": "人数", "kind": "number"}], by=sun
    )
    for row in circular.addressees.select_related("circular")[1:]:
        answers.read([row], by=sun)
        make_circulars.submitted(row, sun)
    return circular


def test_more_addressees_ask_no_more(sign_in, cast, sun):
    ContentType.objects.get_for_model(ContentType)
    seen, boss = [], make.secretary(cast.root).user
    for more in (0, 25):
        for _number in range(more):
            make.organization(cast.root)
        circular = sent(cast, sun)
        for user in (sun, boss):
            client = sign_in(user)
            row = circular.addressees.first()
            found = {}
            for page, most, is_for_all in pages(circular, row):
                if user == sun or is_for_all:
                    kind = page.replace(f"/{circular.pk}/", "/-/").replace(f"/{row.pk}/", "/-/")
                    found[kind] = questions(client, page)
                    assert found[kind] <= most, (page, found[kind])
            seen.append(found)
    assert seen[0] == seen[2]
    assert seen[1] == seen[3]


def test_the_forms_of_a_draft_and_of_an_answer(sign_in, cast, sun):
    draft = make_circulars.draft(cast.lin_branch, questions=["做法"], by=sun)
    client = sign_in(sun)
    for name in ("detail", "edit", "ask", "publish", "receivers"):
        page = reverse(f"circulars:circular-{name}", args=[draft.pk])
        assert questions(client, page) <= MOST, (name, questions(client, page))
    circular = make_circulars.circular(
        cast.lin_branch, questions=[{"text": "人数", "source": "members"}], by=sun
    )
    row = circular.addressees.get()
    client = sign_in(cast.lin)
    assert questions(client, reverse("circulars:addressee-answer", args=[row.pk])) <= MOST
    assert questions(client, circular.get_absolute_url()) <= MOST
