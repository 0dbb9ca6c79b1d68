"""Two people at once, on connections of their own: one moves the need, the other is told."""

import uuid
from datetime import timedelta
from threading import Barrier
from time import sleep
from unittest.mock import MagicMock

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, OperationalError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from nanchuan.kernel import roles
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import Stateful
from services.actions import dispatching, filing, projects, review, solving, work
from services.models import Dispatch, Need, Objection, Project
from tests import make
from tests.races import at_once, refusals

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 20


@pytest.fixture(autouse=True)
def rights_read_beforehand(cast, sun):
    """A request has a user object of its own; these are shared between the threads."""
    for user in (cast.lin, cast.wu, cast.zhao, sun):
        roles.grants(user)


@pytest.fixture
def two_units(cast):
    return {cast.wu_unit: cast.wu, cast.zhao_unit: cast.zhao}


def both_accept(need, two_units):
    """Both have the page open: each holds the need as it was before."""
    barrier = Barrier(2)

    def accept(unit, by):
        mine = Need.objects.get(pk=need.pk)
        barrier.wait(timeout=20)
        dispatching.accept(mine, unit=unit, by=by)
        return unit

    return at_once(*(lambda u=unit, b=by: accept(u, b) for unit, by in two_units.items()))


def test_of_two_units_that_accept_at_once_one_wins_and_the_other_is_told_who(cast, two_units):
    for _ in range(ROUNDS):
        need = make.need(cast.lin_unit, "published")
        results = both_accept(need, two_units)
        need.refresh_from_db()
        assert need.accepted_by in results
        (refusal,) = refusals(results)
        assert str(refusal) == f"这条需求已由“{need.accepted_by}”接单。"
        assert Event.objects.filter(name="need.accepted", subject_id=need.pk).count() == 1


def look_then_write(self, status, **facts):
    """A step that only looks, then writes."""
    self.status = status
    for name, value in facts.items():
        setattr(self, name, value)
    self.save()


def test_without_the_guard_both_would_win(cast, two_units, monkeypatch):
    """The negative control: the same race with a step that only looks, then writes."""

    monkeypatch.setattr(Stateful, "step_to", look_then_write)
    monkeypatch.setattr(dispatching, "hold", lambda *needs: None)
    monkeypatch.setattr(Dispatch.objects, "create", lambda **facts: None)
    monkeypatch.setattr(dispatching, "clocks", MagicMock())
    doubles = 0
    for _ in range(ROUNDS):
        need = make.need(cast.lin_unit, "published")
        doubles += not refusals(both_accept(need, two_units))
    assert doubles > 0


def test_withdrawn_or_accepted_but_never_both(cast):
    for _ in range(ROUNDS):
        need = make.need(cast.lin_unit, "published")
        results = at_once(
            lambda need=need: filing.withdraw(
                Need.objects.get(pk=need.pk), reason="不用了", by=cast.lin
            ),
            lambda need=need: dispatching.accept(
                Need.objects.get(pk=need.pk), unit=cast.wu_unit, by=cast.wu
            ),
        )
        need.refresh_from_db()
        if need.status == "accepted":
            assert len(refusals(results)) == 1
        else:  # accepted first and withdrawn then, or withdrawn first
            assert need.status == "withdrawn"
            assert len(refusals(results)) == (need.accepted_by is None)


def test_who_waited_for_another_act_acted_later(cast, sun, monkeypatch):
    """The moment of a withdrawal is not before that of a dispatch which it had to wait for."""
    need = make.need(cast.lin_unit, "published")
    hold = filing.hold

    def wait(mine):
        other = Need.objects.get(pk=need.pk)
        dispatching.dispatch(other, unit=cast.wu_unit, assisting=[], by=sun)
        hold(mine)

    monkeypatch.setattr(filing, "hold", wait)
    filing.withdraw(Need.objects.get(pk=need.pk), reason="不用了", by=cast.lin)
    dispatch = need.dispatches.get()
    assert dispatch.at <= dispatch.ended_at


def test_confirmed_or_refused_but_never_both(cast):
    for _ in range(ROUNDS):
        need = make.need(cast.lin_unit, "offered")
        one, other = (Need.objects.get(pk=need.pk) for _ in range(2))
        results = at_once(
            lambda one=one: solving.confirm(one, rating=5, by=cast.lin),
            lambda other=other: solving.refuse(other, reason="没有", by=cast.lin),
        )
        assert len(refusals(results)) == 1
        solution = need.solutions.get()
        assert (solution.confirmed_at is None) != (solution.refused_at is None)


def test_two_matches_of_one_need_start_one_project(cast, sun):
    for _ in range(ROUNDS):
        need = make.need(cast.lin_unit, "accepted")
        given = make.resource()
        one, other = (Need.objects.get(pk=need.pk) for _ in range(2))
        results = at_once(
            *(
                lambda mine=mine, given=given: projects.start(
                    mine, name="项目", resources=[given], by=sun
                )
                for mine in (one, other)
            )
        )
        assert len(refusals(results)) == 1
        assert Project.objects.filter(needs=need).count() == 1


def test_fifty_filings_at_once_get_fifty_numbers_without_a_gap(cast):
    def file():
        return [make.need(cast.lin_unit).number for _ in range(5)]

    numbers = sorted(number for given in at_once(*[file] * 10) for number in given)
    year = timezone.localdate().year
    assert numbers == [f"需-{year}-{number:04d}" for number in range(1, 51)]


