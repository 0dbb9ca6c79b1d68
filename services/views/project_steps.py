"""The pages on which a step of a project is taken, or of what belongs to it; its photos and
files."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django.views.generic import FormView

from nanchuan.kernel import attaching
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import UploadMixin, photo_response, take_step
from services.actions.project_rights import check, project_of, table_of
from services.actions.rights import require
from services.models import (
    Commitment,
    Milestone,
    Money,
    ProgressFile,
    ProgressPhoto,
    Project,
    ProjectNeed,
    ProjectUnit,
    Risk,
)
from services.views.project_verbs import PARTS, PROJECT, looks_of, noun_of

# Rows that a reader may see, with what says who may take which step.
ROWS = {
    Project: Project.objects.select_related("lead"),
    Milestone: Milestone.objects.select_related("project__lead", "unit"),
    ProjectUnit: ProjectUnit.objects.select_related("project__lead", "unit"),
    Money: Money.objects.select_related("project__lead", "unit"),
    Risk: Risk.objects.select_related("project__lead", "owner"),
    Commitment: Commitment.objects.select_related("project__lead", "unit", "booking__resource"),
}


def visible(model, user, pk):
    """404 for what the reader does not see; of a need that is served, if it is seen itself."""
    if model is ProjectNeed:
        return _visible_link(user, pk)
    return get_object_or_404(ROWS[model].visible_to(user), pk=pk)


def _visible_link(user, pk) -> ProjectNeed:
    rows = ProjectNeed.objects.select_related("project__lead", "need__unit")
    found = get_object_or_404(rows, pk=pk, project__in=Project.objects.visible_to(user))
    needs = type(found.need).objects.visible_to(user)
    if not needs.filter(pk=found.need_id).exists():
        raise Http404
    return found


@require_POST
def part_step(request, pk, model, verb):
    """A step that takes one click."""
    row = visible(model, request.user, pk)
    look = looks_of(row)[verb]
    return take_step(request, look.action, row, done=look.done, to=project_of(row))


class PartStep(UploadMixin, FormView):
    """A step that takes a form: 403 for others, back to the project when it is too late."""

    model: type = Project
    verb = ""
    template_name = "services/step_form.html"

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.row = visible(self.model, request.user, kwargs["pk"])
        self.project = project_of(self.row)
        self.look = looks_of(self.row)[self.verb]
        self.form_class, self.success_message = self.look.form, self.look.done
        require(table_of(self.row)[self.verb].who(request.user, self.row))

    def get(self, request, *args, **kwargs):
        try:
            check(self.row, self.verb, request.user)
        except StepRefused as refusal:
            messages.error(request, str(refusal))
            return redirect(self.project)
        return super().get(request, *args, **kwargs)

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs() | {"row": self.row}
        if "files" not in self.form_class.base_fields:
            del kwargs["oversized"]
        return kwargs

    def get_initial(self):
        """`?resource=7` comes from a suggestion or the page of a resource."""
        return {name: value for name, value in self.request.GET.items() if name == "resource"}

    def get_context_data(self, **kwargs):
        back = self.project.get_absolute_url()
        return super().get_context_data(row=self.project, look=self.look, cancel_url=back, **kwargs)

    def act(self, form):
        made = self.look.action(self.row, by=self.request.user, **form.facts())
        if isinstance(made, Commitment):
            waits = _("已提出，提供单位同意后计入投入。")
            messages.success(self.request, waits if made.is_waiting else _("已投入项目。"))
        return self.project


def addresses():
    """A path for each step of a project and of its parts: `projects/risks/7/close/`."""
    for model, looks in ((Project, PROJECT), *PARTS.items()):
        noun = noun_of(model)
        stem = "projects" if model is Project else f"projects/{noun}s"
        for verb, look in looks.items():
            route, name = f"{stem}/<int:pk>/{verb}/", f"{noun}-{verb}"
            if look.form:
                yield path(route, PartStep.as_view(model=model, verb=verb), name=name)
            else:
                yield path(route, part_step, {"model": model, "verb": verb}, name=name)


# ── Photos and files of notes ───────────────────────────────────────────────────────────────


def photo_image(request, pk):
    return _photo(request, pk, "image")


def photo_thumbnail(request, pk):
    return _photo(request, pk, "thumbnail")


def _photo(request, pk, name):
    """For those who see its project; 404 for anybody else."""
    seen = Project.objects.visible_to(request.user)
    photo = get_object_or_404(ProgressPhoto, pk=pk, note__project__in=seen)
    return photo_response(getattr(photo, name), f"photo-{pk}.jpg")


def progress_file(request, pk):
    seen = Project.objects.visible_to(request.user)
    return attaching.answer(get_object_or_404(ProgressFile, pk=pk, note__project__in=seen))
