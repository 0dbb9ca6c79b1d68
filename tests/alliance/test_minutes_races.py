"""Two who take minutes at once, two who approve, and many numbers at a time: each on a connection
of its own."""

import itertools

import pytest
from django.db import transaction

from alliance import merging, minuting
from alliance.actions import minutes as actions
from alliance.models import Minutes, MinutesRevision
from nanchuan.kernel import roles, serials
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import Stateful
from tests import make
from tests.races import at_once, refusals

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 12


def office():
    user = make.staff()
    roles.grants(user)  # shared between the threads
    return user


def group():
    return make.group(make.unit(), make.unit())


def begun(text="开场"):
    return make.minutes(make.held_meeting(group()), text=text)


def writer(minutes, by, **typed):
    """Somebody who has read what stands now, and types something over it."""
    base = dict.fromkeys(typed, minutes.head_id)

    def act():
        mine = Minutes.objects.get(pk=minutes.pk)
        return actions.save(mine, typed=typed, base=base, by=by)

    return act


def stands(minutes):
    minutes.refresh_from_db()
    return minuting.texts(minutes)


def lost(minutes, results, texts):
    """What somebody was told is saved, and stands nowhere."""
    kept = stands(minutes)
    missing = []
    for saved, typed in zip(results, texts, strict=True):
        for key, text in typed.items():
            if key not in saved.asked and kept.get(key) != text:
                missing.append((key, text))
    return missing


def test_nothing_of_two_who_write_at_once_is_lost():
    """In a section of each, and in one that both write: one of them is asked."""
    for number in range(ROUNDS):
        minutes, by = begun(), office()
        texts = [
            {"opening": f"甲{number}", "item-1": "甲的一项"},
            {"opening": f"乙{number}", "closing": "乙的结尾"},
        ]
        results = at_once(*(writer(minutes, by, **typed) for typed in texts))
        assert refusals(results) == []
        assert lost(minutes, results, texts) == []
        assert sorted(len(saved.asked) for saved in results) == [0, 1]
        kept = stands(minutes)
        assert (kept["item-1"], kept["closing"]) == ("甲的一项", "乙的结尾")
        chain = list(minutes.revisions.order_by("pk").values_list("base", "pk"))
        assert [base for base, _pk in chain[1:]] == [pk for _base, pk in chain[:-1]]


def test_without_lock_and_comparison_something_is_lost(monkeypatch):
    """The negative control: read, then write, and nobody looks at the head."""

    def write(minutes, texts, at, **facts):
        revision = MinutesRevision.objects.create(minutes=minutes, sections=texts, **facts)
        Minutes.objects.filter(pk=minutes.pk).update(head=revision)

    waiting = merging.merge

    def slow(*arguments):
        found = waiting(*arguments)
        barrier.wait(timeout=20)  # both have read before either writes
        return found

    from threading import Barrier

    barrier = Barrier(2)
    monkeypatch.setattr(actions.merging, "merge", slow)
    monkeypatch.setattr(actions, "_hold", lambda minutes: None)
    monkeypatch.setattr(actions, "_revise", write)
    monkeypatch.setattr(actions, "save", actions.save.__wrapped__)  # no transaction around it
    losses = 0
    for _round in range(3):
        minutes, by = begun_before(monkeypatch), office()
        texts = [{"opening": "甲"}, {"closing": "乙"}]
        results = at_once(*(writer(minutes, by, **typed) for typed in texts))
        losses += len(lost(minutes, results, texts))
    assert losses > 0


def begun_before(monkeypatch):
    """A draft that was made while everything was in its place."""
    meeting = make.held_meeting(group())
    minutes = Minutes.objects.create(meeting=meeting)
    head = MinutesRevision.objects.create(minutes=minutes, sections={"opening": "开场"})
    Minutes.objects.filter(pk=minutes.pk).update(head=head)
    minutes.refresh_from_db()
    return minutes


