"""A filter that somebody uses again is kept under a name, for its owner alone."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from nanchuan.accounts.models import SavedView
from nanchuan.kernel.models import Event
from tests import make

pytestmark = pytest.mark.django_db
LIST = reverse("members:person-list")
SAVE, MANAGE = reverse("accounts:view-save"), reverse("accounts:view-list")


def token(client, query, url=LIST):
    found = re.search(
        r'name="saving" value="([^"]+)"', client.get(f"{url}?{query}").content.decode()
    )
    return found and found[1]


def save(client, query, name, url=LIST):
    return client.post(SAVE, {"saving": token(client, query, url), "name": name})


def test_lin_keeps_a_filter_and_finds_it_above_the_list(sign_in, cast):
    client = sign_in(cast.lin)
    answer = save(
        client, "q=%E5%BC%A0&gender=female&sort=-age&page=3&count=all&export=1", "年长女党员"
    )
    assert answer.url == f"{LIST}?q=%E5%BC%A0&gender=female&sort=-age"
    page = client.get(LIST).content.decode()
    assert "年长女党员" in page and "gender=female&amp;sort=-age" in page


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("gender=female&user__password=x", "gender=female"),
        ("gender=female&education=nonsense", "gender=female"),
        ("gender=female&q=999901199001011234", "gender=female"),
        ("age_from=30&age_to=x", "age_from=30"),
        ("page=2", None),
        ("", None),
        ("q=" + "a" * 600, None),
    ],
)
def test_only_what_the_list_understands_is_kept(sign_in, sun, cast, query, kept):
    client = sign_in(sun)
    if kept is None:
        assert token(client, query) is None
        return
    save(client, query, "筛选")
    assert SavedView.objects.get().query == kept


def test_nothing_typed_stands_in_the_trail(sign_in, sun, cast):
    save(sign_in(sun), "q=%E7%A7%98%E5%AF%86", "秘密名")
    event = Event.objects.get(name="view.saved")
    assert event.facts == {"page": "members:person-list"}
    assert "秘密" not in event.subject_label


def test_a_view_is_its_owners_alone(sign_in, cast):
    client = sign_in(cast.lin)
    stolen = token(client, "gender=male")
    save(client, "gender=male", "林的筛选")
    assert "林的筛选" in client.get(LIST).content.decode()
    view = SavedView.objects.get()
    client = sign_in(cast.wu)
    client.post(SAVE, {"saving": stolen, "name": "偷来的"})
    assert "林的筛选" not in client.get(LIST).content.decode()
    assert "林的筛选" not in client.get(MANAGE).content.decode()
    for name in ("rename", "delete"):
        url = reverse(f"accounts:view-{name}", args=[view.pk])
        assert client.post(url, {"name": "吴的"}).status_code == 404
        assert client.get(url).status_code == 405
    assert list(SavedView.objects.values_list("name", flat=True)) == ["林的筛选"]


def test_a_forged_or_empty_token_saves_nothing(sign_in, sun):
    client = sign_in(sun)
    for saving in ("", "x", "a:b:c", "\x00"):
        assert client.post(SAVE, {"saving": saving, "name": "甲"}).status_code == 302
    assert not SavedView.objects.exists()


def test_names_are_judged_and_may_change(sign_in, sun, cast):
    client = sign_in(sun)
    for name in ("", "   ", "长" * 31, "\x00"):
        assert save(client, "gender=male", name).status_code == 302
    assert not SavedView.objects.exists()
    save(client, "gender=male", "男")
    save(client, "gender=male", "男")
    assert SavedView.objects.count() == 1, "a double click is one"
    save(client, "gender=female", "男")
    assert SavedView.objects.count() == 1, "a name stands for one filter"
    view = SavedView.objects.get()
    client.post(reverse("accounts:view-rename", args=[view.pk]), {"name": " 男\x00党员 "})
    view.refresh_from_db()
    assert view.name == "男 党员" and view.query == "gender=male"
    client.post(reverse("accounts:view-delete", args=[view.pk]))
    assert not SavedView.objects.exists()


def test_there_is_an_end_to_saving(sign_in, sun, cast, monkeypatch):
    monkeypatch.setattr(SavedView, "MOST", 2)
    client = sign_in(sun)
    for number in (1, 2, 3):
        save(client, f"age_from={number}", f"筛选{number}")
    assert SavedView.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("members:organization-list", "kind=branch"),
        ("members:unit-list", "kind=enterprise"),
        ("members:activity-list", "q=a"),
        ("services:need-list", "q=a"),
        ("services:resource-list", "q=a"),
        ("services:project-list", "q=a"),
    ],
)
def test_other_lists_keep_filters_too_within_their_number_of_questions(sign_in, cast, name, query):
    client, url = sign_in(cast.lin), reverse(name)
    make.activity(cast.lin_branch)
    assert save(client, query, "常用", url).url == f"{url}?{query}"
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert "常用" in client.get(url).content.decode()
    assert len(captured) <= 12


def test_a_list_that_is_gone_does_not_break_the_page(sign_in, sun):
    SavedView.objects.create(user=sun, page="members:gone", name="旧的", query="a=1")
    assert "旧的" in sign_in(sun).get(MANAGE).content.decode()
