from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from tests import make
from tests.accounts.conftest import PASSWORD, signed_in


def at(moment, client):
    with time_machine.travel(moment, tick=False):
        return signed_in(client)


def test_half_an_hour_without_a_click_ends_the_session(client, mei, log_in):
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        log_in("mei")
    assert at(now + timedelta(minutes=29), client)
    assert at(now + timedelta(minutes=58), client)
    with time_machine.travel(now + timedelta(minutes=89), tick=False):
        answer = client.get(reverse("accounts:profile"), follow=True)
    assert answer.redirect_chain
    assert "请重新登录" in answer.content.decode()


def test_twelve_hours_end_it_however_busy(client, mei, log_in):
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        log_in("mei")
    for quarters in range(1, 48):
        assert at(now + timedelta(minutes=15 * quarters), client)
    assert not at(now + timedelta(hours=12), client)


def test_a_busy_minute_writes_the_session_once(client, mei, django_assert_num_queries):
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        client.force_login(mei)
    before = client.session["seen_at"]
    assert at(now + timedelta(seconds=59), client)
    assert client.session["seen_at"] == before
    assert at(now + timedelta(seconds=60), client)
    assert client.session["seen_at"] == before + 60


@pytest.fixture
def remembering(settings):
    settings.REMEMBER_DAYS = 7
    settings.ACCOUNT_SESSION_REMEMBER = None
    settings.ACCOUNT_SESSION_COOKIE_AGE = 7 * 24 * 3600


def log_in_for_long(client, user):
    user.set_password(PASSWORD)
    user.save()
    fields = {"login": user.username, "password": PASSWORD, "remember": "on"}
    client.post(reverse("account_login"), fields)


def test_a_secretary_may_stay_signed_in_for_a_week(client, mei, remembering):
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        log_in_for_long(client, mei)
    assert at(now + timedelta(days=6), client)
    assert not at(now + timedelta(days=7), client)


def test_the_park_office_may_not(client, sun, remembering):
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        log_in_for_long(client, sun)
    assert not at(now + timedelta(days=1), client)


def test_and_nobody_who_did_not_ask(client, mei, remembering, log_in):
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        log_in("mei")
    assert not at(now + timedelta(days=1), client)


def test_a_role_that_grew_wide_ends_the_long_stay(client, mei, remembering):
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        log_in_for_long(client, mei)
    make.StaffPost.objects.create(user=mei, role="leader", starts_on=make.LONG_AGO)
    assert not at(now + timedelta(days=1), client)
