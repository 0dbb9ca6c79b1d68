"""Rows without instances are as `bulk_create` would have made them."""

from datetime import timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, transaction
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
