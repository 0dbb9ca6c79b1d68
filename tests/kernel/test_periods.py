"""Dated rows of one owner never share a day, in forms and in the database itself."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance.models import Seat, Turn
from members.models import Membership, Term
from nanchuan.kernel.periods import in_force
from tests import make

DAY = date(2026, 3, 31)
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.django_db
def test_both_dates_are_inclusive():
    person = make.member(starts_on=DAY)
    Membership.objects.filter(member=person).update(ends_on=DAY)
    assert Membership.objects.filter(in_force(DAY), member=person).exists()
    assert not Membership.objects.filter(in_force(date(2026, 4, 1)), member=person).exists()
    assert not Membership.objects.filter(in_force(date(2026, 3, 30)), member=person).exists()


@pytest.mark.django_db
def test_it_does_not_end_before_it_starts():
    person = make.member(starts_on=DAY)
    row = person.memberships.get()
    row.ends_on = date(2026, 3, 30)
    with pytest.raises(ValidationError, match="结束日期不能早于开始日期"):
        row.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("starts_on", "ends_on", "clashes"),
    [
        (date(2026, 3, 31), None, True),
        (date(2026, 3, 1), date(2026, 3, 31), True),
        (date(2026, 4, 1), None, False),
        (date(2026, 1, 1), date(2026, 2, 28), False),
    ],
)
def test_a_member_belongs_to_one_organization_a_day(starts_on, ends_on, clashes):
    person = make.member(starts_on=date(2026, 3, 1))
    Membership.objects.update(ends_on=DAY)
    other = Membership(
        member=person, organization=make.organization(), starts_on=starts_on, ends_on=ends_on
    )
    if not clashes:
        other.full_clean()
        other.save()
        return
    with pytest.raises(ValidationError, match="重叠"):
        other.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        other.save()


@pytest.mark.django_db
def test_an_update_may_not_overlap_either():
    person = make.member(starts_on=date(2026, 3, 1))
    Membership.objects.update(ends_on=DAY)
    later = Membership.objects.create(
        member=person, organization=make.organization(), starts_on=date(2026, 4, 1)
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(pk=later.pk).update(starts_on=DAY)


@pytest.mark.django_db
def test_only_a_sole_post_has_one_holder():
    branch = make.organization()
    make.secretary(branch)
    second = Term(organization=branch, post=make.post(), member=make.member(branch), starts_on=DAY)
    with pytest.raises(ValidationError, match="重叠"):
        second.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()
    plain = make.post("委员", leads=False, sole=False)
    for _both in range(2):
        Term.objects.create(
            organization=branch, post=plain, member=make.member(branch), starts_on=DAY
        )
    assert branch.terms.filter(post=plain).count() == 2


@pytest.mark.django_db
def test_a_unit_sits_once_in_a_group_and_once_in_the_alliance():
    unit = make.unit()
    group = make.group(unit)
    make.seat(unit)  # the whole alliance is another place
    for place in (group, None):
        with pytest.raises(IntegrityError), transaction.atomic():
            Seat.objects.create(unit=unit, group=place, starts_on=DAY)


@pytest.mark.django_db
def test_each_day_has_one_unit_on_turn():
    group = make.group(make.unit(), make.unit())
    first, second = group.seats.all()
    Turn.objects.create(group=group, seat=first, starts_on=date(2026, 1, 1), ends_on=DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Turn.objects.create(group=group, seat=second, starts_on=DAY, ends_on=date(2026, 6, 30))


@pytest.mark.django_db
@settings(max_examples=60, deadline=None)
@given(days, st.none() | days, days, st.none() | days)
def test_overlap_means_a_day_in_common(start_a, end_a, start_b, end_b):
    """`overlapping` and the database's own rule, against the slow obvious answer."""
    end_a, end_b = (
        max(end, start) if end else None for start, end in ((start_a, end_a), (start_b, end_b))
    )
    slow = bool(_days(start_a, end_a) & _days(start_b, end_b))
    with transaction.atomic():
        person = make.member(starts_on=start_a)
        Membership.objects.filter(member=person).update(ends_on=end_a)
        rows = Membership.objects.filter(member=person)
        assert rows.overlapping(start_b, end_b).exists() == slow
        other = Membership(
            member=person, organization=make.organization(), starts_on=start_b, ends_on=end_b
        )
        try:
            with transaction.atomic():
                other.save()
        except IntegrityError:
            refused = True
        else:
            refused = False
        assert refused == slow
        transaction.set_rollback(True)


def _days(start, end):
    return set(range(start.toordinal(), (end or date(2027, 1, 1)).toordinal() + 1))
