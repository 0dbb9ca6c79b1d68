import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.urls import reverse

from nanchuan.accounts.models import StaffPost, User
from nanchuan.kernel.models import Event
from tests import make
from tests.accounts.conftest import PASSWORD, signed_in, words_of


def test_a_new_portal_has_no_account(db):
    assert not User.objects.exists()


def test_the_right_password_leads_home_and_is_logged_with_the_address(client, mei, log_in):
    answer = log_in("mei", REMOTE_ADDR="192.0.2.7")
    assert answer.status_code == 302
    assert answer.url == reverse("home")
    event = Event.objects.get(name="account.signed_in")
    assert (event.subject, event.by, event.facts) == (mei, mei, {"address": "192.0.2.7"})


def test_letters_of_any_case_name_the_same_account(client, mei, log_in):
    log_in("Mei")
    assert signed_in(client)


def test_a_wrong_password_keeps_the_name_typed_and_says_what_to_do(client, mei, log_in):
    page = log_in("mei", "wrong").content.decode()
    assert 'value="mei"' in page
    assert "用户名或密码不正确。" in page
    assert SESSION_KEY not in client.session


def test_an_unknown_name_gets_the_same_answer_as_a_wrong_password(client, mei, log_in):
    answers = [log_in(name, "wrong") for name in ("mei", "may")]
    known, unknown = (words_of(answer).replace("may", "mei") for answer in answers)
    assert known == unknown


def test_what_was_typed_is_never_logged(client, mei, log_in, caplog):
    log_in("mei", "secret-typed-wrong")
    log_in("somebody-unknown", "secret-typed-wrong")
    known, unknown = Event.objects.filter(name="account.sign_in_failed").order_by("id")
    assert known.subject == mei
    assert unknown.subject is None
    assert unknown.subject_label == "未知账号"
    told = f"{known.__dict__} {unknown.__dict__} {caplog.text}"
    assert "secret-typed" not in told
    assert "somebody-unknown" not in told


@pytest.mark.parametrize(
    "path", ["signup/", "email/", "confirm-email/", "social/", "2fa/webauthn/"]
)
def test_nobody_signs_up_or_manages_addresses(client, path):
    assert client.get(f"/account/{path}").status_code == 404


@pytest.mark.parametrize(
    "there", ["https://evil.invalid/", "//evil.invalid/", "javascript:alert(1)"]
)
def test_signing_in_leads_to_no_other_site(client, mei, there):
    fields = {"login": "mei", "password": PASSWORD, "next": there}
    assert client.post(reverse("account_login"), fields).url == reverse("home")


def test_signing_in_leads_back_to_the_page_asked_for(client, mei):
    asked = client.get(reverse("accounts:profile"))
    assert asked.url == f"{reverse('account_login')}?next={reverse('accounts:profile')}"
    fields = {"login": "mei", "password": PASSWORD, "next": reverse("accounts:profile")}
    assert client.post(reverse("account_login"), fields).url == reverse("accounts:profile")


def test_signing_out_takes_a_form(client, mei):
    client.force_login(mei)
    client.get(reverse("account_logout"))
    assert signed_in(client)
    answer = client.post(reverse("account_logout"))
    assert answer.url == reverse("account_login")
    assert not signed_in(client)


def test_a_disabled_account_is_out_at_its_next_request(client, mei):
    client.force_login(mei)
    assert signed_in(client)
    User.objects.filter(pk=mei.pk).update(is_active=False)
    assert not signed_in(client)


def test_a_disabled_account_cannot_come_in(client, mei, log_in):
    User.objects.filter(pk=mei.pk).update(is_active=False)
    log_in("mei")
    assert SESSION_KEY not in client.session


def test_a_changed_password_ends_the_other_sessions(client, mei, log_in):
    elsewhere = Client()
    log_in("mei", browser=elsewhere)
    log_in("mei")
    new = "another-lantern-2"
    fields = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    answer = client.post(reverse("account_change_password"), fields)
    assert answer.url == reverse("accounts:profile")
    assert signed_in(client)
    assert not signed_in(elsewhere)
    assert Event.objects.filter(name="account.password_changed", subject_id=mei.pk).exists()


def test_the_new_password_must_be_another_one(client, mei, log_in):
    log_in("mei")
    fields = {"oldpassword": PASSWORD, "password1": PASSWORD, "password2": PASSWORD}
    page = client.post(reverse("account_change_password"), fields).content.decode()
    assert "新密码不能与原密码相同。" in page


def test_a_post_gives_rights_at_the_next_request_and_takes_them_so(client, mei):
    client.force_login(mei)
    accounts = reverse("accounts:account-list")
    assert client.get(accounts).status_code == 403
    post = StaffPost.objects.create(user=mei, role="staff", starts_on=make.LONG_AGO)
    assert client.get(accounts).status_code == 200
    post.ends_on = make.LONG_AGO
    post.save()
    assert client.get(accounts).status_code == 403


def test_flags_of_django_grant_nothing(client, mei):
    User.objects.filter(pk=mei.pk).update(is_staff=True, is_superuser=True)
    client.force_login(mei)
    assert client.get(reverse("accounts:account-list")).status_code == 403
    assert client.get(reverse("admin:index")).status_code == 403
    assert client.get(reverse("admin:accounts_user_changelist")).status_code == 403


def test_the_language_is_chosen_before_or_after_signing_in(client):
    fields = {"language": "en", "next": reverse("account_login")}
    assert client.post(reverse("set_language"), fields).url == reverse("account_login")
    assert client.cookies["django_language"].value == "en"
    fields["next"] = "https://evil.invalid/"
    assert client.post(reverse("set_language"), fields).url == "/"
