import pytest
from django.urls import NoReverseMatch, reverse

from nanchuan.accounts.middleware import NewPasswordMiddleware
from nanchuan.kernel.policies import all_policies
from tests.accounts.conftest import PASSWORD, signed_in


@pytest.fixture
def given(office):
    """Somebody of the park office with a password that was given to him."""
    office.new_password_required = True
    office.save()
    return office


def test_a_given_password_leads_nowhere_but_to_an_own_one(client, given):
    client.force_login(given)
    tried = 0
    for name, policy in all_policies().items():
        if name in NewPasswordMiddleware.ALLOWED or "GET" not in policy.methods:
            continue
        try:
            address = reverse(name)
        except NoReverseMatch:  # needs an argument
            continue
        answer = client.get(address)
        if answer.status_code != 403:  # not of this person's roles at all
            tried += 1
            assert answer.status_code == 302, name
            assert answer.url == reverse("account_change_password"), name
    assert tried > 5


def test_a_form_sent_past_the_page_does_nothing(client, given, mei):
    client.force_login(given)
    client.post(reverse("accounts:account-disable", args=[mei.pk]))
    mei.refresh_from_db()
    assert mei.is_active


def test_an_own_password_opens_the_portal(client, given, log_in):
    log_in(given.username)
    new = "another-lantern-2"
    fields = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    client.post(reverse("account_change_password"), fields)
    given.refresh_from_db()
    assert not given.new_password_required
    assert signed_in(client)


def test_signing_out_is_always_possible(client, given):
    client.force_login(given)
    client.post(reverse("account_logout"))
    assert client.get(reverse("accounts:profile")).url.startswith(reverse("account_login"))
