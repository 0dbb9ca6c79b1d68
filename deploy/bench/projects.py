"""Projects of the invented park: each serves a need that is worked on or answered. Of three two go
on, some with a day until when and a milestone; a fifth is helped with by a unit."""

from datetime import timedelta

from django.utils import timezone

import given
from nanchuan.portal.demo import park as words
from needs import ANSWERED
from scale import DAY, NOW, STAFF, TODAY
from services.models import (
    Commitment,
    Milestone,
    ProgressNote,
    Project,
    ProjectNeed,
    ProjectUnit,
)

LASTING = timedelta(days=30)


def tables(size, filed):
    served = [need for need in filed if need.status in ("in_progress", *ANSWERED)]
    yield Project, (project_of(need, number) for number, need in enumerate(served, 1))
    yield (
        ProjectNeed,
        (
            ProjectNeed(project_id=number, need=need, joined_at=need.accepted_at)
            for number, need in enumerate(served, 1)
        ),
    )
    numbers = range(1, len(served) + 1)
    yield Commitment, (commitment_of(size, number) for number in numbers)
    yield ProgressNote, (note_of(number) for number in range(2 * len(served)))
    yield ProjectUnit, (helper_of(size, number) for number in numbers if number % 5 == 0)
    yield Milestone, (milestone_of(number) for number in numbers if is_live(number))


def is_live(number):
    return number % 3 != 0


def project_of(need, number):
    over, began = not is_live(number), timezone.localdate(need.accepted_at)
    return Project(
        number=f"项-{TODAY.year}-{number:04}",
        name=need.title,
        lead_id=need.accepted_by_id,
        starts_on=began,
        due_on=max(due(number), began) if number % 7 == 0 else None,
        status=Project.Status.DONE if over else Project.Status.ACTIVE,
        ended_at=need.accepted_at + LASTING if over else None,
    )


def due(number):
    """Long ahead but for one in two hundred."""
    return TODAY + (400 + number % 300) * DAY if number % 200 else TODAY + (number % 30 - 15) * DAY


def commitment_of(size, number):
    resource = number % size.resources + 1
    return Commitment(
        project_id=number,
        resource_id=resource,
        unit_id=resource % size.units + 1,
        committed_at=given.ADDED,
    )


def note_of(number):
    return ProgressNote(
        project_id=number // 2 + 1,
        text=words.PHRASES[0],
        percent=50,
        written_by_id=STAFF,
        written_at=NOW - number % 500 * DAY,
    )


def helper_of(size, number):
    return ProjectUnit(project_id=number, unit_id=number % size.units + 1, joined_at=given.ADDED)


def milestone_of(number):
    on = due(number)
    done = TODAY if on < TODAY and number % 2 else None
    return Milestone(project_id=number, title=words.PHRASES[1][:40], due_on=on, done_on=done)
