from django.contrib import messages
from django.db.models import Exists, OuterRef, Q
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, FormView, ListView

from alliance.models import ActionItem
from alliance.views.meeting_items import of_item
from nanchuan.accounts.views.saved import SavedViewsMixin
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import (
    FilteredMixin,
    FormActionMixin,
    HistoryMixin,
    ScopedMixin,
    get_editable_or_deny,
)
from services.actions import projects as actions
from services.forms.projects import NoteForm, ProjectFilter
from services.models import Need, Project, Resource

ROWS = Project.objects.select_related("lead").with_progress()


class ProjectList(SavedViewsMixin, FilteredMixin, ScopedMixin, ListView):
    queryset = ROWS.order_by("-starts_on", "-pk")
    filterset_class = ProjectFilter
    partial_template_name = "services/_project_table.html"


class ProjectDetail(HistoryMixin, ScopedMixin, DetailView):
    queryset = ROWS

    def get_context_data(self, **kwargs):
        project = self.object
        visible = Need.objects.visible_to(self.request.user)
        served = Need.objects.filter(
            project_links__project=project, project_links__left_at=None
        ).annotate(is_visible=Q(pk__in=visible))
        needs = list(served.with_faces(self.request.user).order_by("pk"))
        return super().get_context_data(
            needs=[need for need in needs if need.is_visible],
            has_hidden_needs=not all(need.is_visible for need in needs),
            commitments=_commitments(project, self.request.user),
            of_item=of_item(project.item_id, self.request.user),
            notes=project.notes.select_related("written_by"),
            **kwargs,
        )


def _commitments(project, user):
    """What is given, and whether the reader may open it: it may be offered no more."""
    seen = Resource.objects.visible_to(user).filter(pk=OuterRef("resource"))
    rows = project.commitments.select_related("resource__unit").order_by("pk")
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


class ProjectNote(FormActionMixin, FormView):
    """What was done, and how far it is."""

    form_class = NoteForm
    template_name = "services/project_note.html"
    success_message = _("已记录进展。")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.project = get_editable_or_deny(ROWS, request.user, pk=kwargs["pk"])

    def get_initial(self):
        return {"percent": self.project.percent}

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            project=self.project, cancel_url=self.project.get_absolute_url(), **kwargs
        )

    def act(self, form):
        typed = form.cleaned_data
        actions.note(
            self.project, text=typed["text"], percent=typed["percent"], by=self.request.user
        )
        return self.project
