"""Two people at once on an action item, on connections of their own: one moves it, the other is
told."""

import random
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection

from alliance.actions import conversions, resolutions
from alliance.actions import items as actions
from alliance.models import ActionItem, Measure, Resolution
from nanchuan.kernel import roles
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import Stateful
from tests import make
from tests.races import at_once, refusals

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 12


@pytest.fixture(autouse=True)
def rights_read_beforehand(cast, sun):
    """A request has a user object of its own; these are shared between the threads."""
    for user in (cast.lin, cast.wu, sun):
        roles.grants(user)


def copies(item):
    """Each has the page open: each holds the item as it was before."""
    rows = ActionItem.objects.select_related("resolution__meeting", "unit")
    return [rows.get(pk=item.pk) for _number in range(2)]


def look_then_write(self, status, **facts):
    """A step that only looks, then writes: what `step_to` must not be."""
    self.status = status
    for name, value in facts.items():
        setattr(self, name, value)
    self.save()


@contextmanager
def unguarded(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(actions, "hold", lambda item: None)
        patch.setattr(Stateful, "step_to", look_then_write)
        yield


def shuffled(*acts):
    acts = list(acts)
    random.shuffle(acts)
    return at_once(*acts)


def report_and_drop(cast, sun):
    """Whether the report came after the drop, or the drop was overwritten."""
    item = make.item(cast.lin_unit)
    one, other = copies(item)
    shuffled(
        lambda: actions.report(one, effect="办好了", by=cast.lin),
        lambda: actions.drop(other, reason="不办了", by=sun),
    )
    item.refresh_from_db()
    names = Event.objects.filter(subject_id=item.pk, name__in=["item.reported", "item.dropped"])
    order = list(names.order_by("pk").values_list("name", flat=True))
    return item.status != "dropped" or order[-1] != "item.dropped"


def test_a_report_never_follows_a_drop(cast, sun):
    assert not any(report_and_drop(cast, sun) for _round in range(ROUNDS))


def test_without_the_guard_it_would(cast, sun, monkeypatch):
    """The negative control."""
    with unguarded(monkeypatch):
        assert any(report_and_drop(cast, sun) for _round in range(3 * ROUNDS))


def two_answers(cast, sun):
    """How many answers an extension got."""
    item = make.item(cast.lin_unit, "asked")
    one, other = copies(item)

    def grant(mine):
        try:
            actions.grant(mine, by=sun)
        except AttributeError:  # without the guard the question may vanish in between
            return

    shuffled(lambda: grant(one), lambda: grant(other))
    item.refresh_from_db()
    assert item.due_on == item.extensions.get().due_on
    return Event.objects.filter(subject_id=item.pk, name="item.extension_granted").count()


def test_more_time_is_granted_once(cast, sun):
    assert {two_answers(cast, sun) for _round in range(ROUNDS)} == {1}


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time by itself")
def test_without_the_guard_it_would_be_granted_twice(cast, sun, monkeypatch):
    """The negative control."""
    with unguarded(monkeypatch):
        assert 2 in {two_answers(cast, sun) for _round in range(3 * ROUNDS)}


def two_asked(cast):
    item = make.item(cast.lin_unit)
    one, other = copies(item)
    due_on = item.due_on + timedelta(days=9)
    return refusals(
        at_once(
            lambda: actions.extend(one, due_on=due_on, reason="等", by=cast.lin),
            lambda: actions.extend(other, due_on=due_on, reason="等", by=cast.lin),
        )
    )


def test_more_time_is_asked_for_once_at_a_time(cast):
    assert all(len(two_asked(cast)) == 1 for _round in range(ROUNDS))


def extend_and_confirm(cast, sun):
    """Whether an item that is done has an open question."""
    item = make.item(cast.lin_unit)

    def report_then_confirm():
        mine = copies(item)[0]
        actions.report(mine, effect="办好了", by=cast.lin)
        actions.confirm(mine, by=sun)

    mine, due_on = copies(item)[0], item.due_on + timedelta(days=9)
    shuffled(
        lambda: actions.extend(mine, due_on=due_on, reason="等", by=cast.lin),
        report_then_confirm,
    )
    item.refresh_from_db()
    assert item.status == "done"
    return item.open_extension() is not None


def test_what_is_done_asks_for_no_more_time(cast, sun):
    assert not any(extend_and_confirm(cast, sun) for _round in range(ROUNDS))


def test_without_holding_the_item_it_might(cast, sun, monkeypatch):
    """The negative control."""
    monkeypatch.setattr(actions, "hold", lambda item: None)
    assert any(extend_and_confirm(cast, sun) for _round in range(4 * ROUNDS))


def test_two_clicks_make_one_measure(cast, sun):
    for _round in range(ROUNDS):
        item = make.item(cast.lin_unit)
        one, other = copies(item)
        made = at_once(
            lambda one=one: conversions.to_measure(one, by=sun),
            lambda other=other: conversions.to_measure(other, by=sun),
        )
        assert made[0] == made[1]
        assert Measure.objects.filter(item=item).count() == 1


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time by itself")
def test_without_holding_the_item_there_might_be_two(cast, sun, monkeypatch):
    """The negative control."""
    monkeypatch.setattr(actions, "hold", lambda item: None)

    def number():
        item = make.item(cast.lin_unit)
        one, other = copies(item)
        at_once(
            lambda: conversions.to_measure(one, by=sun),
            lambda: conversions.to_measure(other, by=sun),
        )
        return Measure.objects.filter(item=item).count()

    assert 2 in {number() for _round in range(2 * ROUNDS)}


def reported_though_struck(cast, sun):
    """Whether an item was reported of a resolution that does not stand any more."""
    item = make.item(cast.wu_unit, meeting=make.held_meeting(cast.group))
    mine = copies(item)[0]
    resolution = Resolution.objects.select_related("meeting").get(pk=item.resolution_id)
    shuffled(
        lambda: actions.report(mine, effect="办好了", by=cast.wu),
        lambda: resolutions.strike(resolution, by=sun),
    )
    item.refresh_from_db()
    resolution.refresh_from_db()
    return item.status == "reported" and resolution.struck_at is not None


def test_what_was_reported_is_not_struck_nor_the_other_way_round(cast, sun):
    assert not any(reported_though_struck(cast, sun) for _round in range(ROUNDS))


def test_without_holding_the_item_it_might_be_both(cast, sun, monkeypatch):
    """The negative control."""
    with unguarded(monkeypatch):
        assert any(reported_though_struck(cast, sun) for _round in range(3 * ROUNDS))
