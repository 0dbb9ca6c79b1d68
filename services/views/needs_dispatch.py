"""Several needs dispatched at once: ticked, looked at, then each dispatched by itself."""

from dataclasses import dataclass

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members.models import Unit
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.templatetags.ui import moment
from services.actions import dispatching
from services.forms.needs_desk import DispatchForm
from services.models import Need

SALT = "services.desk-dispatch"


@dataclass(frozen=True)
class Outcome:
    """What will become or became of one need: `done`, `already` or `refused`, and in words."""

    need: Need
    state: str
    words: str


@require_POST
def desk_dispatch(request):
    """Ticked ones ask for their units; with units it says what will happen; when exactly that is
    confirmed, each need is dispatched in a transaction of its own, and the page tells of each."""
    form = DispatchForm(request.POST, user=request.user)
    if not form.needs:
        messages.warning(request, _("请先勾选要派出的需求。"))
        return redirect("services:needs-desk")
    context = {"form": form}
    if form.is_valid():
        note, orders = form.cleaned_data["note"], form.orders()
        seen = _confirmed(request)
        if seen is not None and _asked(orders) == [row[:2] for row in seen]:
            outcomes = [
                _carry_out(need, unit, row, note, request.user)
                for (need, unit), row in zip(orders, seen, strict=True)
            ]
            return render(request, "services/needs_dispatched.html", {"outcomes": outcomes})
        outcomes = [_rehearsed(need, unit, note, request.user) for need, unit in orders]
        context |= {"outcomes": outcomes, "seal": _seal(request, orders), "is_ready": True}
        context["number"] = sum(outcome.state == "done" for outcome in outcomes)
    return render(request, "services/needs_dispatch.html", context)


def _asked(orders) -> list:
    return [[need.pk, unit.pk] for need, unit in orders]


def _seal(request, orders) -> str:
    """Which need was to go to which unit, and where it stood when that was looked at."""
    rows = [
        [need.pk, unit.pk, need.status, need.accepted_by_id or need.dispatched_to_id]
        for need, unit in orders
    ]
    return signing.dumps([request.user.pk, rows], salt=SALT, compress=True)


def _confirmed(request) -> list | None:
    try:
        by, rows = signing.loads(request.POST.get("confirm", ""), salt=SALT)
    except (signing.BadSignature, ValueError):
        return None
    return rows if by == request.user.pk else None


def _rehearsed(need, unit, note, user) -> Outcome:
    """Do it, look, and undo it."""
    trial = Need.objects.get(pk=need.pk)
    try:
        with transaction.atomic():
            dispatching.dispatch(trial, unit=unit, note=note, by=user)
            transaction.set_rollback(True)
    except (StepRefused, PermissionDenied) as refusal:
        return Outcome(need, "refused", _why(refusal))
    return Outcome(need, "done", _will(unit, trial))


def _will(unit: Unit, need: Need) -> str:
    words = _("将派给%(unit)s") % {"unit": unit}
    if need.due_at is None:
        return words
    return _("%(words)s，须在 %(moment)s 前接单") % {"words": words, "moment": moment(need.due_at)}


def _carry_out(need, unit, row, note, user) -> Outcome:
    """Only from where it stood when it was looked at: the second of two clicks finds it moved."""
    _need, _unit, status, had = row
    if (need.status, need.accepted_by_id or need.dispatched_to_id) != (status, had):
        return _moved(need, unit)
    try:
        dispatching.dispatch(need, unit=unit, note=note, by=user)
    except PermissionDenied as refusal:
        return Outcome(need, "refused", _why(refusal))
    except StepRefused as refusal:
        now = Need.objects.with_faces(user).get(pk=need.pk)
        return _moved(now, unit) if now.status != status else Outcome(now, "refused", _why(refusal))
    return Outcome(need, "done", _("已派给%(unit)s") % {"unit": unit})


def _moved(need, unit) -> Outcome:
    if unit.pk in (need.accepted_by_id, need.dispatched_to_id):
        return Outcome(need, "already", _("已经派给%(unit)s，没有重复派出") % {"unit": unit})
    words = _("刚被别人更新，现在是“%(status)s”，没有派出") % {"status": need.get_status_display()}
    return Outcome(need, "refused", words)


def _why(refusal) -> str:
    return str(refusal) or _("您不能派这条需求。")
