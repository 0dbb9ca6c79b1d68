from django.contrib import messages
from django.db.models import Exists, OuterRef, Q
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, ListView

from alliance.models import ActionItem, Measure
from alliance.views.meeting_items import of_item
from nanchuan.accounts.views.saved import SavedViewsMixin
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import (
    FilteredMixin,
    HistoryMixin,
    ScopedMixin,
)
from services.actions import project_rights as rights
from services.actions import projects as actions
from services.forms.projects import ProjectFilter
from services.models import Commitment, Need, Project, Resource
from services.views.project_verbs import steps, with_parts

ROWS = Project.objects.select_related("lead").with_progress()


class ProjectList(SavedViewsMixin, FilteredMixin, ScopedMixin, ListView):
    queryset = ROWS.order_by("-starts_on", "-pk")
    filterset_class = ProjectFilter
    partial_template_name = "services/_project_table.html"


class ProjectDetail(HistoryMixin, ScopedMixin, DetailView):
    queryset = with_parts(ROWS)

    def get_context_data(self, **kwargs):
        project = self.object
        visible = Need.objects.visible_to(self.request.user)
        served = Need.objects.filter(
            project_links__project=project, project_links__left_at=None
        ).annotate(is_visible=Q(pk__in=visible))
        needs = list(served.with_faces(self.request.user).order_by("pk"))
        context = super().get_context_data(
            steps=steps(self.request.user, project),
            needs=[need for need in needs if need.is_visible],
            has_hidden_needs=not all(need.is_visible for need in needs),
            commitments=_commitments(project, self.request.user),
            of_item=of_item(project.item_id, self.request.user),
            notes=project.notes.select_related("written_by").prefetch_related("photos", "files"),
            **kwargs,
        )
        hidden = rights.unread_events(self.request.user, project)
        context["history"] = [each for each in context["history"] if each.name not in hidden]
        return context


def _commitments(project, user):
    """What is given, and whether the reader may open it: it may be offered no more."""
    seen = Resource.objects.visible_to(user).filter(pk=OuterRef("resource"))
    rows = Commitment.objects.visible_to(user).filter(project=project, withdrawn_at=None)
    rows = rows.select_related("resource", "unit").order_by("pk")
    return rows.annotate(may_open=Exists(seen))


@require_POST
def project_from_item(request, pk):
    """One click: what was resolved is carried on as a project, which opens."""
    item = get_object_or_404(ActionItem.objects.visible_to(request.user), pk=pk)
    try:
        project = actions.begin(item, by=request.user)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(item)
    messages.success(request, _("已转为项目，可以开始填写进展。"))
    return redirect(project)


@require_POST
def project_from_measure(request, pk):
    """One click: a measure is carried out as a project, which opens."""
    measure = get_object_or_404(Measure.objects.visible_to(request.user), pk=pk)
    try:
        project = actions.begin_measure(measure, by=request.user)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(measure)
    messages.success(request, _("已转为项目，可以开始填写进展。"))
    return redirect(project)
