"""The page of a project: what comes next on top, then everything that its reader may read, each
with what this reader may do to it."""

from django.views.generic import DetailView

from alliance.views.meeting_items import of_item
from members.models import Unit
from nanchuan.kernel import events
from services.actions import project_rights as rights
from services.actions.rights import office, speaks_for
from services.inlined import keep
from services.models import Project
from services.reading import Reading
from services.views.project_verbs import PROJECT, steps
from services.views.step_verbs import steps_of

NEXT = ("launch", "note", "effect", "archive")  # what a project waits for, the first that one may
BESIDE = ("effect", "plan", "commit", "join", "close")


class ProjectDetail(DetailView):
    model = Project

    def get_queryset(self):
        return Reading.rows(self.request.user)

    def get_context_data(self, **kwargs):
        project, user = self.object, self.request.user
        told = Reading(project, user)
        _with_steps(told)
        return super().get_context_data(
            told=told,
            **_steps(project, user),
            history=_history(told),
            of_item=of_item(project.item_id, user),
            coming=next((row for row in told.milestones if row.is_open), None),
            thanked=thanked(told, user),
            **kwargs,
        )


def _with_steps(told: Reading) -> None:
    """Who may do what is asked of rows that have been read; each part knows its `steps`."""
    keep(told.project, "unit_links", told.unit_links)
    keep(told.project, "commitments", told.gifts)
    keep(told.project, "need_links", told.links)
    parts = (told.milestones, told.gifts, told.seen, told.helpers, told.money, told.risks)
    for row in (row for rows in parts for row in rows):
        row.steps = steps(told.user, row)


def _steps(project, user) -> dict:
    """The next step, what stands beside it, and the others."""
    may = rights.verbs(user, project)
    first = next((verb for verb in NEXT if verb in may), None)
    beside = [verb for verb in BESIDE if verb in may and verb != first]
    others = [verb for verb in may if verb != first and verb not in beside]

    def shown(verbs):
        return steps_of(project, {verb: PROJECT[verb] for verb in verbs}, may, "project")

    return {
        "main_step": next(iter(shown([first])), None) if first else None,
        "beside_steps": shown(beside),
        "other_steps": shown(others),
    }


def _history(told: Reading) -> list:
    """For those who carry the project: who stated an effect says whose need it was."""
    if not told.is_whole:
        return []
    hidden = rights.unread_events(told.user)
    return [event for event in events.latest(told.project) if event.name not in hidden]


def thanked(told: Reading, user) -> list[Unit]:
    """Units whose certificate this reader may take out."""
    units = {row.unit_id: row.unit for row in told.given}
    return [unit for unit in units.values() if office(user) or speaks_for(user, unit.pk)]
