"""Who hears of a transfer: who must act, again and again; then the other end and the person."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members.actions import transfers
from members.models import Rule, Transfer
from nanchuan.notices.actions import events, reminders
from nanchuan.notices.models import Reminder
from tests import make

pytestmark = pytest.mark.django_db


def settle():
    events.handle_waiting()
    reminders.expand_due()


def rules_heard(user):
    """The rules that a person was told by, in their order."""
    rows = Reminder.objects.filter(deliveries__recipient=user, deliveries__channel="inbox")
    return list(rows.order_by("due_at", "pk").values_list("rule", flat=True))


def planned(transfer):
    rows = Reminder.objects.about(transfer).filter(state="planned").order_by("due_at")
    return list(rows.values_list("moment", flat=True))


def test_the_receiving_secretary_hears_at_once(cast):
    make.transfer(make.member(cast.lin_branch), target=cast.wu_branch, by=cast.lin)
    settle()
    assert rules_heard(cast.wu) == ["transfer.requested"]
    assert rules_heard(cast.lin) == rules_heard(cast.zhao) == []


def test_for_the_outside_the_office_hears(sun, cast):
    make.transfer(make.member(cast.lin_branch), by=cast.lin)
    settle()
    assert rules_heard(sun) == ["transfer.requested"]
    assert rules_heard(cast.lin) == []  # who asked for it knows


def test_a_branch_without_a_secretary_leaves_it_to_the_office(sun, cast):
    make.transfer(make.member(cast.lin_branch), target=make.organization(cast.root), by=cast.lin)
    settle()
    assert rules_heard(sun) == ["transfer.requested"]


@pytest.mark.parametrize("end", ["accepted", "declined", "cancelled", "expired"])
def test_the_other_end_and_the_person_hear_how_it_ended(cast, end):
    person = make.member(cast.lin_branch, user=make.user())
    transfer = make.transfer(person, target=cast.wu_branch, by=cast.lin)
    settle()
    if end == "accepted":
        transfers.accept(transfer, effective_on=timezone.localdate(), by=cast.wu)
    elif end == "declined":
        transfers.decline(transfer, reason="查无此人", by=cast.wu)
    elif end == "cancelled":
        transfers.cancel(transfer, by=cast.lin)
    else:
        Transfer.objects.update(valid_until=timezone.localdate() - timedelta(days=1))
        transfers.expire_overdue()
    settle()
    told = f"transfer.{end}"
    who = {
        "accepted": [cast.lin, person.user],
        "declined": [cast.lin, person.user],
        "cancelled": [cast.wu, person.user],
        "expired": [cast.lin, cast.wu, person.user],
    }
    for user in (cast.lin, cast.wu, cast.zhao, person.user):
        assert (told in rules_heard(user)) == (user in who[end]), user
    assert planned(transfer) == []


def test_waiting_ones_are_chased_and_once_more_before_the_letter_expires(cast):
    Rule.objects.filter(code="letter_days").update(value=30)
    transfer = make.transfer(make.member(cast.lin_branch), target=cast.wu_branch, by=cast.lin)
    settle()
    assert planned(transfer) == ["chase-1", "chase-2", "chase-3", "expiring"]
    due = Reminder.objects.get(moment="chase-1").due_at
    assert due == transfer.requested_at + timedelta(days=7)
    soon = Reminder.objects.get(moment="expiring").due_at
    assert timezone.localdate(soon) == transfer.valid_until - timedelta(days=7)
    Reminder.objects.filter(moment="chase-1").update(due_at=timezone.now())
    settle()
    assert sorted(rules_heard(cast.wu)) == ["transfer.chase", "transfer.requested"]
    transfers.decline(transfer, reason="退回", by=cast.wu)
    settle()
    assert planned(transfer) == []


def test_a_chase_that_is_due_in_the_moment_of_acceptance_is_not_sent(cast):
    transfer = make.transfer(make.member(cast.lin_branch), target=cast.wu_branch, by=cast.lin)
    settle()
    Reminder.objects.filter(moment="chase-1").update(due_at=timezone.now())
    transfers.accept(transfer, effective_on=timezone.localdate(), by=cast.wu)
    reminders.expand_due()
    assert "transfer.chase" not in rules_heard(cast.wu)


def test_the_words_carry_no_number(cast, sign_in):
    person = make.member(
        cast.lin_branch, name="某同志", id_number="99990119900101123X", phone="13800001234"
    )
    make.transfer(person, target=cast.wu_branch, by=cast.lin)
    settle()
    page = sign_in(cast.wu).get("/inbox/").content.decode()
    assert "某同志" in page and "13800001234" not in page and "99990119900101123X" not in page