def as_it_is(need):
    """The need as a page that is open shows it."""
    return Need.objects.get(pk=need.pk)


def test_dispatched_or_accepted_but_never_to_two_units(cast, sun):
    """The office tells one unit while another takes it."""
    for _ in range(ROUNDS):
        need = make.need(cast.lin_unit, "published")
        one, other = as_it_is(need), as_it_is(need)
        results = at_once(
            lambda one=one: dispatching.dispatch(one, unit=cast.zhao_unit, by=sun),
            lambda other=other: dispatching.accept(other, unit=cast.wu_unit, by=cast.wu),
        )
        assert len(refusals(results)) == 1
        need.refresh_from_db()
        standing = need.dispatches.get(ended_at=None)
        has_it = need.accepted_by or need.dispatched_to
        assert standing.unit == has_it
        assert has_it == (cast.wu_unit if need.status == "accepted" else cast.zhao_unit)


def test_given_to_another_unit_or_accepted_by_the_first(cast, sun):
    """Both leave the status that the other expects, so it is not enough to compare that."""
    for _ in range(ROUNDS):
        need = make.need(cast.lin_unit, "dispatched", taken_by=cast.wu_unit)
        one, other = as_it_is(need), as_it_is(need)
        at_once(
            lambda one=one: dispatching.reassign(one, unit=cast.zhao_unit, reason="更合适", by=sun),
            lambda other=other: _accepted(other, cast),
        )
        need.refresh_from_db()
        assert (need.status, need.dispatched_to) == ("dispatched", cast.zhao_unit)
        assert need.dispatches.get(ended_at=None).unit == cast.zhao_unit


def _accepted(need, cast):
    try:
        dispatching.accept(need, unit=cast.wu_unit, by=cast.wu)
    except PermissionDenied:  # it is not theirs any more
        return False
    return True


def test_two_objections_at_once_are_one(cast):
    for _ in range(ROUNDS):
        need = make.need(cast.lin_unit, "dispatched", taken_by=cast.wu_unit)
        mine = [as_it_is(need), as_it_is(need)]
        results = at_once(
            *(
                lambda each=each: dispatching.object_to(each, reason="不归我们", by=cast.wu)
                for each in mine
            )
        )
        assert len(refusals(results)) == 1
        assert Objection.objects.filter(dispatch__need=need).count() == 1


def silent_offer(cast):
    long_ago = timezone.now() - timedelta(days=60)
    return make.need(cast.lin_unit, "offered", at=long_ago)


def refuse_and_be_silent(need, cast):
    one, other = as_it_is(need), as_it_is(need)
    return at_once(
        lambda: solving.refuse(one, reason="没有解决", by=cast.lin),
        lambda: solving.confirm_silent(other),
    )


def test_refused_or_taken_as_confirmed_but_never_both(cast):
    for _ in range(ROUNDS):
        need = silent_offer(cast)
        assert len(refusals(refuse_and_be_silent(need, cast))) == 1
        solution = need.solutions.get()
        assert (solution.refused_at is None) != (solution.confirmed_at is None)
        need.refresh_from_db()
        assert need.status == ("solved" if solution.automatically else "in_progress")


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time by itself")
def test_without_the_lock_a_refusal_and_silence_both_pass(cast, monkeypatch):
    """The negative control: without the lock and without comparing, both believe to be first."""
    monkeypatch.setattr(solving, "hold", lambda *needs: sleep(0.02))
    monkeypatch.setattr(Stateful, "step_to", look_then_write)
    monkeypatch.setattr(solving, "clocks", MagicMock())
    both = 0
    for _ in range(ROUNDS):
        need = silent_offer(cast)
        try:
            both += not refusals(refuse_and_be_silent(need, cast))
        except (IntegrityError, OperationalError):
            both += 1  # both were in: the database itself was the last line of defence
    assert both > 0


def test_a_double_click_is_one_note(cast):
    """Both clicks are on their way at the same moment."""
    need = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)
    url = reverse("services:need-note", args=[need.pk])

    def click(typed):
        client = Client()
        client.force_login(cast.wu)
        return client.post(url, typed).status_code

    for number in range(1, 6):
        typed = {"once": str(uuid.uuid4()), "text": "去了一趟", "is_public": "on"}
        assert at_once(*[lambda typed=typed: click(typed)] * 2) == [302, 302]
        assert need.notes.count() == number


def test_without_the_token_a_double_click_is_two_notes(cast):
    """The negative control of the test above."""
    need = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)
    at_once(
        *[lambda: work.note(as_it_is(need), text="去了一趟", by=cast.wu)] * 2,
    )
    assert need.notes.count() == 2


def test_a_review_and_a_correction_at_once_do_not_mix(cast, sun):
    """Published with the old text and the correction refused, or corrected and published."""
    for _ in range(ROUNDS):
        need = make.need(cast.lin_unit)
        one, other = (Need.objects.get(pk=need.pk) for _ in range(2))
        results = at_once(
            lambda one=one: review.publish(one, by=sun),
            lambda other=other: filing.change(other, title="改过的标题", by=cast.lin),
        )
        need.refresh_from_db()
        assert need.status == "published"
        assert bool(refusals(results)) == (need.title != "改过的标题")
