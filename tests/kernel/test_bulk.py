"""Rows without instances are as `bulk_create` would have made them."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import DataError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from nanchuan.kernel import bulk
from nanchuan.notices.models import Delivery, Notice, Reminder

pytestmark = pytest.mark.django_db
LEFT_TO_CHANCE = {"id", "uid", "recipient_id"}


def reminder_about(subject):
    """Any: the rows need one."""
    about = {
        "subject_type": ContentType.objects.get_for_model(subject),
        "subject_id": subject.pk,
    }
    return Reminder.objects.create(rule="any", moment="now", due_at=timezone.now(), **about)


def facts(row):
    fields = row._meta.concrete_fields
    return {f.attname: getattr(row, f.attname) for f in fields if f.attname not in LEFT_TO_CHANCE}


def test_they_are_as_instances_would_have_been(cast):
    reminder, at = reminder_about(cast.lin_unit), timezone.now() + timedelta(days=1, microseconds=7)
    given = {"reminder_id": reminder.pk, "channel": Delivery.Channel.EMAIL, "due_at": at}
    given |= {"state": Delivery.State.SUPPRESSED, "error": "“本人”选择'不'接收 100% \\"}
    bulk.insert(Delivery, [given | {"recipient_id": cast.lin.pk}])
    Delivery.objects.bulk_create([Delivery(**given, recipient_id=cast.wu.pk)])
    ours, theirs = Delivery.objects.order_by("recipient_id", "pk")
    assert facts(ours) == facts(theirs)
    assert ours.uid != theirs.uid


def test_rows_that_differ_and_lack_what_others_have(cast):
    reminder, now = reminder_about(cast.lin_unit), timezone.now()
    rows = [
        {"recipient_id": cast.lin.pk, "sent_at": now, "state": "sent", "attempts": 3},
        {"recipient_id": cast.wu.pk, "error": "'{1,2}', NULL, \\"},
        {"recipient_id": cast.zhao.pk, "error": "", "uid": uuid.UUID(int=7)},
    ]
    rows = [row | {"reminder_id": reminder.pk, "channel": "sms", "due_at": now} for row in rows]
    bulk.insert(Delivery, rows)
    ours = [facts(row) | {"uid": row.uid} for row in Delivery.objects.order_by("pk")]
    Delivery.objects.all().delete()
    Delivery.objects.bulk_create([Delivery(**row) for row in rows])
    theirs = [facts(row) | {"uid": row.uid} for row in Delivery.objects.order_by("pk")]
    assert ours[2].pop("uid") == theirs[2].pop("uid") == uuid.UUID(int=7)
    assert len({row.pop("uid") for row in [*ours[:2], *theirs[:2]]}) == 4
    assert ours == theirs


def test_many_take_a_few_statements(cast, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    reminder = reminder_about(cast.lin_unit)
    people = [cast.lin, cast.wu, cast.zhao]
    rows = [{"recipient_id": person.pk, "reminder_id": reminder.pk} for person in people]
    with CaptureQueriesContext(connection) as queries:
        bulk.insert(Notice, rows)
        bulk.insert(Notice, [])
    assert set(Notice.objects.values_list("recipient", flat=True)) == {each.pk for each in people}
    assert len(queries) == (2 if connection.vendor == "postgresql" else 1)


def test_what_the_table_refuses_is_refused_as_a_whole(cast):
    reminder = reminder_about(cast.lin_unit)
    row = {"recipient_id": cast.lin.pk, "reminder_id": reminder.pk}
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert(Notice, [row, row])
    assert not Notice.objects.exists()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite counts no characters")
def test_what_is_too_long_is_refused_and_not_cut(cast):
    reminder = reminder_about(cast.lin_unit)
    row = {"recipient_id": cast.lin.pk, "reminder_id": reminder.pk, "due_at": timezone.now()}
    for channels in (["x" * 11], ["email", "x" * 11]):
        with pytest.raises(DataError), transaction.atomic():
            bulk.insert(Delivery, [row | {"channel": channel} for channel in channels])
    assert not Delivery.objects.exists()
