"""Whatever sequence of transfers: no day is lost, no day is told twice, and any day replays."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.actions import transfers
from members.models import Membership, PartyMember, Rule
from nanchuan.kernel.states import StepRefused
from tests import make

pytestmark = pytest.mark.django_db
BEGAN = date(2024, 1, 1)
PLACES = 3
OUTSIDE = PLACES  # one more than the branches

# (days after the last step, letter so many days before, effective so many days from the
#  letter, where to, what becomes of it)
STEP = st.tuples(
    st.integers(0, 40),
    st.integers(0, 20),
    st.integers(-2, 60),
    st.integers(0, OUTSIDE),
    st.sampled_from(["accept", "accept", "accept", "decline", "cancel", "expire"]),
)


def moment(day):
    return timezone.make_aware(datetime.combine(day, time(10)))


class History:
    """What should be true, kept by hand: from which day on the person is where."""

    def __init__(self, standing):
        self.standing = standing  # goes on through every transfer
        self.by = make.staff()
        self.changes = [(BEGAN, 0)]

    @property
    def place(self):
        return self.changes[-1][1]

    def at(self, day):
        found = [place for since, place in self.changes if since <= day]
        return found[-1] if found else None


def ask(history, branches, person, *, to, letter_on, at):
    if history.place == OUTSIDE:
        if to == OUTSIDE:
            return None
        return transfers.request_incoming(
            branches[to],
            source_name="外地",
            standing=history.standing,
            letter_on=letter_on,
            by=history.by,
            at=at,
            name=person.name,
            gender=person.gender,
            id_number=person.id_number,
        )
    words = {"target_name": "外地"} if to == OUTSIDE else {"target": branches[to]}
    return transfers.request(person, letter_on=letter_on, by=history.by, at=at, **words)


def play(history, branches, person, steps):
    day = BEGAN + timedelta(days=30)
    for wait, before, offset, to, end in steps:
        day += timedelta(days=wait)
        letter_on = day - timedelta(days=before)
        try:
            transfer = ask(history, branches, person, to=to, letter_on=letter_on, at=moment(day))
            if transfer is None:
                continue
            if end == "expire":
                transfers.expire(transfer, at=moment(transfer.valid_until + timedelta(days=1)))
                day = transfer.valid_until + timedelta(days=1)
            elif end == "accept":
                effective_on = letter_on + timedelta(days=offset)
                transfers.accept(transfer, effective_on=effective_on, by=history.by, at=moment(day))
                history.changes.append((effective_on, to))
            elif end == "decline":
                transfers.decline(transfer, reason="退回", by=history.by, at=moment(day))
            else:
                transfers.cancel(transfer, by=history.by, at=moment(day))
        except StepRefused:
            for waiting in person.transfers.waiting():
                transfers.cancel(waiting, by=history.by, at=moment(day))


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEP, max_size=6), probation=st.booleans())
def test_any_day_equals_the_replay(django_db_blocker, steps, probation):
    from django.db import transaction

    with transaction.atomic():
        standing = "probationary" if probation else "full"
        branches = [make.organization() for _number in range(PLACES)]
        number = f"99990119900101{Membership.objects.count() % 1000:03d}X"
        person = make.member(branches[0], standing, starts_on=BEGAN, id_number=number)
        history = History(standing)
        play(history, branches, person, steps)
        check(history, branches, person, standing)
        transaction.set_rollback(True)


def check(history, branches, person, standing):
    rows = list(person.memberships.order_by("starts_on"))
    assert {row.standing for row in rows} == {standing}
    for one, following in pairwise(rows):
        assert one.ends_on < following.starts_on  # no overlap
        if history.at(one.ends_on + timedelta(days=1)) != OUTSIDE:
            assert following.starts_on == one.ends_on + timedelta(days=1)  # no gap
    last = max(since for since, _place in history.changes)
    for number in range((last - BEGAN).days + 3):
        day = BEGAN + timedelta(days=number)
        there = person.current_membership(day)
        place = history.at(day)
        assert (there.organization if there else None) == (
            None if place == OUTSIDE else branches[place]
        )
    people = PartyMember.objects.counted(last).filter(pk=person.pk)
    assert people.exists() == (history.at(last) != OUTSIDE)


def test_the_probation_of_who_comes_back_is_what_the_letter_says():
    """The standing of somebody from outside comes with the letter, not from the past."""
    branch = make.organization()
    transfer = make.incoming(branch, standing="probationary")
    transfers.accept(transfer, effective_on=transfer.letter_on, by=None)
    assert transfer.member.current_membership().standing == "probationary"


def test_the_rule_of_the_letters_day_counts():
    """A letter keeps the validity that it began with."""
    Rule.objects.filter(code="letter_days").update(ends_on=date(2024, 12, 31))
    Rule.objects.create(code="letter_days", value=10, starts_on=date(2025, 1, 1))
    assert transfers.valid_until(date(2024, 12, 31)) == date(2025, 3, 30)
    assert transfers.valid_until(date(2025, 1, 1)) == date(2025, 1, 10)
