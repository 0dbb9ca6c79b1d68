"""Two who adopt, draft, sign or remind at once, on connections of their own: one wins."""

from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from alliance.actions import regulations, seats, signatures
from alliance.models import Regulation, SignOff
from nanchuan.kernel import roles
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import Stateful
from tests import make
from tests.races import at_once, refusals

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 12
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def rights_read_beforehand(cast, sun):
    """A request has a user object of its own; these are shared between the threads."""
    for user in (cast.lin, sun):
        roles.grants(user)


def both_adopt(draft, sun):
    """Both have the page open: each holds the draft as it was before."""
    barrier = Barrier(2)

    def adopt(days, how):
        mine = Regulation.objects.get(pk=draft.pk)
        barrier.wait(timeout=20)
        starts_on = timezone.localdate() + days * DAY
        regulations.adopt(mine, starts_on=starts_on, adopted_how=how, by=sun)
        return how

    return at_once(lambda: adopt(1, "甲"), lambda: adopt(2, "乙"))


def again(draft):
    """Back to a draft, so that it can be adopted once more."""
    SignOff.objects.filter(regulation=draft).delete()
    facts = {"starts_on": None, "ends_on": None, "adopted_at": None}
    Regulation.objects.filter(pk=draft.pk).update(status="draft", **facts)
    Regulation.objects.exclude(pk=draft.pk).update(ends_on=None)


def adoptions(draft):
    return Event.objects.filter(name="regulation.adopted", subject_id=draft.pk).count()


def test_of_two_who_adopt_one_wins_and_the_units_are_asked_once(cast, sun):
    before = make.regulation(starts_on=timezone.localdate() - DAY)
    draft = make.regulation_draft()
    for number in range(1, ROUNDS + 1):
        results = both_adopt(draft, sun)
        assert len(refusals(results)) == 1
        draft.refresh_from_db()
        before.refresh_from_db()
        assert draft.adopted_how in results
        assert before.ends_on == draft.starts_on - DAY
        assert draft.sign_offs.count() == 3 and adoptions(draft) == number
        again(draft)


def test_without_the_guards_both_would_adopt(cast, sun, monkeypatch):
    """The negative control: nobody is held, and the step only looks, then writes."""

    def look_then_write(self, status, **facts):
        self.status = status
        for name, value in facts.items():
            setattr(self, name, value)
        self.save()

    monkeypatch.setattr(Stateful, "step_to", look_then_write)
    monkeypatch.setattr(regulations, "_hold", lambda regulation: None)
    monkeypatch.setattr(signatures, "ask_all", lambda regulation, **_facts: [])
    draft = make.regulation_draft()
    doubles = 0
    for _number in range(ROUNDS):
        doubles += not refusals(both_adopt(draft, sun))
        again(draft)
    assert doubles > 0


def test_two_who_begin_a_draft_make_one(sun):
    for text in ("charter", "rota", "meetings"):
        results = at_once(*[lambda text=text: regulations.draft(text, by=sun)] * 3)
        assert len(refusals(results)) == 2
        assert Regulation.objects.filter(text=text).count() == 1


def test_adopted_as_it_was_or_as_it_was_edited_but_never_edited_afterwards(cast, sun):
    draft = make.regulation_draft()
    for number in range(ROUNDS):
        one, other = (Regulation.objects.get(pk=draft.pk) for _ in range(2))
        title, before = f"改{number}", draft.title
        results = at_once(
            lambda one=one: regulations.adopt(
                one, starts_on=timezone.localdate(), adopted_how="通过", by=sun
            ),
            lambda other=other, title=title: regulations.edit(
                other, title=title, text="第一条 改。", settings={}, by=sun
            ),
        )
        draft.refresh_from_db()
        assert draft.status == "adopted"
        assert draft.title == (before if refusals(results) else title)
        again(draft)


def test_signed_or_withdrawn_first_but_never_signed_afterwards(cast, sun):
    for number in range(6):
        starts_on = timezone.localdate() + (number + 1) * DAY
        version = make.regulation(starts_on=starts_on)
        row = version.sign_offs.get(unit=cast.lin_unit)
        signatures.read(row, by=None)
        results = at_once(
            lambda row=row: signatures.sign(row, name="林", by=cast.lin),
            lambda version=version: regulations.withdraw(version, reason="x", by=sun),
        )
        row.refresh_from_db()
        version.refresh_from_db()
        assert version.status == "dropped"
        assert (row.signed_at is None) == bool(refusals(results))


def test_two_signatures_of_one_unit_are_one(cast):
    version = make.regulation()
    row = version.sign_offs.get(unit=cast.lin_unit)
    signatures.read(row, by=None)
    rows = [SignOff.objects.get(pk=row.pk) for _ in range(2)]
    results = at_once(
        *(lambda mine=mine: signatures.sign(mine, name="林", by=cast.lin) for mine in rows)
    )
    assert len(refusals(results)) == 1
    assert Event.objects.filter(name="sign_off.signed").count() == 1


def test_two_clicks_remind_each_unit_once(cast, sun):
    version = make.regulation()
    results = at_once(*[lambda: signatures.remind(version, by=sun)] * 2)
    assert len(refusals(results)) == 1
    assert Event.objects.filter(name="sign_off.reminded").count() == 3


def test_two_who_let_a_unit_join_ask_it_once(cast, sun):
    version = make.regulation()
    joiner = make.unit()
    make.seat(joiner)
    at_once(*[lambda: signatures.ask_to_sign(joiner, by=sun)] * 2)
    assert version.sign_offs.filter(unit=joiner).count() == 1


def joining(unit):
    return lambda: seats.join(unit, None, starts_on=timezone.localdate(), by=None)


def adopting(draft):
    mine = Regulation.objects.get(pk=draft.pk)
    facts = {"starts_on": timezone.localdate(), "adopted_how": "审议通过", "by": None}
    return lambda: regulations.adopt(mine, **facts)


@pytest.mark.parametrize("text", ["charter", "rota"])
def test_a_unit_that_joins_while_a_version_is_adopted_is_asked_once(text):
    for _round in range(ROUNDS):
        Regulation.objects.filter(status="adopted", text=text).update(status="dropped")
        draft, unit = make.regulation_draft(text), make.unit()
        at_once(joining(unit), adopting(draft))
        assert SignOff.objects.filter(regulation=draft, unit=unit).count() == 1


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time by itself")
def test_without_the_lock_it_would_not_be_asked(monkeypatch):
    """The negative control: it joins when the units have been asked, before that is certain."""
    draft, unit = make.regulation_draft(), make.unit()
    ask_all = signatures.ask_all

    def then_joins(*arguments, **facts):
        rows = ask_all(*arguments, **facts)
        at_once(joining(unit))
        return rows

    monkeypatch.setattr(signatures, "_hold_versions", lambda: None)
    monkeypatch.setattr(signatures, "ask_all", then_joins)
    adopting(draft)()
    assert not SignOff.objects.filter(regulation=draft, unit=unit).exists()
