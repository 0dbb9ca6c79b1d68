"""Who owes for which month, and to which organization."""

from datetime import date
from decimal import Decimal

import pytest

from members.actions import dues_bases, dues_billing, organizations, rules  # noqa: F401
from members.models import DuesBill, DuesRate, Membership, PartyMember
from members.tasks import keep_dues
from nanchuan.kernel.models import Event
from nanchuan.kernel.periods import day_before
from nanchuan.kernel.states import StepRefused
from tests import make, make_dues
from tests.make_dues import month

pytestmark = pytest.mark.django_db


@pytest.fixture
def branch():
    return make.organization()


@pytest.fixture
def keeper(branch):
    return make_dues.keeper(branch)


def owed(member, back=0):
    """Status, amount and collecting organization of a month; None without a bill."""
    rows = DuesBill.objects.standing().filter(member=member, month=month(back))
    return next(((row.status, str(row.amount), row.organization_id) for row in rows), None)


def test_the_task_bills_everybody_in_force_once(branch):
    full, probationary, suspended = (
        make.member(branch, standing=each) for each in ("full", "probationary", "suspended")
    )
    without_base = make.member(branch)
    for member in (full, probationary, suspended):
        make_dues.based(member)
    keep_dues()
    keep_dues()
    assert owed(full) == owed(probationary) == ("open", "43.21", branch.pk)
    assert owed(suspended) is None and owed(without_base) is None
    assert DuesBill.objects.count() == 2
    event = Event.objects.get(name="dues.billed")
    assert event.subject == branch and event.facts["number"] == 2


def test_a_member_who_has_left_owes_nothing_from_the_next_month_on(branch):
    person = make.member(branch)
    make_dues.based(person)
    Membership.objects.filter(member=person).update(ends_on=month(0), end_reason="left")
    dues_billing.bill_all(on=month(0))
    assert owed(person) == ("open", "43.21", branch.pk)  # still a member on the first
    dues_billing.bill_all(on=month(-1))
    assert owed(person, -1) is None


@pytest.mark.parametrize(("moved_on", "collects"), [(0, "new"), (1, "old")])
def test_who_moves_owes_to_where_the_membership_counted_on_the_first(branch, moved_on, collects):
    other, person = make.organization(), make.member(branch)
    make_dues.based(person)
    day = month(0).replace(day=1 + moved_on)
    person.memberships.update(ends_on=day_before(day), end_reason="transferred")
    Membership.objects.create(member=person, organization=other, starts_on=day)
    dues_billing.bill_all()
    assert owed(person)[2] == (other if collects == "new" else branch).pk


def test_a_branch_collects_for_its_groups(branch):
    group = make.organization(branch, kind="party_group")
    person = make.member(group)
    make_dues.based(person)
    dues_billing.bill_all()
    assert owed(person)[2] == branch.pk


def test_who_retires_pays_by_the_other_steps_from_that_month_on(branch, keeper):
    person = make.member(branch)
    make_dues.based(person, Decimal(6000))
    for back in (2, 1, 0):
        make_dues.billed(person, back)
    dues_bases.set_base(person, kind="retired", amount=Decimal(5000), starts_on=month(1), by=keeper)
    assert [owed(person, back)[1] for back in (2, 1, 0)] == ["90.00", "25.00", "25.00"]


def test_a_base_bills_what_is_missing_and_leaves_what_is_paid(branch, keeper):
    person = make.member(branch)
    first = dues_bases.set_base(
        person, kind="employed", amount=Decimal(3000), starts_on=month(3), by=keeper
    )
    assert [owed(person, back)[1] for back in (3, 2, 1, 0)] == ["15.00"] * 4
    make_dues.paid([DuesBill.objects.get(month=month(2))], keeper)
    dues_bases.set_base(
        person, kind="employed", amount=Decimal(3001), starts_on=month(2), by=keeper
    )
    assert [owed(person, back)[:2] for back in (3, 2, 1, 0)] == [
        ("open", "15.00"),
        ("paid", "15.00"),
        ("open", "30.01"),
        ("open", "30.01"),
    ]
    first.refresh_from_db()
    assert first.amount == Decimal(3000)  # what was said before is not changed


