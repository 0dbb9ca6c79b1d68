"""What `people.enrol` and `people.amend` do to one person, done to thousands in few statements.

The rules are the same by construction: the model's own (`check_facts`), the organization's first
day of a membership, one owner for each ID number (the database says so), the same events and
field changes. `tests/members/test_import_equals_entry.py` holds both ways side by side.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from members.models import Membership, Organization, PartyMember
from nanchuan.kernel import events, fieldlog

PORTION = 500
COLUMNS = [field.name for field in PartyMember._meta.concrete_fields if not field.primary_key]


@dataclass
class Entry:
    """A person to enrol; the membership is made."""

    person: PartyMember
    organization: Organization
    standing: str
    starts_on: date
    membership: Membership | None = None


@transaction.atomic
def enrol_many(entries: list[Entry], *, by, at: datetime | None = None, **facts) -> None:
    """Party members are entered (登记党员). `facts` go into the events besides the standing.

    Raises IntegrityError if somebody has one of the ID numbers already.
    """
    people = [entry.person for entry in entries]
    for person in people:
        person.spell()
    PartyMember.objects.bulk_create(people, batch_size=PORTION)
    for entry in entries:
        entry.membership = Membership(
            member=entry.person,
            organization=entry.organization,
            standing=entry.standing,
            starts_on=entry.starts_on,
        )
    memberships = Membership.objects.bulk_create(
        [entry.membership for entry in entries], batch_size=PORTION
    )
    fieldlog.log_many(fieldlog.CREATE, ((None, row) for row in (*people, *memberships)), by=by)
    happened = [(entry.person, {"standing": entry.standing, **facts}) for entry in entries]
    events.record_many("member.enrolled", happened, by=by, at=at)


@transaction.atomic
def amend_many(
    pairs: list[tuple[PartyMember, PartyMember]], *, by, at: datetime | None = None, **facts
) -> None:
    """What is known of people is put right (更正党员资料): each as it was, and as it becomes."""
    happened = []
    for before, after in pairs:
        after.spell()
        happened.append((after, {"fields": changed_fields(before, after), **facts}))
    write_back(after for _before, after in pairs)
    fieldlog.log_many(fieldlog.UPDATE, pairs, by=by)
    events.record_many("member.changed", happened, by=by, at=at)


def changed_fields(before: PartyMember, after: PartyMember) -> list[str]:
    """Names of the facts that differ, without what the portal keeps of them by itself."""
    return sorted(
        field.name
        for field in PartyMember._meta.concrete_fields
        if field.editable and getattr(before, field.attname) != getattr(after, field.attname)
    )


def write_back(people: Iterable[PartyMember]) -> None:
    """Rows that are there already, as one statement for many: an UPDATE of CASEs is far slower."""
    PartyMember.objects.bulk_create(
        people,
        batch_size=PORTION,
        update_conflicts=True,
        unique_fields=["pk"],
        update_fields=COLUMNS,
    )
