from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django.views.generic import FormView

from alliance.models import ActionItem
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import FormActionMixin, get_editable_or_deny
from services.actions import projects as actions
from services.forms.projects import NoteForm
from services.models import Project

ROWS = Project.objects.select_related("lead").with_progress()


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
