"""An organization answers whether it held something together with another one."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import FormView

from members.actions import participations
from members.forms.activity_steps import AnswerForm
from members.models import Organization, Participation
from nanchuan.kernel.querysets import sees
from nanchuan.kernel.views import FormActionMixin, take_step


def answerable(request, pk) -> Participation:
    """404 for what a person cannot see; 403 for who does not speak for the organization."""
    rows = Participation.objects.visible_to(request.user).filter(is_host=False)
    rows = rows.select_related("activity__organization", "activity__kind", "organization")
    part = get_object_or_404(rows, pk=pk)
    if not Organization.objects.editable_by(request.user).filter(pk=part.organization_id).exists():
        raise PermissionDenied
    return part


class ActivityAnswer(FormActionMixin, FormView):
    """Its secretary ticks who of its own members took part, or says that nobody did."""

    form_class = AnswerForm
    template_name = "members/activity_answer.html"
    success_message = gettext_lazy("已确认，这次活动也计入本组织。")

    @cached_property
    def part(self):
        return answerable(self.request, self.kwargs["pk"])

    def dispatch(self, request, *args, **kwargs):
        if request.method == "GET" and not self.part.may_be_answered:
            messages.error(request, _("这条记录还没有提交或者已经撤回，不用答复。"))
            return redirect(self.part.activity)
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"part": self.part}

    def get_context_data(self, **kwargs):
        activity = self.part.activity
        return super().get_context_data(
            part=self.part, activity=activity, cancel_url=self._way_back(), **kwargs
        )

    def _way_back(self) -> str:
        """The record, unless the organization declined: then it is no business of its any more."""
        if sees(self.request.user, self.part.activity):
            return self.part.activity.get_absolute_url()
        return reverse("members:activity-list")

    def act(self, form):
        participations.confirm(
            self.part, by=self.request.user, members=form.cleaned_data["members"]
        )
        return self.part.activity


@require_POST
def part_decline(request, pk):
    part = answerable(request, pk)
    done = _("已答复未参加。如果答错了，可以在这里更改。")
    return take_step(request, participations.decline, part, done=done)
