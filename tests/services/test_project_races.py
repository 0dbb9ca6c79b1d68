"""At the same moment, on connections of their own."""

from threading import Barrier

import pytest
from django.db import connection

from nanchuan.kernel import roles
from nanchuan.kernel.models import Event
from services import stock
from services.actions import bookings, commitments, project_needs, projects, solving
from services.models import Commitment, Need, Project, ProjectNeed, Resource
from tests import make
from tests.races import at_once, refusals

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 50


@pytest.fixture(autouse=True)
def rights_read_beforehand(cast, sun):
    for user in (cast.lin, cast.wu, sun):
        roles.grants(user)


@pytest.fixture
def need(cast):
    return make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)


def fresh(row):
    """The row as a page that is open shows it."""
    return type(row).objects.get(pk=row.pk)


def fifty_commit(project, resource, by):
    def commit():
        rows = Resource.objects.select_related("unit")
        return commitments.commit(fresh(project), resource=rows.get(pk=resource.pk), by=by)

    return at_once(*[commit] * MANY)


@pytest.mark.parametrize("most", [1, 5])
def test_fifty_at_once_are_given_no_more_than_there_is(cast, most):
    project = make.project(lead=cast.wu_unit)
    resource = make.resource(cast.lin_unit, capacity=most, needs_consent=False)
    results = fifty_commit(project, resource, cast.wu)
    assert len(refusals(results)) == MANY - most
    assert stock.left(resource) == 0
    assert project.commitments.standing().count() == resource.bookings.holding().count() == most


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time by itself")
def test_without_the_lock_of_the_resource_more_is_given_than_there_is(cast, monkeypatch):
    """The negative control: of as many projects, for one is held by one hand at a time."""
    made = [make.project(lead=cast.wu_unit) for _ in range(8)]
    resource = make.resource(cast.lin_unit, capacity=1, needs_consent=False)
    barrier, left = Barrier(len(made)), stock.left

    def counted(*args, **kwargs):
        found = left(*args, **kwargs)
        barrier.wait(timeout=60)
        return found

    monkeypatch.setattr(bookings, "hold_resource", lambda resource: None)
    monkeypatch.setattr(stock, "left", counted)
    monkeypatch.setattr(bookings, "_begin", unchecked)
    at_once(
        *(
            lambda row=row: commitments.commit(fresh(row), resource=fresh(resource), by=cast.wu)
            for row in made
        )
    )
    assert resource.bookings.holding().count() > 1


def unchecked(resource, side, unit, need, quantity, span, note, by, at, project=None):  # noqa: PLR0917
    """Counted once, when it is taken."""
    number = f"约-0-{project.pk}"
    facts = {"unit": unit, "side": side, "project": project, "quantity": quantity}
    facts["giver"] = resource.unit
    return resource.bookings.create(number=number, made_at=at, made_by=by, **facts)


def test_a_need_joins_one_of_two_projects(cast, need, sun):
    for _ in range(5):
        need = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)
        pair = [make.project(lead=cast.wu_unit) for _ in range(2)]
        results = at_once(
            *(
                lambda row=row, need=need: project_needs.join(
                    fresh(row), need=fresh(need), by=cast.wu
                )
                for row in pair
            )
        )
        assert [str(each) for each in refusals(results)] == ["已经对接项目。"]
        assert ProjectNeed.objects.filter(need=need, left_at=None).count() == 1
        assert Event.objects.filter(name="need.matched", subject_id=need.pk).count() == 1


def done_or_not(need, cast):
    """Its project is closed while the enterprise says that it was not solved after all."""
    project = need.project_links.get().project
    at_once(
        lambda: projects.close(fresh(project), by=cast.wu),
        lambda: solving.reopen(fresh(need), reason="又坏了", by=cast.lin),
    )
    return fresh(project).status, fresh(need).status


def solved_in_a_project(cast):
    need = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)
    make._settled(make.project(need), by=None, at=None)
    return fresh(need)


def test_a_project_is_never_done_with_a_need_that_is_open_again(cast):
    for _ in range(10):
        assert done_or_not(solved_in_a_project(cast), cast) == ("active", "in_progress")


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time by itself")
def test_without_the_lock_of_its_needs_it_would_be(cast, monkeypatch):
    """The negative control: closing looks at the needs before the reopening commits, and the
    reopening at the project before the closing does."""
    need, looked, standing = solved_in_a_project(cast), Barrier(2), project_needs._standing

    def hold_served(project):
        links = list(project.need_links.filter(left_at=None).select_related("need"))
        looked.wait(timeout=20)
        return links

    def looked_up(need):
        found = standing(need)
        looked.wait(timeout=20)
        return found

    monkeypatch.setattr(projects, "hold_served", hold_served)
    monkeypatch.setattr(project_needs, "_standing", looked_up)
    monkeypatch.setattr(project_needs, "hold_project", lambda project: None)
    assert done_or_not(need, cast) == ("done", "in_progress")


def test_stopped_or_joined_but_the_need_is_free_or_in_it(cast):
    """Whichever comes first, no need is left in a project that was stopped."""
    for _ in range(5):
        need = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)
        project = make.project(lead=cast.wu_unit)
        at_once(
            lambda project=project: projects.stop(fresh(project), reason="不做", by=cast.wu),
            lambda project=project, need=need: project_needs.join(
                fresh(project), need=fresh(need), by=cast.wu
            ),
        )
        if fresh(project).status == Project.Status.STOPPED:
            assert not project.need_links.filter(left_at=None).exists()
        assert Need.objects.open().filter(pk=need.pk).exists()


def test_stopped_and_agreed_at_once_holds_nothing(cast):
    for _ in range(5):
        project = make.project(lead=cast.wu_unit)
        resource = make.resource(cast.lin_unit, capacity=1)
        row = commitments.commit(project, resource=resource, by=cast.wu)
        at_once(
            lambda project=project: projects.stop(fresh(project), reason="不做", by=cast.wu),
            lambda row=row: bookings.agree(fresh(row.booking), by=cast.lin),
        )
        assert stock.left(resource) == 1
        assert not Commitment.objects.standing().filter(project=project).exists()
