"""Two of the park office send an instructor to one unit at the same moment."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, close_old_connections, connection
from django.utils import timezone

from members.actions import instructors
from members.models import Instructor, PartyMember, Unit
from nanchuan.kernel.states import StepRefused
from tests import make

ROUNDS = 5


def send(act, ids, day, barrier, told):
    close_old_connections()
    try:
        unit, member = Unit.objects.get(pk=ids[0]), PartyMember.objects.get(pk=ids[1])
        barrier.wait()
        act(unit, member, day)
    except (StepRefused, IntegrityError) as refusal:
        told.append(type(refusal))
    finally:
        connection.close()


def assign(unit, member, day):
    instructors.assign(unit, member, starts_on=day, by=None)


def write(unit, member, day):
    """The negative control: without the action only the database stands in the way."""
    Instructor.objects.create(unit=unit, member=member, starts_on=day)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("act", "answer"), [(assign, StepRefused), (write, IntegrityError)])
def test_of_two_who_send_somebody_one_is_told(act, answer):
    day, branch = timezone.localdate() - timedelta(days=3), make.organization()
    for _round in range(ROUNDS):
        unit, people = make.unit(), [make.member(branch) for _one in range(2)]
        barrier, told = threading.Barrier(2), []
        threads = [
            threading.Thread(target=send, args=(act, (unit.pk, one.pk), day, barrier, told))
            for one in people
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert told == [answer]
        assert unit.instructors.count() == 1
