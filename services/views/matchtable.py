"""The matching table of the office: looked at, worked out, put right by hand, carried out."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django.views.generic import FormView, ListView

from nanchuan.kernel import events, exporting
from nanchuan.kernel.fields import is_number
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import (
    ExportedMixin,
    FilteredMixin,
    FormActionMixin,
    ScopedMixin,
    get_editable_or_deny,
    take_step,
)
from services import matchshown
from services import matchtable as rows
from services.actions import matchapply, matchbuild, matchtable
from services.actions.rights import office
from services.forms.matchtable import NONE, OTHER, STATES, ApplyForm, LineForm, MatchFilter
from services.models import MatchLine, MatchTable, Resource
from services.papers.matchtable import match_columns

HERE = "services:matching-table"


class MatchingTable(ExportedMixin, FilteredMixin, ScopedMixin, ListView):
    """All open needs beside their best offers; while it is worked out, how far that is."""

    queryset = rows.shown()
    filterset_class = MatchFilter
    template_name = "services/matching_table.html"
    partial_template_name = "services/_match_lines.html"
    export_name = _("匹配表")
    on_paper = True
    numbered_paper = False  # its rows have places of their own

    def get(self, request, *args, **kwargs):
        self.table = MatchTable.objects.visible_to(request.user).select_related("asked_by").first()
        self.total, self.lacks = matchshown.numbers()
        return super().get(request, *args, **kwargs)

    def get_paginator(self, *args, **kwargs):
        """How many rows a part has is known already, if nothing else narrows it."""
        paginator = super().get_paginator(*args, **kwargs)
        asked = {name for name, value in self.request.GET.items() if value} - {"page", "progress"}
        state = self.request.GET.get("state") or "all"
        if asked <= {"state"} and state in self.total:
            paginator.count = self.total[state]
        return paginator

    @property
    def is_at_work(self) -> bool:
        return self.table is not None and self.table.is_at_work

    def get_template_names(self):
        if "progress" in self.request.GET and self.is_at_work and self.request.htmx:
            return ["services/_match_progress.html"]
        return super().get_template_names()

    def render_to_response(self, context, **kwargs):
        response = super().render_to_response(context, **kwargs)
        if self.request.htmx and "progress" in self.request.GET and not self.is_at_work:
            response["HX-Refresh"] = "true"
        return response

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        if self.is_at_work:
            silent = not self.table.lease_until and matchbuild.Worker.is_silent()
            return context | {"table": self.table, "is_silent": silent}
        state = self.request.GET.get("state", "")
        return context | {
            "table": self.table,
            "lines": matchshown.dress(context["object_list"]),
            "total": self.total,
            "lacks": [(words, f"?state=lacking&category={key}", n) for key, words, n in self.lacks],
            "parts": _parts(self.total, state),
            "state": state,
            "may_act": office(self.request.user),
            "here": self.request.get_full_path(),
        }

    def export_columns(self):
        return match_columns()

    def export_rows(self, most):
        return matchshown.dress(exporting.limited(self.get_queryset(), most))


def _parts(total, state):
    """The parts of the table, each with its number of rows: words, address, number, whether it is
    shown now."""
    base = reverse(HERE)
    yield _("全部"), base, total["all"], not state
    for part, words in STATES.items():
        if total[part] or part in {"given", "lacking"}:
            yield words, f"{base}?state={part}", total[part], part == state


@require_POST
def matching_build(request):
    """It is worked out again; `everything` gives up what was locked by hand."""
    try:
        table = matchbuild.ask(keeps="everything" not in request.POST, by=request.user)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
    else:
        matchbuild.proceed(table)
    return redirect(HERE)


# ── A row ───────────────────────────────────────────────────────────────────────────────────


def _line(request, pk) -> MatchLine:
    return get_editable_or_deny(rows.shown(), request.user, pk=pk)


class MatchLineEdit(FormActionMixin, FormView):
    """Another offer, any other resource, how much of it and when, or nothing and why."""

    form_class = LineForm
    template_name = "services/matchline_form.html"

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.line = _line(request, kwargs["pk"])
        matchshown.dress([self.line], most=matchbuild.MOST_OFFERS)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"line": self.line}

    def get_initial(self):
        line = self.line
        offered = {each.resource.pk for each in line.offered}
        own = str(line.resource_id) if line.resource_id in offered else OTHER
        return {
            "choice": own if line.is_given else NONE if line.cause == line.Cause.HAND else "",
            "other": line.resource_id if own == OTHER else None,
            "quantity": line.quantity,
            "starts_at": line.starts_at,
            "ends_at": line.ends_at,
            "is_settled": line.is_settled,
            "reason": line.reason,
        }

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            line=self.line, cancel_url=self.line.get_absolute_url(), **kwargs
        )

    def act(self, form):
        told = {"seen": form.seen, "by": self.request.user}
        if form.cleaned_data["choice"] == NONE:
            matchtable.leave_out(self.line, reason=form.cleaned_data["reason"], **told)
        else:
            matchtable.choose(self.line, **form.facts(), **told)
        return self.line


@require_POST
def matchline_take(request, pk):
    """One click: this resource."""
    line, asked = _line(request, pk), request.POST.get("resource", "")
    seen = Resource.objects.visible_to(request.user)
    resource = seen.filter(pk=asked).first() if is_number(asked) else None
    if resource is None:
        messages.error(request, _("这项资源已不在列表中，请刷新后再试。"))
        return redirect(line)
    return _step(request, line, matchtable.take, resource=resource)


@require_POST
def matchline_lock(request, pk):
    return _step(request, _line(request, pk), matchtable.lock)


@require_POST
def matchline_unlock(request, pk):
    return _step(request, _line(request, pk), matchtable.unlock)


def _step(request, line, action, **facts):
    seen = request.POST.get("seen", "")
    seen = int(seen) if is_number(seen) else -1
    return take_step(request, action, line, seen=seen, **facts)


# ── Carrying it out ─────────────────────────────────────────────────────────────────────────


class MatchingApply(FormActionMixin, FormView):
    """What it would do stands above the button; the button carries the version that was looked
    at."""

    form_class = ApplyForm
    template_name = "services/matching_apply.html"

    def get(self, request, *args, **kwargs):
        if not MatchLine.objects.given().exists():
            messages.info(request, _("匹配表里没有可以执行的安排。"))
            return redirect(HERE)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        table = MatchTable.objects.visible_to(self.request.user).first()
        return super().get_context_data(
            table=table,
            ahead=matchshown.ahead(),
            history=events.latest(table) if table else [],
            cancel_url=reverse(HERE),
            **kwargs,
        )

    def act(self, form):
        seen = self.request.POST.get("seen", "")
        done = matchapply.apply(
            seen=int(seen) if is_number(seen) else -1,
            all_settled=form.cleaned_data["all_settled"],
            by=self.request.user,
        )
        messages.success(self.request, _booked(done))
        if done.refused:
            messages.warning(self.request, _left(done))
        return done

    def get_success_url(self):
        return reverse(HERE)


def _booked(done) -> str:
    return ngettext(
        "已执行：认领 %(booked)d 份，其中 %(agreed)d 份已约定，其余等提供单位同意。",
        "已执行：认领 %(booked)d 份，其中 %(agreed)d 份已约定，其余等提供单位同意。",
        done.booked,
    ) % vars(done)


def _left(done) -> str:
    return ngettext(
        "有 %(refused)d 条没有办成，留在表中，原因写在行内。",
        "有 %(refused)d 条没有办成，留在表中，原因写在行内。",
        done.refused,
    ) % vars(done)