def test_the_head_moves_by_comparison_alone(monkeypatch):
    """Without the lock too, whoever comes second hears of it."""
    monkeypatch.setattr(actions, "_hold", lambda minutes: minutes.refresh_from_db())
    for _round in range(ROUNDS):
        minutes, by = begun(), office()
        texts = [{"opening": "甲"}, {"closing": "乙"}]
        results = at_once(*(guarded(writer(minutes, by, **typed)) for typed in texts))
        told = [(saved, typed) for saved, typed in zip(results, texts, strict=True) if saved]
        assert told
        assert lost(minutes, [saved for saved, _typed in told], [typed for _s, typed in told]) == []


def guarded(act):
    """None instead of an error of the database: nothing was saved, and nobody was told so."""
    from django.db import DatabaseError

    from nanchuan.kernel.states import StepRefused

    def guard():
        try:
            return act()
        except (DatabaseError, StepRefused):
            return None

    return guard


def test_published_is_what_was_saved():
    """Who types while a colleague hands in: either the text is in it, or it was refused."""
    for _round in range(ROUNDS):
        minutes, by = begun(), office()

        def submit(minutes=minutes, by=by):
            actions.submit(Minutes.objects.get(pk=minutes.pk), by=by)

        results = at_once(submit, writer(minutes, by, opening="最后一句"))
        saved = not refusals(results)
        minutes.refresh_from_db()
        assert minutes.status == "submitted"
        actions.approve(minutes, by=by)
        actions.publish(minutes, by=by)
        assert minutes.content["opening"] == ("最后一句" if saved else "开场")


def test_nobody_edits_what_is_being_published():
    for _round in range(ROUNDS):
        minutes, by = make.minutes(make.held_meeting(group()), "approved"), office()
        acts = {
            "publish": lambda mine, by: actions.publish(mine, by=by),
            "recall": lambda mine, by: actions.recall(mine, reason="再改", by=by),
        }
        results = at_once(
            *(
                lambda act=act, pk=minutes.pk, by=by: act(Minutes.objects.get(pk=pk), by)
                for act in acts.values()
            ),
            writer(minutes, by, opening="偷改"),
        )
        minutes.refresh_from_db()
        assert minutes.status in ("published", "draft")
        if minutes.status == "published":
            assert len(refusals(results)) == 2
            assert minutes.content["opening"] == stands(minutes)["opening"] != "偷改"


def test_of_two_who_approve_one_does_and_one_number_is_given():
    by, before = office(), None
    for _round in range(ROUNDS):
        minutes = make.minutes(make.held_meeting(group()), "submitted")
        results = at_once(*[lambda pk=minutes.pk: approve(pk, by)] * 2)
        assert len(refusals(results)) == 1
        minutes.refresh_from_db()
        number = number_of(minutes)
        assert before is None or number == before + 1
        before = number
    assert Event.objects.filter(name="minutes.approved").count() == ROUNDS


def approve(pk, by):
    actions.approve(Minutes.objects.get(pk=pk), by=by)


def number_of(minutes) -> int:
    return int(minutes.number.partition("〕")[2].removesuffix("号"))


def test_eight_approvals_at_once_are_numbered_without_gaps():
    by = office()
    drafts = [make.minutes(make.held_meeting(group()), "submitted") for _row in range(8)]
    results = at_once(*(lambda pk=row.pk: approve(pk, by) for row in drafts))
    assert refusals(results) == []
    for row in drafts:
        row.refresh_from_db()
    assert sorted(map(number_of, drafts)) == list(range(1, 9))


def test_without_the_series_numbers_would_be_doubled(monkeypatch):
    """The negative control: the highest number plus one, by looking."""
    from threading import Barrier

    barrier = Barrier(2)

    class Looked:
        def __init__(self, last):
            self.last = last

    def look(prefix, year):
        last = Minutes.objects.exclude(number="").count() + 1
        barrier.wait(timeout=20)
        return Looked(last)

    by = office()
    drafts = [make.minutes(make.held_meeting(group()), "submitted") for _row in range(2)]
    monkeypatch.setattr(serials, "take", look)
    monkeypatch.setattr(actions, "_hold", lambda minutes: None)
    monkeypatch.setattr(actions, "approve", actions.approve.__wrapped__)
    at_once(*(lambda pk=row.pk: approve(pk, by) for row in drafts))
    for row in drafts:
        row.refresh_from_db()
    assert [number_of(row) for row in drafts] == [1, 1]


