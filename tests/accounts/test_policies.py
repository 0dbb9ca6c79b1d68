from allauth.account import urls as allauth_account
from django.urls import NoReverseMatch, reverse
from django.urls.resolvers import URLPattern

from nanchuan.accounts import urls
from nanchuan.kernel.policies import SIGNED_IN, all_policies, policy_of

PUBLIC = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "mfa_authenticate",
    "set_language",
    "accounts:slip",
}


def names(patterns, namespace=""):
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}"
        else:
            yield from names(pattern.url_patterns, namespace)


def ours():
    return {*names(urls.urlpatterns, "accounts:"), *names(urls.entrance)}


def test_each_address_has_a_policy_and_each_policy_an_address():
    starts = ("accounts:", "account_", "mfa_", "set_language")
    assert {name for name in all_policies() if name.startswith(starts)} == ours()


def test_only_the_entrance_is_public():
    assert {name for name in ours() if policy_of(name).public} == PUBLIC


def test_pages_about_oneself_need_no_role_today(client, mei):
    client.force_login(mei)
    for name in ours():
        policy = policy_of(name)
        if policy.roles == SIGNED_IN and "GET" in policy.methods:
            assert client.get(reverse(name)).status_code != 403, name


def test_what_the_park_does_not_offer_has_no_address():
    kept = set(names(urls.entrance))
    for name in set(names(allauth_account.urlpatterns)) - kept:
        try:
            reverse(name)
        except NoReverseMatch:
            continue
        raise AssertionError(f"{name} is still there")


def test_what_allauth_looks_up_by_name_is_there():
    """Names that its code reverses on the ways that are open here."""
    for name in (
        "account_login",
        "account_inactive",
        "account_reauthenticate",
        "account_change_password",
        "account_set_password",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key_done",
        "mfa_index",
        "mfa_authenticate",
        "mfa_reauthenticate",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
    ):
        assert reverse(name)


def test_a_verb_is_not_a_page(client, office, mei):
    client.force_login(office)
    for name in ("account-slip", "account-disable", "account-enable", "account-free"):
        assert client.get(reverse(f"accounts:{name}", args=[mei.pk])).status_code == 405
