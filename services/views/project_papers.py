"""What is taken out of a project: its picture, its file, and thanks to those who gave."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.generic import DetailView

from members.models import Unit
from nanchuan.kernel.views import paper_response
from services import picture
from services.actions.rights import office, require, speaks_for
from services.models import Project
from services.papers.project import FILE, project_file
from services.papers.thanks import THANKS, for_project, for_year, thanks
from services.reading import Reading

LATEST = 9998  # a year that has one after it


class ProjectPicture(DetailView):
    """A project on one page, for the screen and for a sheet of A4."""

    model = Project
    template_name = "services/project_picture.html"

    def get_queryset(self):
        return Reading.rows(self.request.user)

    def get_context_data(self, **kwargs):
        facts = Reading(self.object, self.request.user).facts()
        return super().get_context_data(
            line=picture.time_line(facts),
            flow=picture.flow(facts),
            sums=picture.sums(facts),
            twin=list(_twin(facts)),
            today=facts.today,
            **kwargs,
        )


def _twin(facts):
    """The same as a table: aspect, what, and how it stands."""
    for point in facts.points:
        is_over = facts.ended_on is not None
        yield _("节点"), point.title, picture.standing(point, facts.today, is_over)[1]
    for day, percent in facts.notes:
        yield _("完成进度"), day.isoformat(), f"{percent}%"
    for asked in facts.asked:
        yield _("服务的需求"), asked.what, asked.unit
    for given in facts.given:
        for thing in given.what:
            yield _("各单位提供"), thing, given.unit
    for each in facts.sums:
        yield _("资金"), each.words, each.said


@require_GET
def project_dossier(request, pk):
    project = get_object_or_404(Reading.rows(request.user), pk=pk)
    paper = project_file(project, request.user, by=request.user)
    return paper_response(paper, subject=project, by=request.user, paper=FILE)


@require_GET
def project_thanks(request, pk, unit):
    """The certificate for one unit, for the office and for that unit."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    given = project.commitments.visible_to(request.user).standing().filter(unit=unit)
    unit = get_object_or_404(Unit, pk__in=given.values("unit"))
    require(office(request.user) or speaks_for(request.user, unit.pk))
    paper = thanks(for_project(project, unit))
    return paper_response(paper, subject=project, by=request.user, paper=THANKS)


@require_GET
def unit_thanks(request, pk, year):
    """The certificate of a year."""
    unit = get_object_or_404(Unit.objects.visible_to(request.user), pk=pk)
    require(office(request.user) or speaks_for(request.user, unit.pk))
    told = for_year(unit, year) if 0 < year <= min(LATEST, timezone.localdate().year) else None
    if told is None:
        raise Http404
    return paper_response(thanks(told), subject=unit, by=request.user, paper=THANKS)
