"""Two at the same moment, where it is about money: one does it, and the other is told.

Each race has its negative control: the same without what guards it.
"""

from contextlib import contextmanager
from functools import partial

import pytest
from django.db import IntegrityError, connection
from django.db.models import Q
from django.utils import timezone

from members import dues
from members.actions import dues_arrears, dues_billing, dues_payments, dues_rates
from members.models import DuesBill, DuesHandover, DuesLine, DuesPayment, DuesRate
from nanchuan.kernel.models import Event
from nanchuan.kernel.periods import months_after
from nanchuan.kernel.states import StepRefused
from tests import make, make_dues
from tests.make_dues import month
from tests.races import at_once, refusals

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 50
TRIES = 30  # of a control, which may miss in each of them


@contextmanager
def without(model, name):
    """The table without one of its rules; its rows are gone afterwards."""
    rule = next(each for each in model._meta.constraints if each.name == name)
    with connection.schema_editor() as editor:
        editor.remove_constraint(model, rule)
    try:
        yield
    finally:
        model.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(model, rule)


def careless(self, status, **facts):
    """A step that reads and writes, without looking whether the row is still as it was seen."""
    type(self)._base_manager.filter(pk=self.pk).update(status=status)
    self.status = status


# ── Payments ─────────────────────────────────────────────────────────────────────────────────


def one_to_pay():
    branch = make.organization()
    person = make.member(branch)
    make_dues.based(person)
    return branch, make.user(), make_dues.billed(person)


def pay_twice(branch, by, bill):
    def pay():
        return make_dues.paid([DuesBill.objects.get(pk=bill.pk)], by, branch)

    return at_once(pay, pay)


def test_of_two_who_record_or_take_back_one_does():
    branch, by, bill = one_to_pay()
    for _round in range(ROUNDS):
        assert len(refusals(pay_twice(branch, by, bill))) == 1
        payment = DuesPayment.objects.received().get()
        take_back = partial(dues_payments.reverse, payment, reason="误记", by=by)
        assert len(refusals(at_once(take_back, take_back))) == 1
    assert sum(row.amount for row in DuesPayment.objects.all()) == 0
    numbers = DuesPayment.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [*range(1, 2 * ROUNDS + 1)]


def test_without_the_guards_both_would_record(monkeypatch):
    monkeypatch.setattr(DuesBill, "step_to", careless)
    branch, by, bill = one_to_pay()
    with without(DuesLine, "dues_bill_paid_once"):
        assert any(not refusals(pay_twice(branch, by, bill)) for _round in range(TRIES))


def test_with_a_look_instead_of_a_swap_both_would_take_back():
    branch, by, bill = one_to_pay()
    payment = make_dues.paid([bill], by, branch)

    def take_back():
        if not payment.lines.filter(stands=True).exists():
            raise StepRefused("")
        payment.lines.update(stands=False)

    for _round in range(TRIES):
        if not refusals(at_once(take_back, take_back)):
            return
        payment.lines.update(stands=True)
    raise AssertionError("one was always later than the other")


# ── Bills ────────────────────────────────────────────────────────────────────────────────────


def three_members():
    branch = make.organization()
    for _number in range(3):
        make_dues.based(make.member(branch))


def bill_twice():
    act = partial(dues_billing.bill, Q(), month(), is_told=False)
    at_once(act, act)
    made = DuesBill.objects.count()
    DuesBill.objects.all().delete()
    return made


def test_two_who_bill_make_one_bill_for_each():
    three_members()
    assert {bill_twice() for _round in range(ROUNDS)} == {3}


def test_without_the_rule_of_the_database_two_would_bill_twice():
    three_members()
    with without(DuesBill, "dues_bill_once"):
        twice = any(bill_twice() > 3 for _round in range(TRIES))
    assert twice or connection.vendor == "sqlite"  # there, one writer at a time


# ── Arrears ──────────────────────────────────────────────────────────────────────────────────


def told():
    return Event.objects.filter(name="dues.arrears").count()


