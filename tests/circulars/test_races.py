"""Two at once, on connections of their own: one act, one number each, no gap."""

from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from nanchuan.circulars.actions import answers, circulars, publishing
from nanchuan.circulars.models import Addressee, Circular
from nanchuan.kernel import roles
from nanchuan.kernel.models import Event, Serial
from nanchuan.kernel.states import Stateful
from tests import make_circulars
from tests.races import at_once, refusals

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 50


@pytest.fixture(autouse=True)
def rights_read_beforehand(cast, sun):
    """A request has a user object of its own; these are shared between the threads."""
    for user in (cast.lin, cast.wu, sun):
        roles.grants(user)


def publish(circular, sun):
    return lambda: publishing.publish(Circular.objects.get(pk=circular.pk), by=sun)


def broken_instead(act):
    """An act that may hit a rule of the database where its own guard is off."""

    def run():
        try:
            return act()
        except IntegrityError as broken:
            connection.close()
            return broken

    return run


def test_two_that_go_out_at_once_have_two_numbers_without_a_gap(cast, sun):
    for _round in range(ROUNDS):
        pair = [make_circulars.draft(cast.lin_branch, by=sun) for _each in range(2)]
        assert not refusals(at_once(*(publish(each, sun) for each in pair)))
    found = Circular.objects.order_by("serial").values_list("serial", flat=True)
    assert list(found) == list(range(1, 2 * ROUNDS + 1))
    assert len(set(Circular.objects.values_list("number", flat=True))) == 2 * ROUNDS


def look_then_write(prefix, year):
    """A number that is looked up, then written."""
    row, _made = Serial.objects.get_or_create(prefix=prefix, year=year)
    row.last += 1
    row.save()
    return row


def test_without_the_guard_two_would_take_one_number(cast, sun, monkeypatch):
    """The negative control: the database's own rule has to stop them."""
    monkeypatch.setattr(publishing, "serials", SimpleNamespace(take=look_then_write))
    look_then_write(publishing.SERIES, timezone.localdate().year)
    doubles = 0
    for _round in range(ROUNDS):
        pair = [make_circulars.draft(cast.lin_branch, by=sun) for _each in range(2)]
        results = at_once(*(broken_instead(publish(each, sun)) for each in pair))
        doubles += any(isinstance(result, IntegrityError) for result in results)
    if connection.vendor == "sqlite":
        assert doubles == 0  # there one writes at a time: the transaction itself is the guard
    else:
        assert doubles > 0


def test_one_draft_goes_out_once(cast, sun):
    for _round in range(ROUNDS):
        draft = make_circulars.draft(cast.lin_branch, by=sun)
        assert len(refusals(at_once(publish(draft, sun), publish(draft, sun)))) == 1
        assert draft.addressees.count() == 1
    assert Serial.objects.get(prefix=publishing.SERIES).last == ROUNDS


def both_submit(circular, people):
    def submit(by):
        row = Addressee.objects.select_related("circular").get(circular=circular)
        return lambda: make_circulars.submitted(row, by)

    return at_once(*(broken_instead(submit(by)) for by in people))


def test_handed_in_twice_at_once_it_is_one(cast, sun):
    for _round in range(ROUNDS):
        circular = make_circulars.circular(cast.lin_branch, questions=["做法"], by=sun)
        results = both_submit(circular, [cast.lin, cast.lin])
        assert len(refusals(results)) == 1
        row = circular.addressees.get()
        assert row.submissions.count() == 1
        submitted = Event.objects.filter(name="addressee.submitted", subject_id=row.pk)
        assert submitted.count() == 1


write = answers._write


def last_wins(addressee, by, at, **given):
    """Without the mark of what the writer saw."""
    last = addressee.submissions.last()
    return write(addressee, by, at, **given | {"seen": last and last.changed_at})


