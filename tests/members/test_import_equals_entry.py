"""Thousands in few statements leave the same behind as one after the other."""

from datetime import date

import pytest
from auditlog.context import set_actor
from auditlog.models import LogEntry
from django.core.exceptions import ValidationError
from django.utils import timezone

from members.actions import people
from members.actions.people_many import COLUMNS, Entry, amend_many, enrol_many
from members.models import Membership, PartyMember
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import rosters

pytestmark = pytest.mark.django_db
FULL = "full"


def facts(number, **changes):
    return {
        "name": "欧阳晓慧",
        "gender": "female",
        "ethnicity": "藏族",
        "born_on": date(1990, 1, 1),
        "id_number": rosters.id_number(number=number),
        "phone": f"1380000{number:04d}",
        "education": "bachelor",
        "joined_on": date(2012, 7, 1),
        "job": "技术",
    } | changes


def left_behind(person):
    """Rows, events and field changes of a person, without what tells two people apart."""
    person = PartyMember.objects.get(pk=person.pk)
    told = Event.objects.filter(subject_id=person.pk, name__startswith="member.").order_by("pk")
    rows = {name: getattr(person, name) for name in COLUMNS if name not in OWN}
    kept = ("organization", "standing", "starts_on", "ends_on", "end_reason")
    members = list(Membership.objects.filter(member=person).values_list(*kept))
    rows_of = Membership.objects.filter(member=person)
    logs = [*LogEntry.objects.get_for_object(person), *LogEntry.objects.get_for_objects(rows_of)]
    changes = [
        (log.content_type_id, log.action, log.object_repr, log.actor_id, without_own(log.changes))
        for log in logs
    ]
    return (
        rows,
        members,
        [(event.name, event.subject_label, event.by_id, event.facts) for event in told],
        changes,
    )


OWN = {"id_number", "id_index", "phone", "phone_index", "phone_tail"}


def without_own(changes):
    return {name: value for name, value in changes.items() if name not in ("id", "member")}


def test_entering_one_and_entering_many_leave_the_same(sun, cast):
    at = timezone.now()
    with set_actor(sun):
        one = people.enrol(cast.lin_branch, by=sun, at=at, **facts(1))
    person = PartyMember(**facts(2))
    entry = Entry(person, cast.lin_branch, FULL, cast.lin_branch.first_day_of(date(2012, 7, 1)))
    enrol_many([entry], by=sun, at=at)
    assert left_behind(one) == left_behind(person)
    assert PartyMember.objects.of_id_number(rosters.id_number(number=2)).get() == person
    assert PartyMember.objects.search("ouyangxiaohui").count() == 2
    assert PartyMember.objects.search("0002").get() == person


def test_amending_one_and_amending_many_leave_the_same(sun, cast):
    at = timezone.now()
    one, other = (
        people.enrol(cast.lin_branch, by=sun, at=at, **facts(number)) for number in (1, 2)
    )
    changes = {"name": "慧晓欧阳", "ethnicity": "汉族", "note": "=1+1", "education": ""}
    with set_actor(sun):
        people.amend(PartyMember.objects.get(pk=one.pk), by=sun, at=at, **changes)
    before, after = (PartyMember.objects.get(pk=other.pk) for _twice in range(2))
    for name, value in changes.items():
        setattr(after, name, value)
    amend_many([(before, after)], by=sun, at=at)
    assert left_behind(one) == left_behind(other)
    assert PartyMember.objects.get(pk=other.pk).phone == facts(2)["phone"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "长" * 51},
        {"gender": "other"},
        {"id_number": "12345"},
        {"phone": "abc"},
        {"education": "nonsense"},
        {"note": "长" * 201},
    ],
)
def test_both_ways_ask_the_same_rules(sun, cast, wrong):
    with pytest.raises(StepRefused) as refusal:
        people.enrol(cast.lin_branch, by=sun, **facts(1, **wrong))
    with pytest.raises(ValidationError) as error:
        PartyMember(**facts(1, **wrong)).check_facts()
    assert str(refusal.value) == " ".join(error.value.messages)
