"""Dated rows never share a day: in the form, in the database, and when two write at once."""

import threading
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import (
    IntegrityError,
    close_old_connections,
    connection,
    transaction,
)

from members.models import Membership, Term
from tests import make

ROUNDS = 5


def row(person, organization, starts_on, ends_on=None):
    return Membership(
        member=person, organization=organization, starts_on=starts_on, ends_on=ends_on
    )


@pytest.mark.django_db
def test_a_person_belongs_to_one_organization_at_a_time(cast):
    person = make.member(cast.lin_branch, starts_on=date(2025, 1, 1))
    second = row(person, cast.wu_branch, date(2025, 6, 1))
    with pytest.raises(ValidationError, match="重叠"):
        second.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()


@pytest.mark.django_db
def test_succession_on_a_day_ends_the_old_row_the_day_before(cast):
    person = make.member(cast.lin_branch, starts_on=date(2025, 1, 1))
    person.memberships.update(ends_on=date(2025, 5, 31))
    with pytest.raises(IntegrityError), transaction.atomic():
        row(person, cast.wu_branch, date(2025, 5, 31)).save()
    row(person, cast.wu_branch, date(2025, 6, 1)).save()
    assert person.current_membership(date(2025, 5, 31)).organization == cast.lin_branch
    assert person.current_membership(date(2025, 6, 1)).organization == cast.wu_branch


@pytest.mark.django_db
def test_a_sole_post_has_one_holder_and_another_post_many(cast):
    other = make.member(cast.lin_branch)
    secretary = Term(
        organization=cast.lin_branch, post=make.post(), member=other, starts_on=date(2025, 1, 1)
    )
    with pytest.raises(ValidationError, match="重叠"):
        secretary.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        secretary.save()
    plain = make.post("委员", leads=False, sole=False)
    for person in (other, cast.lin_member):
        Term.objects.create(
            organization=cast.lin_branch, post=plain, member=person, starts_on=date(2025, 1, 1)
        )


@pytest.mark.django_db
def test_an_end_before_the_start_is_refused(cast):
    person = make.member(cast.lin_branch, starts_on=date(2025, 1, 1))
    person.memberships.all().delete()
    wrong = row(person, cast.lin_branch, date(2025, 2, 1), date(2025, 1, 31))
    with pytest.raises(ValidationError, match="早于"):
        wrong.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        wrong.save()
    row(person, cast.lin_branch, date(2025, 2, 1), date(2025, 2, 1)).save()  # a day is a period


def race(writers):
    """Run functions at once, each on its own connection; returns what they raised."""
    barrier, raised = threading.Barrier(len(writers)), []

    def run(write):
        close_old_connections()
        try:
            barrier.wait()
            write()
        except IntegrityError as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[write]) for write in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.mark.django_db(transaction=True)
def test_of_two_who_write_at_once_one_wins():
    lin, wu = make.organization(), make.organization()
    for _round in range(ROUNDS):
        person = make.member(lin)
        person.memberships.all().delete()
        writers = [row(person, where, date(2025, 1, 1)).save for where in (lin, wu)]
        assert len(race(writers)) == 1
        assert person.memberships.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_rule_both_would_win():
    """The negative control: the same race on days that do not meet."""
    lin, wu = make.organization(), make.organization()
    person = make.member(lin)
    person.memberships.all().delete()
    first = row(person, lin, date(2025, 1, 1), date(2025, 1, 31))
    second = row(person, wu, date(2025, 2, 1))
    assert not race([first.save, second.save])
    assert person.memberships.count() == 2
