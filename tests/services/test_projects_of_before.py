"""Projects that were there before they had states have those that they would have had."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from services.actions import filing, progress, projects, solving
from services.models import Commitment, ProgressNote, Project, Solution
from tests import make

pytestmark = pytest.mark.django_db
MIGRATION = import_module("services.migrations.0016_projects")
NOW = timezone.now()


def fill_again():
    """As if none of it had ever been kept."""
    Project.objects.update(status="planned", ended_at=None)
    ProgressNote.objects.update(unit=None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    for _ in range(2):
        MIGRATION.fill(apps, None)


def solved(need, at, by):
    solving.offer(need, text="好了", by=by, at=at - timedelta(hours=1))
    solving.confirm(need, rating=5, by=None, at=at)


def test_it_is_done_since_the_last_of_its_needs_was_confirmed(cast, sun):
    first = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)
    second = make.need(cast.zhao_unit, "accepted", taken_by=cast.wu_unit)
    project = make.project(first)
    project.need_links.create(need=second)
    type(second).objects.filter(pk=second.pk).update(status="in_progress")
    second.refresh_from_db()
    solved(first, NOW - timedelta(days=3), sun)
    fill_again()
    project.refresh_from_db()
    assert (project.status, project.ended_at) == ("active", None)
    solved(second, NOW - timedelta(days=2), sun)
    fill_again()
    project.refresh_from_db()
    assert (project.status, project.ended_at) == ("done", NOW - timedelta(days=2))


def test_what_came_in_without_events_is_dated_by_its_solution(cast, sun):
    need = make.need(cast.lin_unit, "solved")
    project = need.project_links.get().project
    Solution.objects.filter(need=need).update(confirmed_at=NOW - timedelta(days=9))
    need_events = MIGRATION._confirmed
    MIGRATION._confirmed = lambda apps: []
    try:
        fill_again()
    finally:
        MIGRATION._confirmed = need_events
    project.refresh_from_db()
    assert project.ended_at == NOW - timedelta(days=9)


def test_a_need_that_was_reopened_or_withdrawn_and_one_without_needs(cast, sun):
    again = make.need(cast.lin_unit, "closed")
    solving.reopen(again, reason="又坏了", by=cast.lin)
    gone = make.need(cast.lin_unit, "in_progress")
    filing.withdraw(gone, reason="不用了", by=cast.lin)
    make.project()
    fill_again()
    assert set(Project.objects.values_list("status", flat=True)) == {"active"}


def test_who_gave_and_who_wrote(cast, sun):
    need = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)
    gift = make.resource(cast.zhao_unit)
    project = projects.start(need, name="对接", resources=[gift], by=sun)
    progress.note(project, text="一", percent=1, by=sun)
    progress.note(project, text="二", percent=2, by=cast.wu)
    fill_again()
    assert Commitment.objects.get().unit == cast.zhao_unit
    writers = ProgressNote.objects.order_by("pk").values_list("unit", flat=True)
    assert list(writers) == [None, cast.wu_unit.pk]
