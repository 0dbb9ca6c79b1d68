"""An import is taken back exactly, and only while nothing depends on it."""

from datetime import date

import pytest
from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType

from members.actions import people
from members.models import Absence, Membership, PartyMember
from nanchuan.kernel.importing import staging, working
from nanchuan.kernel.models import Event, ImportBatch
from tests import make, rosters
from tests.rosters import another, line

pytestmark = pytest.mark.django_db


def import_of(by, *lines):
    data = rosters.xlsx(rosters.table(*lines))
    batch = staging.upload(data, "名册.xlsx", kind="roster", by=by)
    working.work(batch)
    batch.refresh_from_db()
    staging.confirm(batch, by=by)
    working.work(batch)
    batch.refresh_from_db()
    assert batch.status == "applied", batch.notice
    return batch


def undo(batch, by):
    staging.undo(batch, by=by)
    working.work(batch)
    batch.refresh_from_db()
    return batch.notice


def everything():
    """All that is known of people, as it lies in the database, numbers opened."""
    people_known = {
        person.pk: [getattr(person, field.attname) for field in PartyMember._meta.concrete_fields]
        for person in PartyMember.objects.all()
    }
    return people_known, list(Membership.objects.order_by("pk").values_list())


@pytest.fixture
def known(cast):
    """Zhang, who is there already, with a number and as a probationary member."""
    return make.member(
        cast.lin_branch,
        name="张晓慧",
        id_number=rosters.ID_NUMBER,
        standing="probationary",
        phone="13911112222",
        joined_on=date(2023, 7, 1),
        born_on=date(1990, 1, 1),
    )


@pytest.fixture
def batch(sun, known):
    return import_of(
        sun, line(民族="藏族", 转正时间="2025-07-01"), another(1), another(2, 所在党组织="wu党支部")
    )


def test_undo_leaves_everything_as_it_was(sun, cast, known):
    before = everything()
    batch = import_of(sun, line(民族="藏族", 转正时间="2025-07-01"), another(1), another(2))
    assert everything() != before
    assert undo(batch, sun) == ""
    assert batch.status == "undone"
    assert everything() == before
    told = Event.objects.get(name="members.import_undone")
    assert told.facts == {"batch": batch.pk, "new": 2, "changed": 1}
    assert told.by == sun


def test_what_was_undone_can_come_in_again(sun, cast, batch):
    undo(batch, sun)
    again = import_of(sun, another(1), another(2))
    assert again.counts == {"new": 2}


def test_field_changes_tell_of_both_ways(sun, cast, batch):
    made = PartyMember.objects.get(name=another(1)["姓名"])
    kind = ContentType.objects.get_for_model(PartyMember)
    entries = LogEntry.objects.filter(content_type=kind, object_id=made.pk)
    assert entries.get().actor == sun
    undo(batch, sun)
    assert sorted(entries.values_list("action", flat=True)) == [0, 2]


def amended(person, cast, sun):
    people.amend(person, by=sun, phone="13700000000")


def moved(person, cast, sun):
    people.move(person, cast.zhao_branch, on=date(2026, 1, 5), by=sun, standing="full")


def with_account(person, cast, sun):
    PartyMember.objects.filter(pk=person.pk).update(user=make.user())


def with_activity(person, cast, sun):
    make.activity(cast.lin_branch, host=person)


def with_term(person, cast, sun):
    plain = make.post("委员", leads=False, sole=False)
    person.terms.create(organization=cast.lin_branch, post=plain, starts_on=make.LONG_AGO)


def away(person, cast, sun):
    Absence.objects.create(member=person, kind="mobile", starts_on=make.LONG_AGO)


@pytest.mark.parametrize(
    ("depends", "sentence"),
    [
        (amended, "之后又更正过联系电话"),
        (moved, "组织关系之后又有变化"),
        (with_account, "已开设账号"),
        (with_activity, "记录"),
        (with_term, "任职"),
        (away, "流动与失联"),
    ],
)
def test_what_depends_on_the_import_is_named_and_nothing_is_undone(
    sun, cast, batch, depends, sentence
):
    person = PartyMember.objects.get(name=another(1)["姓名"])
    depends(person, cast, sun)
    before = everything()
    notice = undo(batch, sun)
    assert sentence in notice and person.name in notice
    assert batch.status == "applied"
    assert everything() == before


def test_a_person_that_was_known_may_have_done_much_since(sun, cast, known, batch):
    """Only what the import changed must still be as it left it."""
    with_activity(known, cast, sun)
    with_account(known, cast, sun)
    person = PartyMember.objects.get(pk=known.pk)
    people.amend(person, by=sun, job="技术")
    assert undo(batch, sun) == ""
    person.refresh_from_db()
    assert (person.job, person.ethnicity) == ("技术", "")


def test_a_change_that_was_changed_again_stays(sun, cast, known, batch):
    people.amend(PartyMember.objects.get(pk=known.pk), by=sun, ethnicity="回族")
    assert "之后又更正过民族" in undo(batch, sun)


def test_nothing_is_undone_twice(sun, cast, batch):
    undo(batch, sun)
    with pytest.raises(Exception, match="不能改为"):
        staging.undo(ImportBatch.objects.get(pk=batch.pk), by=sun)
