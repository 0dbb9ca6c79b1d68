"""Rules are numbers with a source; a change is a new version, and nobody overwrites the old."""

import re
import uuid
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from members.models import KindRule, Post, Rule
from nanchuan.kernel.models import Event
from tests import make

pytestmark = pytest.mark.django_db
LIST = reverse("members:rule-list")
MOST = Rule.Code.BRANCH_MOST


def revise(client, confirm=True, **changes):
    rule = Rule.objects.of(MOST)
    url = reverse("members:rule-revise", args=[rule.pk])
    typed = {"value": 60, "starts_on": "2027-01-01", "title": rule.title, "article": rule.article}
    typed |= {"once": uuid.uuid4()} | changes
    answer = client.post(url, typed)
    seal = re.search(r'name="confirm" value="([^"]+)"', answer.content.decode())
    return client.post(url, typed | {"confirm": seal[1]}) if seal and confirm else answer


def test_the_list_cites_every_rule(sign_in, cast):
    for user in (cast.lin, make.staff(), make.staff("admin")):
        page = sign_in(user).get(LIST).content.decode()
        for rule in Rule.objects.all():
            assert str(rule) in page and rule.citation in page
    assert "修订</a>" not in sign_in(cast.lin).get(LIST).content.decode()


def test_a_new_version_says_what_it_changes_and_leaves_the_old_one(sign_in, sun):
    client = sign_in(sun)
    first = revise(client, confirm=False).content.decode()
    assert "由 50 改为 60" in first and "第四条" in first
    assert Rule.objects.filter(code=MOST).count() == 1
    assert revise(client).status_code == 302
    assert Rule.objects.of(MOST, date(2026, 12, 31)).value == 50
    assert Rule.objects.of(MOST, date(2027, 1, 1)).value == 60
    assert Rule.objects.get(code=MOST, value=50).ends_on == date(2026, 12, 31)
    assert Event.objects.get(name="rule.revised").facts["value"] == [50, 60]
    page = client.get(LIST).content.decode()
    assert "2027-01-01 起：60" in re.sub(r"\s+", " ", page)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"starts_on": "2018-10-28"}, "须在其后"),
        ({"starts_on": "2027-02-30"}, "真实存在"),
        ({"starts_on": "2206-01-01"}, "两年以内"),
        ({"value": 50}, "没有不同"),
        ({"value": -1}, "0"),
        ({"value": "999999999999"}, "9999"),
        ({"article": "第\x00条"}, "空字符"),
        ({"title": "长" * 101}, "100"),
    ],
)
def test_what_cannot_be_is_said_in_words(sign_in, sun, typed, sentence):
    answer = revise(sign_in(sun), **typed)
    assert answer.status_code == 200 and sentence in answer.content.decode()
    assert Rule.objects.filter(code=MOST).count() == 1


def test_a_warning_follows_the_version_of_the_day(sign_in, sun, cast):
    for _number in range(4):
        make.member(cast.lin_branch)
    client, url = sign_in(sun), cast.lin_branch.get_absolute_url()
    assert "超过" not in client.get(url).content.decode()
    yesterday = timezone.localdate() - timedelta(days=1)
    revise(client, value=4, starts_on=yesterday)
    assert "党员 5 名，超过 4 名" in client.get(url).content.decode()
    before = client.get(url, {"on": yesterday - timedelta(days=1)}).content.decode()
    assert "超过 4 名" not in before


def test_what_may_stand_below_a_kind_is_data(sign_in, sun, cast):
    branch = KindRule.objects.get(kind="branch")
    client, url = sign_in(sun), reverse("members:kind-edit", args=[branch.pk])
    form = client.get(url).context["form"]
    typed = {"children": ["party_group", "branch"], "posts": [Post.objects.first().pk]}
    typed["once"] = uuid.uuid4()
    typed["seen"] = form["seen"].value()
    assert client.post(url, typed).status_code == 302
    branch.refresh_from_db()
    assert branch.children == ["party_group", "branch"]
    assert branch.posts.count() == 1
    assert Event.objects.filter(name="kind.changed", by=sun).exists()
    move = reverse("members:organization-move", args=[cast.wu_branch.pk])
    page = client.post(
        move, {"parent": cast.lin_branch.pk, "on": "2026-01-01", "once": uuid.uuid4()}
    ).content.decode()
    assert "改为“lin党支部”" in page  # refused before


def test_the_second_editor_of_a_kind_chooses(sign_in, sun):
    branch = KindRule.objects.get(kind="branch")
    client, url = sign_in(sun), reverse("members:kind-edit", args=[branch.pk])
    seen = client.get(url).context["form"]["seen"].value()
    KindRule.objects.filter(pk=branch.pk).update(children=["branch"])
    typed = {"children": [], "seen": seen, "once": uuid.uuid4()}
    page = client.post(url, typed).content.decode()
    assert "请逐项选择" in page and "用已保存的：党支部" in page


def test_only_staff_change_rules_and_kinds(sign_in, cast):
    rule, kind = Rule.objects.first(), KindRule.objects.first()
    for user in (cast.lin, make.staff("leader"), make.staff("admin")):
        client = sign_in(user)
        assert client.get(reverse("members:rule-revise", args=[rule.pk])).status_code == 403
        assert client.get(reverse("members:kind-edit", args=[kind.pk])).status_code == 403
