"""Two people at once, on connections of their own: one moves the need, the other is told."""

from threading import Barrier

import pytest
from django.utils import timezone

from nanchuan.kernel import roles
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import Stateful
from services.actions import dispatching, filing, projects, review, solving
from services.models import Need, Project
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


def test_without_the_guard_both_would_win(cast, two_units, monkeypatch):
    """The negative control: the same race with a step that only looks, then writes."""

    def look_then_write(self, status, **facts):
        self.status = status
        for name, value in facts.items():
            setattr(self, name, value)
        self.save()

    monkeypatch.setattr(Stateful, "step_to", look_then_write)
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


def test_eight_who_file_at_once_get_eight_numbers_without_a_gap(cast):
    def file():
        return [make.need(cast.lin_unit).number for _ in range(5)]

    numbers = sorted(number for given in at_once(*[file] * 8) for number in given)
    year = timezone.localdate().year
    assert numbers == [f"需-{year}-{number:04d}" for number in range(1, 41)]


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