def one_in_arrears():
    person = make.member(user=make.user())
    make_dues.based(person)
    return make_dues.billed(person, 3)


def test_of_two_sweeps_one_tells():
    bill = one_in_arrears()
    for round_ in range(1, ROUNDS + 1):
        at_once(dues_arrears.sweep, dues_arrears.sweep)
        assert told() == round_
        DuesBill.objects.filter(pk=bill.pk).update(told=0)


def test_without_the_mark_both_sweeps_would_tell(monkeypatch):
    from nanchuan.kernel import events

    def unguarded(bill, months):
        DuesBill.objects.filter(pk=bill.pk).update(told=months)
        events.record("dues.arrears", subject=bill, months=months)
        return True

    monkeypatch.setattr(dues_arrears, "_tell", unguarded)
    bill = one_in_arrears()
    for round_ in range(1, TRIES + 1):
        at_once(dues_arrears.sweep, dues_arrears.sweep)
        if told() > round_:
            return
        DuesBill.objects.filter(pk=bill.pk).update(told=0)
    raise AssertionError("both waited for each other in every round")


# ── Handed over ──────────────────────────────────────────────────────────────────────────────


def hand_twice(branch, by):
    first = months_after(dues.quarter_of(timezone.localdate()), -3)
    act = partial(
        dues_payments.hand_over, branch, quarter=first, handed_on=timezone.localdate(), by=by
    )
    return at_once(act, act)


def test_of_two_who_hand_a_quarter_over_one_does():
    branch, by = make.organization(), make.user()
    for _round in range(ROUNDS):
        assert len(refusals(hand_twice(branch, by))) == 1
        DuesHandover.objects.all().delete()


def test_without_the_rule_a_quarter_would_be_handed_over_twice(monkeypatch):
    def looks_then_writes(self, defaults, **facts):
        if found := self.filter(**facts).first():
            return found, False
        return self.create(**facts, **defaults), True

    queryset = type(DuesHandover.objects.all())
    monkeypatch.setattr(queryset, "get_or_create", looks_then_writes)
    branch, by = make.organization(), make.user()
    with without(DuesHandover, "dues_handed_over_once"):
        twice = False
        for _round in range(TRIES):
            twice = twice or not refusals(hand_twice(branch, by))
            DuesHandover.objects.all().delete()
    assert twice or connection.vendor == "sqlite"


# ── Rates ────────────────────────────────────────────────────────────────────────────────────


def rate_and_act():
    rate = DuesRate.objects.get(kind="fixed")
    facts = {"steps": [], "title": "", "article": "", "note": ""}
    by = make.user()

    def act(amount):
        return partial(dues_rates.revise, rate, starts_on=month(), by=by, fixed=amount, **facts)

    return rate, act("0.30"), act("0.40")


def test_of_two_who_revise_a_rate_one_does():
    rate, first, second = rate_and_act()
    for _round in range(ROUNDS):
        assert len(refusals(at_once(first, second))) == 1
        DuesRate.objects.filter(kind=rate.kind).exclude(pk=rate.pk).delete()
        DuesRate.objects.filter(pk=rate.pk).update(ends_on=None)


def test_without_a_look_the_second_would_meet_the_rule_of_the_database(monkeypatch):
    """Neither waits for the other or looks again: the table still holds one version for each month,
    but the second hears of it as a fault and not in a sentence."""
    queryset = type(DuesRate.objects.all())
    monkeypatch.setattr(queryset, "select_for_update", lambda self, *given, **facts: self)
    monkeypatch.setattr(DuesRate, "full_clean", lambda self: None)
    rate, first, second = rate_and_act()

    def heard(act):
        try:
            return act()
        except IntegrityError as fault:
            return fault

    for _round in range(TRIES):
        results = at_once(partial(heard, first), partial(heard, second))
        if not any(isinstance(each, IntegrityError) for each in results):
            DuesRate.objects.filter(kind=rate.kind).exclude(pk=rate.pk).delete()
            DuesRate.objects.filter(pk=rate.pk).update(ends_on=None)
            continue
        return
    assert connection.vendor == "sqlite"