def test_without_the_guards_both_would_approve(monkeypatch):
    """The negative control: a step that looks, then writes, and no lock around it."""
    numbers = itertools.count(1)

    def look_then_write(self, status, **facts):
        Minutes.objects.filter(pk=self.pk).update(status=status, **facts)

    monkeypatch.setattr(Stateful, "step_to", look_then_write)
    monkeypatch.setattr(actions, "_hold", lambda minutes: None)
    monkeypatch.setattr(serials, "take", lambda *names: type("S", (), {"last": next(numbers)}))
    monkeypatch.setattr(actions, "_check_is", lambda *arguments: None)
    by, doubles = office(), 0
    for _round in range(3):
        minutes = Minutes.objects.create(
            meeting=make.held_meeting(group()), status=Minutes.Status.SUBMITTED
        )
        doubles += not refusals(at_once(*[lambda pk=minutes.pk: approve(pk, by)] * 2))
    assert doubles > 0


def test_of_two_corrections_at_once_one_begins():
    by = office()
    for _round in range(ROUNDS):
        first = make.minutes(make.held_meeting(group()), "published")

        def correct(pk=first.pk):
            return actions.correct(Minutes.objects.get(pk=pk), reason="数目", by=by)

        assert len(refusals(at_once(correct, correct))) == 1
        assert first.meeting.minutes.count() == 2


def test_what_is_taken_back_is_not_approved_at_the_same_moment():
    """The controls: `test_without_the_guards_both_would_approve` goes the same way."""
    by = office()
    for _round in range(ROUNDS):
        draft = make.minutes(make.held_meeting(group()))
        actions.submit(draft, by=by)

        def withdraw(pk=draft.pk):
            actions.withdraw(Minutes.objects.get(pk=pk), by=by)

        assert len(refusals(at_once(withdraw, lambda pk=draft.pk: approve(pk, by)))) == 1
        draft.refresh_from_db()
        assert bool(draft.number) == (draft.status == "approved")


def given_up_and_written():
    """Whether somebody was told that a sentence is saved which went with its correction."""
    by = office()
    first = make.minutes(make.held_meeting(group()), "published")
    later = actions.correct(first, reason="数目", by=by)
    mine, theirs = Minutes.objects.get(pk=later.pk), Minutes.objects.get(pk=later.pk)
    base = {"opening": later.head_id}

    def discard():
        actions.discard(mine, seen=base["opening"], by=by)

    def write():
        actions.save(theirs, typed={"opening": "最后一句"}, base=base, by=by)

    results = at_once(discard, write)
    gone = not Minutes.objects.filter(pk=later.pk).exists()
    return gone and not refusals(results), results


def test_nothing_is_saved_into_a_correction_that_is_being_given_up():
    for _round in range(ROUNDS):
        lost_it, results = given_up_and_written()
        assert not lost_it
        assert len(refusals(results)) == 1


def test_two_who_begin_at_once_share_one_draft():
    by = office()
    for _round in range(ROUNDS):
        meeting = make.held_meeting(group())
        results = at_once(*[lambda meeting=meeting: actions.start(meeting, by=by)] * 2)
        assert refusals(results) == []
        assert results[0] == results[1]
        assert Event.objects.filter(name="minutes.begun").count() == _round + 1


def test_a_lost_connection_keeps_head_and_revision_together(monkeypatch):
    minutes, by = begun(), office()

    def broken(*arguments, **facts):
        raise RuntimeError

    monkeypatch.setattr(actions.events, "record", broken)
    with pytest.raises(RuntimeError), transaction.atomic():
        make.write(minutes, {"opening": "断线"}, by=by)
    assert stands(minutes)["opening"] == "开场"
    assert minutes.revisions.count() == 1