def test_without_the_guard_both_would_hand_in(cast, sun, monkeypatch):
    """The negative control: a step that only looks, then writes, without the lock before it."""

    def step(self, status, **facts):
        self.status = status
        for name, value in facts.items():
            setattr(self, name, value)
        self.save()

    circular = make_circulars.circular(cast.lin_branch, questions=["做法"], by=sun)
    monkeypatch.setattr(Stateful, "step_to", step)
    monkeypatch.setattr(answers, "check_running", lambda circular: None)
    monkeypatch.setattr(answers, "_check_open", lambda addressee: None)
    monkeypatch.setattr(answers, "_write", last_wins)
    doubles = 0
    for _round in range(ROUNDS):
        Addressee.objects.update(status="open")
        circular.addressees.get().submissions.all().delete()
        doubles += not refusals(both_submit(circular, [cast.lin, cast.lin]))
    assert doubles > 0


def test_closed_or_handed_in_but_nothing_comes_after_the_close(cast, sun):
    for _round in range(ROUNDS):
        circular = make_circulars.circular(cast.lin_branch, questions=["做法"], by=sun)
        row = circular.addressees.select_related("circular").get()
        results = at_once(
            lambda row=row: make_circulars.submitted(row, cast.lin),
            lambda row=circular: publishing.close(Circular.objects.get(pk=row.pk), by=sun),
        )
        circular.refresh_from_db()
        assert circular.status == "closed"
        events = Event.objects.filter(name__in=("circular.closed", "addressee.submitted"))
        names = list(events.order_by("pk").values_list("name", flat=True))[-2:]
        if not refusals(results):
            assert names == ["addressee.submitted", "circular.closed"]


def test_the_button_pressed_twice_at_once_reminds_once(cast, sun):
    for _round in range(10):
        circular = make_circulars.circular(cast.lin_branch, needs_receipt=True, by=sun)
        push = [lambda row=circular: publishing.remind(Circular.objects.get(pk=row.pk), by=sun)] * 2
        assert len(refusals(at_once(*push))) == 1


def test_a_draft_that_goes_out_cannot_be_changed_in_the_same_moment(cast, sun):
    """Either the change came first and went out, or it was refused."""
    for _round in range(ROUNDS):
        draft = make_circulars.draft(cast.lin_branch, by=sun, text="旧")
        at_once(
            publish(draft, sun),
            lambda row=draft: circulars.change(Circular.objects.get(pk=row.pk), by=sun, text="新"),
        )
        names = Event.objects.order_by("pk").values_list("name", flat=True)
        assert list(names)[-1] == "circular.published"


def both_keep(row, people, seen):
    def keep(by):
        own = Addressee.objects.select_related("circular").get(pk=row.pk)
        return lambda: answers.keep_draft(own, answers={"1": by.name}, seen=seen, by=by)

    return at_once(*(keep(by) for by in people))


def overwritten(cast, sun) -> int:
    """In how many rounds two saved, the first draft and then the same draft, and both heard that
    their words stand."""
    found = 0
    for _round in range(ROUNDS):
        row = make_circulars.circular(cast.lin_branch, questions=["做法"], by=sun).addressees.get()
        seen = None
        for _time in range(2):
            refused = refusals(both_keep(row, [cast.lin, cast.wu], seen))
            draft = row.submissions.get()
            found += not refused
            seen = draft.changed_at
    return found


def test_of_two_who_save_one_draft_at_once_the_second_is_told(cast, sun):
    assert overwritten(cast, sun) == 0


def test_it_is_so_even_if_nobody_holds_the_circular(cast, sun, monkeypatch):
    """The mark is compared where it is written."""
    if connection.vendor == "postgresql":
        monkeypatch.setattr(answers, "check_running", lambda circular: None)
    assert overwritten(cast, sun) == 0


def test_without_the_mark_the_last_one_wins(cast, sun, monkeypatch):
    """The negative control."""
    monkeypatch.setattr(answers, "_write", last_wins)
    assert overwritten(cast, sun) > 0
