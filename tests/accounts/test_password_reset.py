import re
import threading

import pytest
from django.core import mail
from django.urls import reverse

from nanchuan.accounts.actions import slips
from nanchuan.accounts.models import User
from tests import make
from tests.accounts.conftest import PASSWORD, signed_in, words_of

NEW = "another-lantern-2"


def ask(client, email):
    answer = client.post(reverse("account_reset_password"), {"email": email}, follow=True)
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and "deliver" in repr(thread._target):
            thread.join()
    return answer


@pytest.fixture
def link(client, mei, settings):
    settings.SITE_URL = "https://portal.example.invalid"
    ask(client, mei.email)
    return re.search(r"https://\S+", mail.outbox[0].body).group()


def test_an_unknown_address_gets_the_same_answer_and_no_mail(client, mei):
    unknown = ask(client, "nobody@example.invalid")
    assert not mail.outbox
    known = ask(client, mei.email)
    assert len(mail.outbox) == 1
    assert unknown.redirect_chain == known.redirect_chain
    assert words_of(unknown) == words_of(known)


def test_the_link_names_the_portal_not_what_the_visitor_sent_as_host(link):
    assert link.startswith("https://portal.example.invalid/account/password/reset/key/")


def test_the_mail_is_chinese_and_names_the_account(link):
    assert mail.outbox[0].subject == "[南川工业园区] 重设密码"
    assert "您的用户名是 mei。" in mail.outbox[0].body


def test_the_link_sets_a_password_once_and_clears_what_was_forced(client, mei, link):
    slips.issue(mei, by=None)
    path = link.removeprefix("https://portal.example.invalid")
    form = client.get(path, follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    mei.refresh_from_db()
    assert mei.check_password(NEW)
    assert not mei.new_password_required
    assert not mei.slips.valid().exists()
    client.post(reverse("account_login"), {"login": "mei", "password": NEW})
    assert signed_in(client)
    client.post(reverse("account_logout"))
    again = client.get(path, follow=True)
    assert "password1" not in again.content.decode()


def test_a_new_password_ends_the_wait_of_the_forgotten_one(client, mei, link, log_in):
    for _ in range(5):
        log_in("mei", "wrong")
    form = client.get(link.removeprefix("https://portal.example.invalid"), follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    log_in("mei", NEW)
    assert signed_in(client)


def test_a_disabled_account_gets_no_mail(client, mei):
    User.objects.filter(pk=mei.pk).update(is_active=False)
    ask(client, mei.email)
    assert not mail.outbox


def test_a_mail_server_that_is_down_changes_no_answer(client, mei, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert ask(client, mei.email).status_code == 200


def test_addresses_are_kept_in_small_letters_so_that_they_are_found(client):
    make.user(username="may", email="May@Example.invalid")
    ask(client, "may@example.invalid")
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("weak", ["short", "password1234", "123456789012", "mei-mei-mei1"])
def test_weak_passwords_are_refused_with_a_reason(client, mei, weak):
    User.objects.filter(pk=mei.pk).update(username="mei-mei-mei")
    client.force_login(User.objects.get(pk=mei.pk))
    fields = {"oldpassword": PASSWORD, "password1": weak, "password2": weak}
    answer = client.post(reverse("account_change_password"), fields)
    assert answer.status_code == 200
    assert answer.context["form"].errors["password1"]
