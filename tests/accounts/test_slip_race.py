"""Two who use one slip at the same moment, on connections of their own."""

from threading import Barrier, Thread

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from nanchuan.accounts.actions import slips
from nanchuan.accounts.models import Slip, User
from nanchuan.kernel.appendonly import lifted
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make

ROUNDS = 20
CLIENTS = 4

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def clean_trail(transactional_db):
    """Events refuse to be deleted, also by the clean-up after a test."""
    yield
    with lifted():
        Event.objects.all().delete()


def race(code) -> list[str]:
    """The passwords of those who were told that they have succeeded."""
    gate, won = Barrier(CLIENTS), []

    def run(number):
        password = f"lantern-of-client-{number}"
        gate.wait()
        try:
            slips.redeem(code, password)
            won.append(password)
        except StepRefused:
            pass
        finally:
            connection.close()

    threads = [Thread(target=run, args=[number]) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return won


def rounds():
    for number in range(ROUNDS):
        user = make.user(username=f"racer{number}")
        yield user, race(slips.issue(user, by=None))


def test_of_many_at_once_exactly_one_uses_a_slip():
    for user, won in rounds():
        assert len(won) == 1
        user.refresh_from_db()
        assert user.check_password(won[0])
        assert Slip.objects.get(user=user).used_at


def test_without_the_comparison_several_would(monkeypatch):
    """The negative control: the same race with the guard switched off."""
    monkeypatch.setattr(slips, "_still_open", lambda slip: Slip.objects.filter(pk=slip.pk))
    assert any(len(won) > 1 for _, won in rounds())


def test_two_who_issue_at_once_leave_one_slip():
    for number in range(ROUNDS):
        user = make.user(username=f"issued{number}")
        gate, codes = Barrier(2), []

        def run(user=user, gate=gate, codes=codes):
            gate.wait()
            codes.append(slips.issue(User.objects.get(pk=user.pk), by=None))
            connection.close()

        threads = [Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(codes) == 2
        assert Slip.objects.valid().filter(user=user).count() == 1


@pytest.mark.skipif(bool(settings.REDIS_URL), reason="Redis counts instead of a table")
def test_the_table_of_counts_outlives_a_flush():
    call_command("migrate", verbosity=0)
    assert "cache" in connection.introspection.table_names()
