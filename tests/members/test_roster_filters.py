"""The filters of the roster combine, count right, and stop at the scope of the reader."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from members.models import Absence, Term
from nanchuan.kernel import paging
from nanchuan.kernel.periods import months_after
from tests import make

pytestmark = pytest.mark.django_db
LIST = reverse("members:person-list")


def years_ago(years, days=0):
    return months_after(timezone.localdate(), -12 * years) + timedelta(days=days)


def names(client, **query):
    page = client.get(LIST, query)
    assert page.status_code == 200
    listed = [person.name for person in page.context["object_list"]]
    assert page.context["row_count"] == len(listed)
    return listed


@pytest.fixture
def four(cast):
    """Four people of Lin's branch, each with something of their own."""
    for old in (cast.lin_member, cast.wu_member, cast.zhao_member):
        old.memberships.update(standing="suspended")
    facts = {
        "安一": {"gender": "male", "born_on": years_ago(30), "joined_on": years_ago(5)},
        "白二": {"education": "doctor", "born_on": years_ago(31, 1), "joined_on": years_ago(10)},
        "陈三": {"ethnicity": "藏族", "born_on": years_ago(60), "joined_on": years_ago(5, 1)},
        "丁四": {"gender": "male", "education": "doctor"},
    }
    people = {name: make.member(cast.lin_branch, name=name, **row) for name, row in facts.items()}
    plain = make.post("组织委员", leads=False, sole=False)
    Term.objects.create(
        organization=cast.lin_branch, post=plain, member=people["白二"], starts_on=make.LONG_AGO
    )
    Absence.objects.create(member=people["陈三"], kind="mobile", starts_on=make.LONG_AGO)
    Absence.objects.create(member=people["丁四"], kind="out_of_touch", starts_on=make.LONG_AGO)
    Absence.objects.create(
        member=people["安一"], kind="mobile", starts_on=make.LONG_AGO, ends_on=date(2024, 2, 1)
    )
    return people | {"post": plain}


def test_each_filter_leaves_whom_it_names(sign_in, sun, four):
    client = sign_in(sun)
    for query, expected in (
        ({}, ["安一", "白二", "陈三", "丁四"]),
        ({"gender": "male"}, ["安一", "丁四"]),
        ({"education": "doctor"}, ["白二", "丁四"]),
        ({"ethnicity": "藏"}, ["陈三"]),
        ({"post": four["post"].pk}, ["白二"]),
        ({"away": "mobile"}, ["陈三"]),
        ({"away": "out_of_touch"}, ["丁四"]),
        ({"age_from": 31}, ["陈三"]),
        ({"age_from": 30, "age_to": 30}, ["安一", "白二"]),
        ({"age_to": 59}, ["安一", "白二"]),
        ({"years_from": 5}, ["安一", "白二"]),
        ({"years_to": 4}, ["陈三"]),
        ({"gender": "male", "education": "doctor", "q": "ds"}, ["丁四"]),
        ({"gender": "male", "education": "doctor", "q": "bai"}, []),
        ({"away": "mobile", "age_from": 60, "ethnicity": "藏族", "years_to": 4}, ["陈三"]),
    ):
        assert names(client, **query) == expected, query


def test_the_list_is_sorted_as_asked(sign_in, sun, cast, four):
    four["安一"].memberships.update(organization=cast.wu_branch)
    client = sign_in(sun)
    for sort, expected in (
        ("", ["安一", "白二", "陈三", "丁四"]),
        ("organization", ["白二", "陈三", "丁四", "安一"]),
        ("-age", ["陈三", "白二", "安一", "丁四"]),
        ("age", ["安一", "白二", "陈三", "丁四"]),
        ("-years", ["白二", "安一", "陈三", "丁四"]),
        ("years", ["陈三", "安一", "白二", "丁四"]),
        ("post", ["白二", "安一", "陈三", "丁四"]),
        ("id_number", ["安一", "白二", "陈三", "丁四"]),
        ("user__password", ["安一", "白二", "陈三", "丁四"]),
    ):
        assert names(client, sort=sort) == expected, sort


