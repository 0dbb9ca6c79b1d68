"""Two confirm at the same moment, on connections of their own."""

from threading import Barrier

import pytest
from django.db import connection

from members.models import PartyMember
from nanchuan.kernel import roles
from nanchuan.kernel.importing import staging, working
from nanchuan.kernel.models import Event, ImportBatch
from tests import rosters
from tests.races import at_once
from tests.rosters import another, line

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5


def staged(by, *lines):
    data = rosters.xlsx(rosters.table(*lines))
    batch = staging.upload(data, "名册.xlsx", kind="roster", by=by)
    working.work(batch)
    return batch.pk


def confirm_and_work(pk, by):
    staging.confirm(ImportBatch.objects.get(pk=pk), by=by)
    working.work(ImportBatch.objects.get(pk=pk))


@pytest.fixture(autouse=True)
def rights_read_beforehand(cast, sun):
    roles.grants(sun)


def test_two_confirmations_of_one_batch_apply_it_once(cast, sun):
    for number in range(ROUNDS):
        pk = staged(sun, another(number))
        at_once(*[lambda pk=pk: confirm_and_work(pk, sun)] * 2)
        assert ImportBatch.objects.get(pk=pk).status == "applied"
        assert PartyMember.objects.filter(name=another(number)["姓名"]).count() == 1
    assert Event.objects.filter(name="members.imported").count() == ROUNDS


def test_two_workers_on_one_batch_do_it_once(cast, sun):
    for number in range(ROUNDS):
        pk = staged(sun, another(number))
        staging.confirm(ImportBatch.objects.get(pk=pk), by=sun)
        at_once(*[lambda pk=pk: working.work(ImportBatch.objects.get(pk=pk))] * 2)
        assert PartyMember.objects.filter(name=another(number)["姓名"]).count() == 1


def both_bring(sun, number, **facts):
    """Two files with the same person, confirmed at once; the batches afterwards."""
    pks = [staged(sun, another(number, **facts)) for _twice in range(2)]
    at_once(*[lambda pk=pk: confirm_and_work(pk, sun) for pk in pks])
    return ImportBatch.objects.filter(pk__in=pks)


@pytest.mark.parametrize("facts", [{}, {"公民身份号码": ""}], ids=["number", "name and birth"])
def test_of_two_imports_with_the_same_person_one_is_told(cast, sun, facts):
    for number in range(ROUNDS):
        batches = both_bring(sun, number, **facts)
        assert PartyMember.objects.filter(name=another(number)["姓名"]).count() == 1
        assert sorted(batch.status for batch in batches) == ["applied", "ready"]
        told = next(batch for batch in batches if batch.status == "ready")
        assert told.counts == {"same": 1} and told.notice


def test_without_the_lock_the_person_would_come_twice(cast, sun, monkeypatch):
    """The negative control: each looks, both see nobody, both write."""
    barrier = Barrier(2)
    rejudge = working.rejudge

    def look_then_wait(batch, rows):
        changed = rejudge(batch, rows)
        if connection.vendor == "postgresql":
            barrier.wait(timeout=20)
        return changed

    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one transaction write at a time whatever the code does")
    monkeypatch.setattr(working, "_lock", lambda batch, status: True)
    monkeypatch.setattr(working, "rejudge", look_then_wait)
    both_bring(sun, 1, 公民身份号码="")
    assert PartyMember.objects.filter(name=another(1)["姓名"]).count() == 2


def test_a_correction_and_a_confirmation_at_once_do_not_mix(cast, sun):
    """Applied as it was shown, or corrected and shown again."""
    for number in range(ROUNDS):
        pk = staged(sun, another(number), line(公民身份号码=""))

        def correct(pk=pk):
            staging.correct(ImportBatch.objects.get(pk=pk), 2, {"education": "高中"}, by=sun)

        at_once(correct, lambda pk=pk: confirm_and_work(pk, sun))
        batch = ImportBatch.objects.get(pk=pk)
        row = batch.rows.get(number=2)
        if batch.status == "applied":
            person = PartyMember.objects.get(name=another(number)["姓名"])
            assert person.education == row.data["facts"]["education"]
