import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from django.urls import reverse

from nanchuan.kernel.models import Event
from tests.accounts.conftest import PASSWORD, signed_in


def code(secret, ahead=0):
    return auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30 + ahead))


def activate(client, user):
    """Set up a second factor as a person does; returns the secret on the phone."""
    page = client.get(reverse("mfa_activate_totp"))
    assert page.url.startswith(reverse("account_reauthenticate"))
    client.post(page.url, {"password": PASSWORD})
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    answer = client.post(reverse("mfa_activate_totp"), {"code": code(secret)})
    assert answer.url == reverse("mfa_view_recovery_codes")
    return secret


def test_with_a_second_factor_the_password_alone_is_not_enough(client, mei, log_in):
    log_in("mei")
    secret = activate(client, mei)
    client.post(reverse("account_logout"))
    assert log_in("mei").url == reverse("mfa_authenticate")
    assert not signed_in(client)
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert not signed_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code(secret, ahead=0)})
    assert signed_in(client)


def test_recovery_codes_replace_a_lost_phone_once(client, mei, log_in):
    log_in("mei")
    activate(client, mei)
    codes = client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
    for works in (True, False):
        client.post(reverse("account_logout"))
        log_in("mei")
        client.post(reverse("mfa_authenticate"), {"code": codes[0]})
        assert signed_in(client) is works


def test_the_secret_is_encrypted_at_rest(client, mei, log_in, django_capture_on_commit_callbacks):
    log_in("mei")
    with django_capture_on_commit_callbacks(execute=True):
        secret = activate(client, mei)
    stored = Authenticator.objects.get(user=mei, type="totp").data["secret"]
    assert secret not in stored
    assert Event.objects.filter(name="account.factor_added", by=mei).exists()


@pytest.fixture
def required(settings):
    settings.MFA_REQUIRED_ROLES = ["admin", "staff"]


def test_where_it_is_required_it_comes_before_everything_else(client, office, required, log_in):
    log_in(office.username)
    for name in ("home", "accounts:account-list", "accounts:profile", "admin:index"):
        assert client.get(reverse(name)).url == reverse("mfa_activate_totp")
    activate(client, office)
    assert client.get(reverse("accounts:account-list")).status_code == 200


def test_others_are_not_asked(client, mei, required):
    client.force_login(mei)
    assert signed_in(client)


def test_whoever_needs_it_cannot_take_it_off(client, office, required, log_in):
    log_in(office.username)
    activate(client, office)
    client.post(reverse("mfa_deactivate_totp"))
    assert Authenticator.objects.filter(user=office, type="totp").exists()


def test_the_administrator_takes_it_off_for_a_lost_phone(client, mei, office, admin, log_in):
    log_in("mei")
    activate(client, mei)
    client.force_login(admin)
    client.post(reverse("accounts:account-free", args=[mei.pk]))
    assert not Authenticator.objects.filter(user=mei).exists()
    assert Event.objects.filter(name="account.factor_removed", by=admin).exists()
