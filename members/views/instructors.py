from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView

from members.actions import instructors as actions
from members.forms.instructors import InstructorEndForm, InstructorForm
from members.models import Instructor, Unit
from nanchuan.kernel.views import FormActionMixin, get_editable_or_deny


class InstructorMixin(FormActionMixin):
    """Both pages lead back to the unit."""

    template_name = "members/instructor_form.html"
    unit: Unit

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            unit=self.unit, cancel_url=self.unit.get_absolute_url(), **kwargs
        )

    def get_success_url(self):
        return self.unit.get_absolute_url()


class UnitInstructor(InstructorMixin, FormView):
    """A member is sent to guide a unit; whoever did until then is succeeded."""

    form_class = InstructorForm
    success_message = _("已选派党建指导员。")

    def dispatch(self, request, *args, **kwargs):
        rows = Unit.objects.with_coverage()
        self.unit = get_editable_or_deny(rows, request.user, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        now = self.unit.instructors.current().select_related("member").first()
        return super().get_context_data(present=now, **kwargs)

    def act(self, form):
        given = form.cleaned_data
        return actions.assign(
            self.unit,
            given["person"],
            starts_on=given["starts_on"],
            note=given["note"],
            by=self.request.user,
        )


class InstructorEnd(InstructorMixin, FormView):
    """A member no longer guides a unit."""

    form_class = InstructorEndForm
    success_message = _("已结束指导。")

    def dispatch(self, request, *args, **kwargs):
        rows = Instructor.objects.select_related("unit", "member")
        self.instructor = get_editable_or_deny(rows, request.user, pk=kwargs["pk"])
        self.unit = self.instructor.unit
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(ending=self.instructor, **kwargs)

    def act(self, form):
        ends_on = form.cleaned_data["ends_on"]
        return actions.end(self.instructor, ends_on=ends_on, by=self.request.user)
