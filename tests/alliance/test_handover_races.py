"""Two people sign at once, or one signs while another refuses: each on a connection of its own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from alliance.actions import handovers as actions
from alliance.models import Handover
from nanchuan.kernel import roles
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import Stateful, StepRefused
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 10


def at_once(*acts):
    """Run each act on its own connection; what each returned or raised."""
    barrier = Barrier(len(acts))

    def run(act):
        try:
            return act(barrier)
        except StepRefused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def refused(results):
    return [result for result in results if isinstance(result, StepRefused)]


def handed(to):
    leaving, arriving = make.unit(), make.unit()
    group = make.group(leaving, arriving)
    turn = make.begun(make.turn(group.seats.get(unit=leaving)))
    make.next_turn(turn, group.seats.get(unit=arriving))
    handover = make.handover(turn, to)
    people = make.liaison(leaving), make.liaison(arriving), make.staff()
    for user in people:
        roles.grants(user)  # shared between the threads
    return handover, *people


def signing(handover, party, by):
    def act(barrier):
        mine = Handover.objects.get(pk=handover.pk)
        barrier.wait(timeout=20)
        actions.sign(mine, party=party, name=by.name, by=by)

    return act


def test_of_two_who_sign_for_a_party_at_once_one_signs():
    for to, party in (("open", "leaving"), ("submitted", "arriving"), ("received", "office")):
        for _round in range(ROUNDS):
            handover, leaving, arriving, office = handed(to)
            by = {"leaving": leaving, "arriving": arriving, "office": office}[party]
            results = at_once(*[signing(handover, party, by)] * 2)
            assert len(refused(results)) == 1
            assert handover.signatures.filter(party=party).count() == 1
    signed = Event.objects.filter(name="handover.signed", facts__party="office")
    assert signed.count() == ROUNDS


def test_signed_or_sent_back_but_never_both():
    for _round in range(ROUNDS):
        handover, _leaving, arriving, office = handed("submitted")

        def refuse(barrier, handover=handover, office=office):
            mine = Handover.objects.get(pk=handover.pk)
            barrier.wait(timeout=20)
            actions.refuse(mine, reason="不符", by=office)

        at_once(signing(handover, "arriving", arriving), refuse)
        handover.refresh_from_db()
        standing = set(
            handover.signatures.filter(voided_at=None, refusal="").values_list("party", flat=True)
        )
        # Signed first and sent back then by the office, or sent back first and not signed.
        assert handover.status == "open"
        assert standing == set()
        assert handover.sheet is None


def test_what_is_signed_is_what_was_saved():
    """Who edits while a colleague signs: either the text is on the sheet, or it was refused."""
    for _round in range(ROUNDS):
        handover, leaving, _arriving, _office = handed("open")

        def edit(barrier, handover=handover, leaving=leaving):
            mine = Handover.objects.get(pk=handover.pk)
            barrier.wait(timeout=20)
            actions.describe(mine, by=leaving, materials="公章 1 枚")

        results = at_once(signing(handover, "leaving", leaving), edit)
        handover.refresh_from_db()
        saved = not refused(results)
        assert handover.sheet["materials"] == (["公章 1 枚"] if saved else [])


def test_without_the_guards_both_would_sign(monkeypatch):
    """The negative control: a step that looks, then writes, and no lock around it."""

    def look_then_write(self, status, **facts):
        Handover.objects.filter(pk=self.pk).update(status=status, **facts)

    monkeypatch.setattr(Stateful, "step_to", look_then_write)
    monkeypatch.setattr(actions, "_hold", lambda handover: None)
    monkeypatch.setattr(actions, "_sign", lambda *arguments, **facts: None)
    doubles = 0
    for _round in range(ROUNDS):
        handover, leaving, _arriving, _office = handed("open")
        doubles += not refused(at_once(*[signing(handover, "leaving", leaving)] * 2))
    assert doubles > 0


def test_two_workers_open_one_sheet():
    for _round in range(ROUNDS):
        unit, other = make.unit(), make.unit()
        group = make.group(unit, other)
        turn = make.begun(make.turn(group.seats.get(unit=unit)))
        make.next_turn(turn, group.seats.get(unit=other))
        turn.ends_on = actions.timezone.localdate()
        turn.save()

        def work(barrier, group=group):
            barrier.wait(timeout=20)
            return actions.open_due(group=group)

        assert sorted(at_once(work, work)) == [0, 1]
        assert Handover.objects.filter(turn=turn).count() == 1
