"""Deny by default: every URL has a policy, and every policy a URL."""

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from nanchuan.kernel import roles
from nanchuan.kernel.policies import SIGNED_IN, all_policies
from tests import make


def url_names(resolver=None, namespace=""):
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from url_names(entry, inner)
        elif isinstance(entry, URLPattern) and entry.name:
            yield f"{namespace}{entry.name}"


def unnamed(resolver=None):
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from unnamed(entry)
        elif not entry.name:
            yield str(entry.pattern)


def test_every_url_has_a_policy():
    assert set(url_names()) - set(all_policies()) == set()


def test_every_policy_has_a_url():
    assert set(all_policies()) - set(url_names()) == set()


def test_an_unnamed_url_answers_nobody(client, sun):
    """The admin's catch-all has no name, so no policy either."""
    client.force_login(sun)
    assert client.get("/admin/nowhere/").status_code == 403


def test_policies_name_known_roles():
    for name, policy in all_policies().items():
        assert policy.roles <= roles.ALL or policy.roles == SIGNED_IN, name


def test_a_visitor_is_asked_to_sign_in(client, db):
    for name in ("home", "members:person-list", "services:need-create", "admin:index"):
        path = reverse(name)
        response = client.get(path)
        assert response.status_code == 302, name
        assert response.url.startswith("/account/login/"), name


def test_without_a_role_only_the_own_account_opens(client, db):
    client.force_login(make.user())
    assert "没有任何岗位" in client.get("/").content.decode()
    for path in ("/members/people/", "/services/needs/", "/alliance/rota/", "/trail/", "/admin/"):
        assert client.get(path).status_code == 403, path


def test_a_method_that_the_policy_does_not_name_is_refused(client, sun):
    client.force_login(sun)
    answer = client.post("/alliance/meetings/")
    assert answer.status_code == 405
    assert "不能直接打开" in answer.content.decode()
    assert client.delete("/").status_code == 405


def test_who_sent_something_after_the_session_ended_comes_back_to_its_page(client, db):
    """A verb cannot be opened: after signing in there would be nothing but an error."""
    for before, after in (
        ("http://testserver/services/needs/7/?a=1", "/services/needs/7/%3Fa%3D1"),
        ("http://evil.example/", "/"),
        ("http://testserver//evil.example", "//evil.example"),  # refused when signing in
        ("", "/"),
    ):
        answer = client.post("/services/needs/7/publish/", headers={"Referer": before})
        assert answer.url == f"/account/login/?next={after}", before


def test_what_somebody_was_shown_stays_in_no_cache(client, sun):
    assert "Cache-Control" not in client.get("/nowhere/").headers
    client.force_login(sun)
    for path in ("/", "/services/needs/", "/members/people/", "/trail/", "/nowhere/"):
        assert client.get(path)["Cache-Control"] == "private, no-store", path