@pytest.mark.parametrize(
    "query",
    [
        "age_from=x",
        "age_from=-1",
        "age_to=99999999999999999999",
        "years_to=1e9",
        "post=99999999999999999999",
        "post=x",
        "organization=99999999999999999999",
        "away=1",
        "sort=%00",
        "ethnicity=%00",
        "q=%00",
        "page=99999999999999999999",
        "count=all&page=x",
    ],
)
def test_impossible_values_are_no_failure(sign_in, sun, four, query):
    assert sign_in(sun).get(f"{LIST}?{query}").status_code == 200


def test_filters_and_counts_stop_at_the_scope(sign_in, cast):
    """Wu's people cannot be found, counted or sorted into sight by any filter of Lin's."""
    facts = {"born_on": years_ago(70), "joined_on": years_ago(40), "ethnicity": "土族"}
    theirs = make.member(cast.wu_branch, name="吴的人", gender="male", **facts)
    Absence.objects.create(member=theirs, kind="mobile", starts_on=make.LONG_AGO)
    rare = make.post("宣传委员", leads=False, sole=False)
    Term.objects.create(
        organization=cast.wu_branch, post=rare, member=theirs, starts_on=make.LONG_AGO
    )
    client = sign_in(cast.lin)
    for query in (
        {"ethnicity": "土族"},
        {"age_from": 70},
        {"years_from": 40},
        {"away": "mobile"},
        {"post": rare.pk},
        {"gender": "male"},
        {"ethnicity": "土族", "count": "all"},
        {"ethnicity": "土族", "sort": "organization"},
    ):
        assert names(client, **query) == [], query
        answer = client.get(LIST, query | {"export": "xlsx"})
        book = load_workbook(BytesIO(b"".join(answer.streaming_content)))
        assert book.worksheets[0].max_row == 1
    assert "吴的人" not in client.get(LIST, {"sort": "-age"}).content.decode()


def test_an_export_has_the_order_and_the_rows_of_the_list(sign_in, sun, four):
    client = sign_in(sun)
    query = {"gender": "male", "sort": "-age"}
    answer = client.get(LIST, query | {"export": "xlsx"})
    book = load_workbook(BytesIO(b"".join(answer.streaming_content)))
    rows = [row[0].value for row in book.worksheets[0].iter_rows(min_row=2)]
    assert rows == names(client, **query) == ["安一", "丁四"]


def test_rare_conditions_are_a_click_away_and_stay_while_they_are_used(sign_in, sun, four):
    client = sign_in(sun)
    plain, more, used = (
        client.get(LIST, query).content.decode() for query in ({}, {"more": 1}, {"age_from": 31})
    )
    assert 'name="age_from"' not in plain and "more=1" in plain
    assert 'name="age_from"' in more and 'name="years_to"' in more
    assert 'name="age_from"' in used and 'name="years_to"' not in used


@pytest.fixture
def many(cast, monkeypatch):
    """A hundred of Lin's branch, in a list that counts to forty."""
    monkeypatch.setattr(paging, "MOST", 40)
    return [make.member(cast.lin_branch, name=f"某{number:03}") for number in range(100)]


def test_a_long_answer_says_that_there_is_more_and_counts_when_asked(sign_in, sun, many):
    client = sign_in(sun)
    page = client.get(LIST, {"q": "某"})
    assert 'data-count="40+"' in page.content.decode()
    exact = client.get(LIST, {"q": "某", "count": "all", "page": 99})
    assert exact.context["row_count"] == 100
    assert [person.name for person in exact.context["object_list"]] == [
        f"某{number:03}" for number in range(75, 100)
    ]


def test_every_page_has_its_own_rows_whichever_end_it_is_reached_from(sign_in, sun, cast, many):
    client, seen = sign_in(sun), []
    for number in range(1, 6):
        page = client.get(LIST, {"organization": cast.root.pk, "page": number})
        assert page.context["row_count"] == 103
        seen += [person.pk for person in page.context["object_list"]]
    assert len(seen) == len(set(seen)) == 103
    listed = client.get(LIST, {"organization": cast.root.pk}).context["filter"].qs
    assert seen == list(listed.values_list("pk", flat=True))
