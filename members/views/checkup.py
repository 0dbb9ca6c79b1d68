"""The check-up of branches (支部体检): the heat map, one organization, one cell."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from django.views.generic import DetailView, ListView, TemplateView

from members.checkup import words
from members.checkup.board import Board, cell_of
from members.checkup.evidence import evidence
from members.checkup.findings import findings
from members.checkup.kept import KeptBoard
from members.checkup.periods import by_code
from members.checkup.picture import draw
from members.checkup.rows import checked_by
from members.forms.duties import CheckupFilterSet, YearForm
from members.models import Exemption, Organization
from nanchuan.accounts.views.saved import SavedViewsMixin
from nanchuan.kernel import roles
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.periods import PeriodQuerySet
from nanchuan.kernel.policies import policy_of
from nanchuan.kernel.views import ExportedMixin, FilteredMixin, PartialMixin

MONTHS = range(1, 13)


class CheckedMixin:
    """Organizations whose check-up the reader may open, that were in being in the year."""

    filterset_class = CheckupFilterSet

    def get_queryset(self):
        self.year = YearForm(self.request.GET).asked
        rows = checked_by(self.request.user).exclude(kind=Organization.Kind.PARTY_GROUP)
        first, last = date(self.year, 1, 1), date(self.year, 12, 31)
        self.queryset = PeriodQuerySet.overlapping(rows, first, last).order_by("path")
        return super().get_queryset()

    @property
    def duty(self) -> str:
        return (self.filter.form.is_valid() and self.filter.form.cleaned_data["duty"]) or ""

    def board(self, organizations, year=None, today=None) -> KeptBoard:
        rules = by_code(self.filter.rules)
        return KeptBoard(organizations, year or self.year, today=today, rules=rules, only=self.duty)


class CheckupList(ExportedMixin, SavedViewsMixin, CheckedMixin, FilteredMixin, ListView):
    """Branches × duties × months: what is met, due and missed."""

    template_name = "members/checkup_list.html"
    partial_template_name = "members/_checkup_table.html"
    export_name = _("组织生活任务")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        rows = list(context["object_list"])
        board = self.board(rows)
        return context | {
            "picture": draw(board),
            "legend": [
                (state, words.LABELS[state], words.COLOURS[state]) for state in words.LABELS
            ],
            "year": self.year,
            "months": MONTHS,
            "today": board.today,
        }

    def export_rows(self, most):
        organizations = list(self.get_queryset())
        board = self.board(organizations)
        for organization in organizations:
            for code in board.duties_of(organization):
                cells = board.cells(organization, code)
                yield organization, board.name(code), cells

    def export_columns(self):
        return [
            Column(_("党组织"), lambda row: row[0].name, 40),
            Column(_("类别"), lambda row: row[0].get_kind_display(), 12),
            Column(_("任务"), lambda row: row[1], 18),
            *(Column(_month(month), _in_month(month), 14) for month in MONTHS),
            Column(_("依据"), _source, 40),
        ]


def _month(month):
    return f"{month} 月"  # data


def _in_month(month):
    """What stands in the cell that begins in a month."""

    def value(row):
        for cell in row[2]:
            if cell.stretch.first.month == month:
                asked = f" {cell.done}/{cell.asked}" if cell.asked else ""
                return f"{words.LABELS[cell.state]}{asked}"
        return ""

    return value


def _source(row):
    rules = {cell.stretch.rule for cell in row[2] if cell.stretch.rule}
    return "；".join(sorted({rule.citation for rule in rules}))  # data


class CheckupYears(CheckedMixin, FilteredMixin, ListView):
    """Each duty this year beside the year before, counted over what the filter leaves."""

    template_name = "members/checkup_years.html"
    partial_template_name = "members/_checkup_years.html"
    paginate_by = None

    def get_context_data(self, **kwargs):
        context = super(FilteredMixin, self).get_context_data(filter=self.filter, **kwargs)
        organizations = list(context["object_list"])
        now, before = self.board(organizations), self.board(organizations, self.year - 1)
        lines = {}
        for board, place in ((now, "now"), (before, "before")):
            for code, counted in board.states().items():
                line = lines.setdefault(code, {"name": board.name(code)})
                line[place] = {str(state): counted[state] for state in words.LABELS}
        context |= {"lines": list(lines.values()), "year": self.year, "before": self.year - 1}
        return context | {"today": now.today, "row_count": len(organizations)}


class OneCheckedMixin:
    """A page about one organization: unseen is 404, seen but not led is 403."""

    def get_object(self, queryset=None):
        user, pk = self.request.user, self.kwargs["pk"]
        found = checked_by(user).filter(pk=pk).first()
        if found is None and Organization.objects.visible_to(user).filter(pk=pk).exists():
            raise PermissionDenied
        if found is None:
            raise Http404
        return found


class CheckupDetail(OneCheckedMixin, PartialMixin, DetailView):
    """The check-up of one organization in a year: findings, duties, exemptions."""

    template_name = "members/checkup_detail.html"
    partial_template_name = "members/_checkup_lines.html"
    context_object_name = "organization"

    def get_context_data(self, **kwargs):
        user, organization = self.request.user, self.object
        form = YearForm(self.request.GET)
        board = KeptBoard([organization], form.asked)
        exemptions = Exemption.objects.visible_to(user).filter(organization=organization)
        names = {code: board.name(code) for code in board.layout}
        return super().get_context_data(
            form=form,
            year=form.asked,
            today=board.today,
            findings=[
                (found, policy_of(found.step_name).admits(user))
                for found in findings([organization], board.today)[organization.pk]
            ],
            lines=[_line(board, organization, code) for code in board.duties_of(organization)],
            exemptions=[(row, names.get(row.code, row.code)) for row in exemptions],
            may_exempt=roles.has_role(user, roles.STAFF) and organization.ends_on is None,
            may_log=organization.is_current() and organization.may_be_led_by(user),
            **kwargs,
        )


def _line(board, organization, code):
    """A duty with its periods, and the running one."""
    cells = board.cells(organization, code)
    today = board.today
    running = next((c for c in cells if c.stretch.first <= today <= c.stretch.last), None)
    rule = next((c.stretch.rule for c in reversed(cells) if c.stretch.rule), None)
    return {
        "code": code,
        "name": board.name(code),
        "rule": rule,
        "cells": [
            {
                "first": cell.stretch.first,
                "period": words.period(cell.stretch),
                "state": cell.state.value,
                "colour": words.COLOURS[cell.state],
                "brief": words.brief(cell),
                "sentence": words.sentence(cell, today),
            }
            for cell in cells
            if cell.state != words.State.AHEAD
        ],
        "running": words.sentence(running, today) if running else "",
        "colour": words.COLOURS[running.state] if running else "draft",
        "kind": rule.activities[0] if rule and rule.activities else "",
        "may_log": bool(running and words.may_be_logged(running)),
    }


class CheckupCell(OneCheckedMixin, TemplateView):
    """One duty in one period: by which records it is met, or what is missing."""

    template_name = "members/checkup_cell.html"

    def get_context_data(self, **kwargs):
        user, organization, code = self.request.user, self.get_object(), self.kwargs["code"]
        first = _first_day(self.kwargs["year"], self.kwargs["month"])
        board = Board([organization], first.year, only=code)
        cell = cell_of(board, organization, code, first)
        if cell is None:
            raise Http404
        return super().get_context_data(
            organization=organization,
            cell=cell,
            rule=cell.stretch.rule,
            name=board.name(code),
            period=words.period(cell.stretch),
            sentence=words.sentence(cell, board.today),
            colour=words.COLOURS[cell.state],
            state_word=words.LABELS[cell.state],
            evidence=evidence(board, organization, cell, user),
            may_log=words.may_be_logged(cell) and organization.may_be_led_by(user),
            **kwargs,
        )


def _first_day(year, month) -> date:
    try:
        return date(year, month, 1)
    except ValueError:
        raise Http404 from None
