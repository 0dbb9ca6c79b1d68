"""What fixtures make once stands in each test as if it were made there, and is gone after it."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from alliance.models import MeetingKind
from members.models import Organization
from nanchuan.accounts.models import User
from tests import make, table_rows
from tests.races import at_once
from tests.recordings import Recording


@pytest.fixture
def recording():
    def made():
        recording.times += 1
        return {"branch": make.organization(name="甲党支部"), "sun": make.staff()}

    recording = Recording(made)
    recording.times = 0
    return recording


def test_it_is_made_once_and_stands_each_time(recording, db, monkeypatch):
    for _time in range(3):
        with transaction.atomic():
            made = recording(monkeypatch)
            assert Organization.objects.get() == made["branch"]
            assert made["branch"].names.get().name == "甲党支部"
            assert User.objects.get().staff_posts.get().role == "staff"
            transaction.set_rollback(True)
    assert recording.times == 1
    assert not Organization.objects.exists()


def test_what_comes_next_gets_a_number_of_its_own(recording, db, monkeypatch):
    branch = recording(monkeypatch)["branch"]
    assert make.organization(branch).pk > branch.pk


def test_where_something_stands_already_it_is_made_anew(recording, db, monkeypatch):
    with transaction.atomic():
        make.user()
        recording(monkeypatch)
        assert User.objects.count() == 2
        transaction.set_rollback(True)
    before = recording.times
    recording(monkeypatch)
    assert recording.times == before + 1  # nothing was kept of the first time


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", [1, 2])
def test_committed_others_see_it_and_the_next_test_does_not(recording, monkeypatch, time):
    assert not Organization.objects.exists()
    assert MeetingKind.objects.exists()
    assert ContentType.objects.get_for_model(User).pk
    with transaction.atomic():
        branch = recording(monkeypatch)["branch"]
    assert at_once(Organization.objects.get) == [branch]
    MeetingKind.objects.all().delete()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite makes a table anew")
def test_rows_find_their_columns_in_a_table_that_was_made_anew(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE leaf (colour text, number integer)")
        cursor.execute("INSERT INTO leaf VALUES ('red', 1)")
        rows = table_rows.taken_out(["leaf"])["leaf"]
        cursor.execute("DROP TABLE leaf")
        cursor.execute("CREATE TABLE leaf (number integer, colour text)")
        table_rows.put_in(cursor, "leaf", rows)
        cursor.execute("SELECT number, colour FROM leaf")
        assert cursor.fetchall() == [(1, "red")]
        cursor.execute("DROP TABLE leaf")
