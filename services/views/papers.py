"""The papers of a need in one click, and which of them its page offers."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import paper_response
from services import papers
from services.actions import notices, rights
from services.models import Dispatch, Need

ROWS = Dispatch.objects.select_related("need__unit", "need__charter", "unit")


@require_GET
def need_dossier(request, pk):
    """The file of an order, for who takes part in it."""
    rows = Need.objects.known_to(request.user).select_related("unit", "accepted_by", "charter")
    need = get_object_or_404(rows, pk=pk)
    paper = papers.dossier(need, request.user, by=request.user)
    return paper_response(paper, subject=need, by=request.user, paper=papers.DOSSIER)


@require_GET
def dispatch_notice(request, pk):
    """The dispatch notice, for who works on it; without a number it is a draft of the office's."""
    rows = ROWS.filter(need__in=Need.objects.known_to(request.user))
    if not rights.office(request.user):
        rows = rows.exclude(notice_number="")
    dispatch = get_object_or_404(rows.prefetch_related("need__assistances__unit"), pk=pk)
    if not rights.reads_inside(request.user, dispatch.need):
        raise Http404
    paper = papers.notice(dispatch, by=request.user)
    return paper_response(paper, subject=dispatch.need, by=request.user, paper=papers.NOTICE)


@require_POST
def dispatch_issue(request, pk):
    dispatch = get_object_or_404(ROWS.filter(need__in=Need.objects.known_to(request.user)), pk=pk)
    try:
        number = notices.issue(dispatch, by=request.user)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
    else:
        words = _("已编号“%(number)s”，可以下载交办通知书。")
        messages.success(request, words % {"number": number})
    return redirect(dispatch.need)


def papers_context(dispatches, user) -> dict:
    """The papers that there are for a reader, of the dispatches that the reader sees."""
    is_office = rights.office(user)
    shown = [
        row for row in dispatches if row.notice_number or (is_office and notices.may_be_issued(row))
    ]
    return {"notices": shown, "issues_notices": is_office}
