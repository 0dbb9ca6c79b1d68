from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from alliance.models import ActionItem, Measure
from nanchuan.kernel.states import StepRefused
from services.actions import projects as actions


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
