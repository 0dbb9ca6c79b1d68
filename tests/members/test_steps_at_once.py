"""Two people take the same member through a step at the same moment."""

import threading

import pytest
from django.db import IntegrityError, close_old_connections, connection
from django.utils import timezone

from members.actions import memberships
from members.models import PartyMember
from nanchuan.kernel.states import StepRefused
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5


def at_once(person):
    barrier, told = threading.Barrier(2), []

    def go():
        close_old_connections()
        try:
            one = PartyMember.objects.get(pk=person.pk)
            barrier.wait()
            memberships.become_full(one, on=timezone.localdate(), by=None)
        except (StepRefused, IntegrityError) as refusal:
            told.append(type(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=go) for _one in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def test_one_is_done_and_the_other_is_told_in_words():
    branch = make.organization()
    for _round in range(ROUNDS):
        person = make.member(branch, standing="probationary")
        assert at_once(person) == [StepRefused]
        assert person.memberships.count() == 2


def test_without_the_lock_only_the_database_stands_in_the_way(monkeypatch):
    """The negative control: SQLite has one writer at a time, so it shows on PostgreSQL alone."""
    if connection.vendor != "postgresql":
        pytest.skip("one writer at a time")
    meeting, latest = threading.Barrier(2), memberships._latest

    def read_together(person):
        row = latest(person)
        meeting.wait(5)
        return row

    monkeypatch.setattr(memberships, "_lock", lambda person: None)
    monkeypatch.setattr(memberships, "_latest", read_together)
    person = make.member(make.organization(), standing="probationary")
    assert at_once(person) == [IntegrityError]
