"""What happened is written once and never again."""

import pytest
from django.db import DatabaseError, connection, transaction

from nanchuan.kernel import events
from nanchuan.kernel.appendonly import lifted
from nanchuan.kernel.models import Event


@pytest.fixture
def event(sun):
    return events.record("test.happened", subject=sun, by=sun, number=1)


def test_an_event_keeps_who_when_what(event, sun):
    assert event.by_label == str(sun)
    assert event.subject_label == str(sun)
    assert event.facts == {"number": 1}
    assert list(events.history(sun)) == [event]


@pytest.mark.parametrize("column", ["name", "facts", "by_label", "happened_at", "subject_label"])
def test_the_database_refuses_to_change_it(event, column):
    change = f"UPDATE kernel_event SET {column} = {column} WHERE id = {event.pk}"
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)


def test_the_database_refuses_to_delete_it(event):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Event.objects.filter(pk=event.pk).delete()


def test_the_mark_of_the_queue_may_change(event):
    assert Event.objects.filter(pk=event.pk).update(handled_at=event.happened_at, failures=1) == 1


@pytest.mark.django_db(transaction=True)
def test_after_a_lifted_rule_it_holds_again():
    from tests import make

    sun = make.staff()
    event = events.record("test.happened", subject=sun)
    with lifted():
        Event.objects.filter(pk=event.pk).delete()
    event = events.record("test.happened", subject=sun)
    with pytest.raises(DatabaseError, match="append-only"):
        Event.objects.filter(pk=event.pk).delete()


def test_a_rolled_back_act_leaves_no_event(sun):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        events.record("test.happened", subject=sun)
        1 / 0  # noqa: B018
    assert not Event.objects.filter(name="test.happened").exists()