@pytest.mark.parametrize(
    ("back", "facts", "sentence"),
    [
        (-2, {}, "下个月"),
        (13, {}, "12 个月"),
        (0, {"amount": None}, "计算基数"),
        (5, {}, "不在本党组织"),
    ],
)
def test_a_base_that_cannot_be_is_refused(branch, keeper, back, facts, sentence):
    person = make.member(branch, starts_on=month(2))
    given = {"kind": "employed", "amount": Decimal(3000), "starts_on": month(back)} | facts
    with pytest.raises(StepRefused, match=sentence):
        dues_bases.set_base(person, by=keeper, **given)
    assert not DuesBill.objects.exists()


def test_a_keeper_says_no_base_for_months_in_another_branch(keeper, branch):
    """Else the new branch would make bills of the old one."""
    other = make.organization()
    person = make.member(other)
    person.memberships.update(ends_on=day_before(month(1)), end_reason="transferred")
    Membership.objects.create(member=person, organization=branch, starts_on=month(1))
    with pytest.raises(StepRefused, match="不在本党组织"):
        dues_bases.set_base(
            person, kind="employed", amount=Decimal(3000), starts_on=month(2), by=keeper
        )


def test_a_relief_makes_less_of_what_is_open_and_ends(branch, keeper):
    person = make.member(branch)
    make_dues.based(person)
    for back in (2, 1, 0):
        make_dues.billed(person, back)
    relief = dues_bases.relieve(
        person, amount=Decimal(0), reason="患病", starts_on=month(1), ends_on=month(-3), by=keeper
    )
    assert [owed(person, back)[:2] for back in (2, 1, 0)] == [
        ("open", "43.21"),
        ("waived", "0.00"),
        ("waived", "0.00"),
    ]
    dues_bases.end_relief(relief, by=keeper)
    assert owed(person, 1)[0] == "waived" and owed(person)[:2] == ("open", "43.21")
    with pytest.raises(StepRefused):
        dues_bases.end_relief(relief, by=keeper)


def test_a_relief_never_makes_more(branch, keeper):
    person = make.member(branch)
    make_dues.based(person)
    dues_bases.relieve(
        person, amount=Decimal(500), reason="误填", starts_on=month(), ends_on=month(), by=keeper
    )
    assert owed(person)[1] == "43.21"
    with pytest.raises(StepRefused, match="已有减免"):
        dues_bases.relieve(
            person, amount=Decimal(1), reason="又", starts_on=month(), ends_on=month(), by=keeper
        )


def test_what_is_owed_to_a_branch_that_is_no_more_goes_to_where_the_member_is(branch, keeper):
    """A merger: the old branch has no keeper any more, and the debt does not get lost."""
    gone, person = make.organization(), None
    person = make.member(gone)
    make_dues.based(person)
    bill = make_dues.billed(person, 1)
    last = day_before(month(0))
    person.memberships.update(ends_on=last, end_reason="changed")
    Membership.objects.create(member=person, organization=branch, starts_on=month(0))
    assert bill not in DuesBill.objects.editable_by(keeper)
    type(gone).objects.filter(pk=gone.pk).update(ends_on=last)
    assert bill in DuesBill.objects.editable_by(keeper)


def test_only_the_last_year_is_billed_on_demand(branch, keeper):
    for back in (-1, 13):
        with pytest.raises(StepRefused):
            dues_billing.bill_branch(branch, month(back), by=keeper)
    assert dues_billing.bill_branch(branch, date(month().year, month().month, 1), by=keeper) == 0


def test_the_number_of_questions_does_not_grow_with_the_members(
    branch, django_assert_max_num_queries
):
    for _number in range(12):
        make_dues.based(make.member(branch))
    with django_assert_max_num_queries(14):
        assert dues_billing.bill_all() == 12
    assert PartyMember.objects.count() == 12 and DuesRate.objects.count() == 3
