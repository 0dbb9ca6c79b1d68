"""Two people at once, on connections of their own: one moves the measure, the other is told."""

import random

import pytest

from alliance.actions import measures as actions
from alliance.models import Measure
from nanchuan.kernel import roles
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import Stateful
from tests import make
from tests.services.test_races import at_once, refusals

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 20


@pytest.fixture(autouse=True)
def rights_read_beforehand(cast, sun):
    """A request has a user object of its own; these are shared between the threads."""
    for user in (cast.lin, cast.wu, sun):
        roles.grants(user)


def copies(measure, number=2):
    """Each has the page open: each holds the measure as it was before."""
    return [Measure.objects.get(pk=measure.pk) for _number in range(number)]


def look_then_write(self, status, **facts):
    """A step that only looks, then writes: what `step_to` must not be."""
    self.status = status
    for name, value in facts.items():
        setattr(self, name, value)
    self.save()


def confirm_and_return(cast, sun):
    measure = make.measure(cast.lin_unit, "reported")
    one, other = copies(measure)
    results = at_once(
        lambda: actions.confirm(one, by=sun),
        lambda: actions.send_back(other, reason="佐证不足", by=sun),
    )
    measure.refresh_from_db()
    return measure, results


def test_confirmed_or_sent_back_but_never_both(cast, sun):
    for _round in range(ROUNDS):
        measure, results = confirm_and_return(cast, sun)
        assert len(refusals(results)) == 1
        assert measure.status in ("done", "in_progress")
        assert (measure.done_on is not None) == (measure.status == "done")
        acts = Event.objects.filter(subject_id=measure.pk, name__startswith="measure.")
        assert acts.filter(name__in=["measure.confirmed", "measure.returned"]).count() == 1
        assert measure.steps.count() == 3


def test_without_the_guard_both_would_be_written(cast, sun, monkeypatch):
    """The negative control."""
    monkeypatch.setattr(Stateful, "step_to", look_then_write)
    both = sum(not refusals(confirm_and_return(cast, sun)[1]) for _round in range(ROUNDS))
    assert both > 0


def note_and_drop(cast, sun):
    """Whether the note was written after the drop."""
    measure = make.measure(cast.lin_unit)
    one, other = copies(measure)
    acts = [
        lambda: actions.note(one, text="办了一步", percent=10, by=cast.lin),
        lambda: actions.drop(other, reason="不办了", by=sun),
    ]
    random.shuffle(acts)
    at_once(*acts)
    measure.refresh_from_db()
    assert measure.status == "dropped"
    order = list(
        Event.objects.filter(subject_id=measure.pk, name__in=["measure.noted", "measure.dropped"])
        .order_by("pk")
        .values_list("name", flat=True)
    )
    assert ("measure.noted" in order) == measure.notes.exists()
    return order == ["measure.dropped", "measure.noted"]


def test_no_note_follows_a_drop(cast, sun):
    assert not any(note_and_drop(cast, sun) for _round in range(ROUNDS))


def test_without_holding_the_measure_a_note_would_follow(cast, sun, monkeypatch):
    """The negative control."""
    monkeypatch.setattr(actions, "hold", lambda measure: None)
    assert any(note_and_drop(cast, sun) for _round in range(2 * ROUNDS))


def test_two_due_days_at_once_leave_one_and_its_history(cast, sun):
    from datetime import timedelta

    for _round in range(ROUNDS):
        measure = make.measure(cast.lin_unit)
        days = [measure.due_on + timedelta(days=number) for number in (10, 20)]
        results = at_once(
            *(
                lambda mine=mine, day=day: actions.extend(mine, due_on=day, reason="推迟", by=sun)
                for mine, day in zip(copies(measure), days, strict=True)
            )
        )
        measure.refresh_from_db()
        assert len(refusals(results)) == 1
        assert measure.steps.last().due_on == measure.due_on
        assert measure.steps.count() == 2


def test_a_milestone_is_finished_once(cast, sun):
    for _round in range(ROUNDS):
        measure = make.measure(cast.lin_unit)
        milestone = measure.milestones.create(title="节点", due_on=measure.due_on)
        one, other = (type(milestone).objects.get(pk=milestone.pk) for _copy in range(2))
        results = at_once(
            lambda one=one: actions.finish_milestone(one, by=cast.lin),
            lambda other=other: actions.finish_milestone(other, by=sun),
        )
        assert len(refusals(results)) == 1


def test_eight_who_write_at_once_get_numbers_without_a_gap(cast, sun):
    clause = make.clause()

    def write():
        return [make.measure(cast.lin_unit, clause=clause).number for _number in range(4)]

    numbers = sorted(number for given in at_once(*[write] * 8) for number in given)
    assert [int(number[-4:]) for number in numbers] == list(range(1, 33))
