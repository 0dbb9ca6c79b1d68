from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.accounts.conftest import signed_in

TOO_MANY = "连续出错次数过多"


def guess(log_in, times, **kwargs):
    return [log_in("mei", "wrong", **kwargs).content.decode() for _ in range(times)]


def test_after_five_wrong_passwords_the_right_one_waits_too(client, mei, log_in):
    assert not any(TOO_MANY in page for page in guess(log_in, 5))
    assert TOO_MANY in log_in("mei").content.decode()
    assert SESSION_KEY not in client.session


def test_an_unknown_name_is_counted_alike(client, log_in):
    assert not any(TOO_MANY in page for page in guess(log_in, 5))
    assert TOO_MANY in log_in("mei").content.decode()


def test_after_a_quarter_of_an_hour_one_may_try_again(client, mei, log_in):
    guess(log_in, 5)
    with time_machine.travel(timezone.now() + timedelta(minutes=15, seconds=1)):
        log_in("mei")
        assert signed_in(client)


def test_right_passwords_count_for_nothing(client, mei, log_in):
    for _ in range(7):
        log_in("mei", browser=Client())
    guess(log_in, 4)
    log_in("mei")
    assert signed_in(client)


def test_a_stranger_elsewhere_locks_out_only_the_own_address(client, mei, log_in):
    guess(log_in, 9, browser=Client(), REMOTE_ADDR="198.51.100.1")
    log_in("mei", REMOTE_ADDR="192.0.2.1")
    assert signed_in(client)


def test_guessing_from_many_addresses_stops_but_not_for_a_browser_that_is_known(
    client, mei, log_in
):
    log_in("mei")
    client.post("/account/logout/")
    for number in range(10):
        guess(log_in, 4, browser=Client(), REMOTE_ADDR=f"198.51.100.{number}")
    unknown = log_in("mei", browser=Client(), REMOTE_ADDR="203.0.113.1")
    assert TOO_MANY in unknown.content.decode()
    log_in("mei")
    assert signed_in(client)


def test_a_known_browser_is_counted_too(client, mei, log_in):
    log_in("mei")
    client.post("/account/logout/")
    guess(log_in, 5)
    assert TOO_MANY in log_in("mei").content.decode()


def test_the_mark_of_a_browser_is_good_for_its_own_account_only(client, mei, log_in):
    from nanchuan.accounts import lockout
    from tests import make
    from tests.accounts.conftest import with_password

    with_password(make.user(username="other"))
    log_in("other")
    assert lockout.COOKIE in client.cookies
    client.post("/account/logout/")
    guess(log_in, 5, browser=Client())
    assert TOO_MANY in log_in("mei").content.decode()


def test_all_processes_count_together():
    """Without Redis the counts stand in a table, which `migrate` alone makes."""
    assert type(cache._connections[cache._alias]).__name__ in ("DatabaseCache", "FallingBackCache")


@pytest.mark.django_db
@pytest.mark.skipif(bool(settings.REDIS_URL), reason="Redis counts instead of a table")
def test_migrate_makes_the_table_of_counts():
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE cache")
    call_command("migrate", verbosity=0)
    assert "cache" in connection.introspection.table_names()
