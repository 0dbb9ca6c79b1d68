"""The number to call in full, on this answer and nowhere else."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from nanchuan.kernel.states import StepRefused
from services.actions import phones
from services.models import Need, Resource


@never_cache
@require_POST
def need_phone(request, pk):
    return _phone(request, Need.objects.select_related("unit"), pk)


@never_cache
@require_POST
def resource_phone(request, pk):
    return _phone(request, Resource.objects.select_related("unit"), pk)


def _phone(request, rows, pk):
    record = get_object_or_404(rows.visible_to(request.user), pk=pk)
    try:
        phone = phones.show(record, by=request.user)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(record)
    return render(request, "services/phone.html", {"record": record, "phone": phone})
