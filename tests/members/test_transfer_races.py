"""Two people at one transfer, on connections of their own: one does it, the other is told."""

from datetime import timedelta
from threading import Barrier

import pytest
from django.utils import timezone

from members.actions import receiving, transfers
from members.models import Membership, Transfer
from nanchuan.kernel import roles
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import Stateful
from tests import make
from tests.services.test_races import at_once, refusals

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 8


@pytest.fixture(autouse=True)
def rights_read_beforehand(cast, sun):
    """A request has a user object of its own; these are shared between the threads."""
    for user in (cast.lin, cast.wu, sun):
        roles.grants(user)


def together(transfer, *acts):
    """All have the page open: each holds the transfer as it was before."""
    barrier = Barrier(len(acts))

    def run(act):
        mine = Transfer.objects.named().get(pk=transfer.pk)
        mine.may_be_answered_by(mine.requested_by)
        barrier.wait(timeout=20)
        return act(mine)

    return at_once(*(lambda act=act: run(act) for act in acts))


def accept(cast):
    today = timezone.localdate()
    return lambda mine: transfers.accept(mine, effective_on=today, by=cast.wu)


def waiting(cast):
    return make.transfer(make.member(cast.lin_branch), target=cast.wu_branch)


def accepted_events(transfer):
    return Event.objects.filter(name="transfer.accepted", subject_id=transfer.pk).count()


def check_rows(transfer, *, moved):
    rows = list(Membership.objects.filter(member=transfer.member).order_by("starts_on"))
    assert len(rows) == 1 + moved
    if moved:
        assert rows[1].starts_on == rows[0].ends_on + timedelta(days=1)


def test_of_two_who_receive_at_once_one_does(cast):
    for _round in range(ROUNDS):
        transfer = waiting(cast)
        results = together(transfer, accept(cast), accept(cast))
        (refusal,) = refusals(results)
        assert str(refusal) == "这件转接目前是“已接收”，不能再办理。"
        assert accepted_events(transfer) == 1
        check_rows(transfer, moved=True)


def test_without_the_guards_both_would(cast, monkeypatch):
    """The negative control: neither the lock nor the look, and a step that only writes."""

    def only_write(self, status, **facts):
        self.status = status
        for name, value in facts.items():
            setattr(self, name, value)
        self.save()

    monkeypatch.setattr(Stateful, "step_to", only_write)
    monkeypatch.setattr(transfers, "_hold", lambda transfer: None)
    doubles = 0
    for _round in range(ROUNDS):
        transfer = waiting(cast)

        def decline(mine):
            transfers.decline(mine, reason="退回", by=cast.wu)

        results = together(transfer, decline, decline)
        doubles += not refusals(results)
    assert doubles > 0


def test_received_or_taken_back_but_never_both(cast):
    for _round in range(ROUNDS):
        transfer = waiting(cast)
        results = together(transfer, accept(cast), lambda mine: transfers.cancel(mine, by=cast.lin))
        assert len(refusals(results)) == 1
        transfer.refresh_from_db()
        assert transfer.status in ("accepted", "cancelled")
        check_rows(transfer, moved=transfer.status == "accepted")


def test_received_or_expired_but_never_both(cast):
    tomorrow = timezone.now() + timedelta(days=1)
    for _round in range(ROUNDS):
        transfer = waiting(cast)
        Transfer.objects.filter(pk=transfer.pk).update(valid_until=timezone.localdate())
        results = together(
            transfer, accept(cast), lambda mine: transfers.expire_overdue(at=tomorrow)
        )
        transfer.refresh_from_db()
        assert transfer.status in ("accepted", "expired")
        assert len(refusals(results)) == (transfer.status == "expired")
        check_rows(transfer, moved=transfer.status == "accepted")


def both_request(cast, person):
    barrier = Barrier(2)

    def ask(target):
        mine = type(person).objects.get(pk=person.pk)
        barrier.wait(timeout=20)
        return transfers.request(mine, target=target, by=cast.lin)

    return at_once(lambda: ask(cast.wu_branch), lambda: ask(cast.zhao_branch))


def test_of_two_requests_for_one_person_one_is_made(cast):
    for _round in range(ROUNDS):
        person = make.member(cast.lin_branch)
        (refusal,) = refusals(both_request(cast, person))
        assert "已有一件等待接收的转接" in str(refusal)
        assert Transfer.objects.waiting().filter(member=person).count() == 1


def test_the_database_refuses_the_second_when_nobody_looks(cast, monkeypatch):
    """Without lock and look the constraint is left: the same sentence, not a fault."""
    monkeypatch.setattr(receiving, "lock", lambda member: None)
    monkeypatch.setattr(transfers, "_check_alone", lambda member: None)
    for _round in range(ROUNDS):
        person = make.member(cast.lin_branch)
        (refusal,) = refusals(both_request(cast, person))
        assert "已有一件等待接收的转接" in str(refusal)
        assert Transfer.objects.waiting().filter(member=person).count() == 1
