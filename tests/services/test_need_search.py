"""Words are found among the newest needs first, then through the index: always the same rows."""

import pytest
from django.urls import reverse

from services.forms.need_filters import judged
from services.models import Need, listed
from tests import make

pytestmark = pytest.mark.django_db
NEEDS = reverse("services:need-list")


@pytest.fixture(params=["none is near", "two are near", "all are near"])
def near(request, monkeypatch):
    """Wherever the newest end, what is found stays the same."""
    number = {"none is near": 0, "two are near": 2, "all are near": 5000}[request.param]
    monkeypatch.setattr(listed, "NEAR", number)


@pytest.fixture
def needs(cast):
    made = {}
    for name, unit, title, public in (
        ("old", "lin_unit", "周转贷款紧张", "资金需求"),
        ("mine", "lin_unit", "贷款贴息ABC", "政策贷款"),
        ("other", "zhao_unit", "设备贷款", "购置设备"),
        ("rare", "zhao_unit", "氦检漏设备", "检测设备"),
        ("new", "wu_unit", "用工短缺", "招聘贷款顾问"),
    ):
        need = make.need(getattr(cast, unit), "published", title=title, content=title)
        Need.objects.filter(pk=need.pk).update(public_title=public)
        need.refresh_from_db()
        need.refresh_words()
        need.save()
        made[name] = need
    return made


def found(client, words, **query):
    response = client.get(NEEDS, {"q": words, **query})
    listed_here = [row.pk for row in response.context["object_list"]]
    assert f'data-count="{len(listed_here)}"' in response.text
    return listed_here


def test_the_office_finds_in_everything_newest_first(near, needs, sun, sign_in):
    client = sign_in(sun)
    for words, names in {
        "贷款": ["new", "other", "mine", "old"],
        "贷": ["new", "other", "mine", "old"],
        "氦检": ["rare"],
        "氦检漏": ["rare"],
        "设备 贷款": ["other"],
        "贷款abc": [],
        "abc": ["mine"],
        "龘龘": [],
        "lin公司": ["mine", "old"],
        "%": [],
    }.items():
        assert found(client, words) == [needs[name].pk for name in names], words
    assert found(client, needs["rare"].number) == [needs["rare"].pk]


def test_others_find_only_by_what_is_public(near, needs, cast, sign_in):
    lin = sign_in(cast.lin)
    assert found(lin, "贷款") == [needs[name].pk for name in ("new", "mine", "old")]
    assert found(lin, "氦检漏") == []
    assert found(lin, "检测") == [needs["rare"].pk]
    assert found(lin, "zhao公司") == []
    zhao = sign_in(cast.zhao)
    assert found(zhao, "贷款") == [needs[name].pk for name in ("new", "other", "mine")]
    assert found(zhao, "周转") == []


def test_what_fills_a_page_from_the_newest_is_judged_row_by_row(cast, monkeypatch):
    """Many that hold the words are near, and most of them are not to be found by others."""
    monkeypatch.setattr(listed, "NEAR", 12)
    monkeypatch.setattr(listed, "PAGE", 2)
    for number in range(20):
        facts = {"title": "贷款", "public_title": "融资" if number % 3 else "贷款"}
        make.need(cast.lin_unit, "published", audience="alliance", **facts)
    for user in (cast.lin, cast.zhao):
        rows = Need.objects.visible_to(user)
        keys, _most = rows.newest_searched("贷款", user, 200)
        assert rows.newest_searched("贷款", user, 200, judged)[0] == keys
        all_of_them = list(
            rows.searched("贷款", user).sorted_by("new").values_list("pk", flat=True)
        )
        assert len(keys) > listed.PAGE
        assert keys == all_of_them[: len(keys)]


def test_words_and_filters_go_together_and_the_order_may_be_another(near, needs, sun, sign_in):
    client = sign_in(sun)
    assert found(client, "贷款", sort="old") == [
        needs[name].pk for name in ("old", "mine", "other", "new")
    ]
    assert found(client, "贷款", unit=needs["mine"].unit_id) == [needs["mine"].pk, needs["old"].pk]
    assert found(client, "贷款", status="closed") == []


def test_more_than_is_counted_is_counted_when_asked(cast, sun, sign_in, monkeypatch):
    from services.views import need_lists

    monkeypatch.setattr(need_lists, "MOST_FOUND", 26)
    monkeypatch.setattr(listed, "NEAR", 10)
    made = [make.need(cast.lin_unit, title=f"贷款{number}") for number in range(30)]
    client = sign_in(sun)
    page = client.get(NEEDS, {"q": "贷款"})
    assert 'data-count="26+"' in page.text
    assert len(page.context["object_list"]) == 25
    second = client.get(NEEDS, {"q": "贷款", "count": "all", "page": 2})
    assert 'data-count="30"' in second.text
    assert [row.pk for row in second.context["object_list"]] == [
        need.pk for need in reversed(made[:5])
    ]
