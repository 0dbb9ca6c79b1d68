"""The page of a project: what comes next on top, then everything that its reader may read."""

from django.views.generic import DetailView

from alliance.views.meeting_items import of_item
from members.models import Unit
from nanchuan.kernel import events
from services.actions.project_rights import OF_AN_ENTERPRISE
from services.actions.rights import office, speaks_for
from services.models import Project
from services.reading import Reading
from services.views.project_verbs import steps, with_parts


class ProjectDetail(DetailView):
    model = Project

    def get_queryset(self):
        return with_parts(Reading.rows(self.request.user))

    def get_context_data(self, **kwargs):
        project, user = self.object, self.request.user
        told = Reading(project, user)
        return super().get_context_data(
            told=told,
            steps=steps(user, project),
            history=_history(project, user) if told.is_whole else [],
            of_item=of_item(project.item_id, user),
            coming=next((row for row in told.milestones if row.is_open), None),
            thanked=thanked(told, user),
            **kwargs,
        )


def _history(project, user):
    """Who stated an effect says whose need it was."""
    hidden = () if office(user) else OF_AN_ENTERPRISE
    return [event for event in events.latest(project) if event.name not in hidden]


def thanked(told: Reading, user) -> list[Unit]:
    """Units whose certificate this reader may take out."""
    units = {row.unit_id: row.unit for row in told.given}
    return [unit for unit in units.values() if office(user) or speaks_for(user, unit.pk)]
