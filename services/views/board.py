"""The leader's board of needs (需求办理情况), and the rows that each of its numbers opens."""

from collections import Counter
from tempfile import TemporaryFile
from urllib.parse import urlencode

from django.core.cache import cache
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import ListView, TemplateView

from nanchuan.kernel import exporting
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.paging import LongPaginator
from nanchuan.kernel.templatetags.ui import moment, state
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    PartialMixin,
    ScopedMixin,
    file_response,
)
from services import boards
from services.board import STEPS
from services.forms.board import OFFICE, BoardFilter, BoardRowsFilter
from services.models import Clock, Need, Solution
from services.models.figures import BESIDE, FUNNEL, RATINGS
from services.stories import day_length, in_words

TITLE = gettext_lazy("需求办理情况")
WORDS = {  # of the steps between two moments
    "review": gettext_lazy("审核"),
    "accept": gettext_lazy("接单"),
    "contact": gettext_lazy("首次联系"),
    "match": gettext_lazy("对接项目"),
    "offer": gettext_lazy("提出方案"),
    "confirm": gettext_lazy("企业确认"),
    "close": gettext_lazy("销号"),
    "whole": gettext_lazy("全程"),
}
BETWEEN = {
    "review": gettext_lazy("提出 → 审核通过"),
    "accept": gettext_lazy("审核通过 → 首次接单"),
    "contact": gettext_lazy("首次接单 → 首次联系企业"),
    "match": gettext_lazy("首次接单 → 对接项目"),
    "offer": gettext_lazy("首次接单 → 首次提出方案"),
    "confirm": gettext_lazy("提出方案 → 确认"),
    "close": gettext_lazy("确认 → 销号"),
    "whole": gettext_lazy("提出 → 确认"),
}

COUNTED = {**FUNNEL, **BESIDE}
PARTS = {
    "group": gettext_lazy("联盟小组"),
    "category": gettext_lazy("类别"),
    "unit": gettext_lazy("提出单位"),
}
MOST_LINES, MOST_LATE = 100, 40


def percent(part: int, whole: int) -> str:
    """As a width; the whole may be nothing."""
    return f"{100 * part / (whole or 1):.1f}%"


class Board(PartialMixin, TemplateView):
    """The funnel, how long each step took, what the enterprises said and what is late."""

    template_name = "services/board.html"
    partial_template_name = "services/_board.html"

    def get(self, request, *args, **kwargs):
        seen = Need.objects.visible_to(request.user)
        self.filter = BoardFilter(request.GET, queryset=seen, request=request)
        self.scope = self.filter.scope
        self.by = self.filter.by_shown
        if request.GET.get("export") == "xlsx":
            return self.as_sheet()
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        stamp = boards.stamp(self.scope)
        return super().get_context_data(
            filter=self.filter,
            scope=self.scope,
            tables=self._tables(stamp),
            late=_late(self.scope, stamp),
            late_columns=[label for _kind, label in Clock.Kind.choices],
            is_today=self.scope.on == timezone.localdate(),
            **kwargs,
        )

    def _tables(self, stamp) -> str:
        """What is put together from the store is put into words once."""
        key = f"{stamp}-{self.by}"
        if (html := cache.get(key)) is None:
            shown = _shown(boards.board(self.scope, stamp), self.scope, self.by)
            html = render_to_string("services/_board_tables.html", shown)
            cache.set(key, html, boards.KEPT.total_seconds())
        return html

    def as_sheet(self):
        found, length = boards.board(self.scope), day_length(self.scope.on)
        by, file = self.request.user, TemporaryFile()  # noqa: SIM115
        title = _("需求办理情况（截至%(on)s）") % {"on": self.scope.on}
        number = exporting.write_xlsx(
            file,
            title=str(TITLE),
            columns=_columns(length),
            rows=_every_line(found),
            by=by,
            above=[(title,), *asked_words(self.filter)],
        )
        exporting.record_export(by, TITLE, number, sorted(self.scope.asked))
        return file_response(file, f"{title}.xlsx", exporting.CONTENT_TYPE)


# ── In words and pictures ───────────────────────────────────────────────────────────────────


def _shown(board: boards.Board, scope: boards.Scope, by: str) -> dict:
    length = day_length(scope.on)
    lines = board.lines[by]
    return {
        "nothing": not (board.total.counts["filed"] or board.total.counts["merged"]),
        "funnel": _funnel(board),
        "beside": [(BESIDE[key], board.total.counts[key], url(board.total, key)) for key in BESIDE],
        "times": _times(board, length),
        "ratings": _ratings(board),
        "hours": f"{length / 3600:g}",
        "head": PARTS[by],
        "counted_heads": COUNTED.values(),
        "timed_heads": WORDS.values(),
        "lines": [
            (line, list(_counted(line)), list(_timed(line, length)))
            for line in [*lines[:MOST_LINES], board.total]
        ],
        "is_cut": len(lines) > MOST_LINES,
    }


def url(line, key: str) -> str:
    """The rows that a number of a line opens."""
    return f"{reverse('services:board-rows')}?{urlencode({**line.asked, 'figure': key})}"


def _counted(line):
    page = f"{reverse('services:board-rows')}?{urlencode(line.asked)}&figure="
    for key, words in COUNTED.items():
        yield line.counts[key], f"{page}{key}", words


def _timed(line, length):
    page = f"{reverse('services:board-rows')}?{urlencode(line.asked)}&figure="
    for step, (_since, _until, figure) in STEPS.items():
        spread = line.spreads[step]
        yield {
            "step": WORDS[step],
            "number": spread.number,
            "url": f"{page}{figure}",
            "half": in_words(spread.half, length),
            "most": in_words(spread.most, length),
        }


def _funnel(board) -> list[dict]:
    """Each stage with the width of its bar; solved shows both ways side by side."""
    counts, found = board.total.counts, []
    most = counts["filed"]
    for key, words in FUNNEL.items():
        if key == "auto_solved":
            continue
        stage = {"words": words, "number": counts[key], "url": url(board.total, key)}
        stage["width"] = percent(counts[key], most)
        if key == "solved":
            auto = counts["auto_solved"]
            stage |= {"auto": auto, "auto_url": url(board.total, "auto_solved")}
            stage["auto_width"] = percent(auto, most)
        stage["share"] = round(100 * (counts[key] + stage.get("auto", 0)) / (most or 1))
        found.append(stage)
    return found


def _times(board, length) -> list[dict]:
    """Each step with two bars, half of the needs and nine in ten of them."""
    spreads = board.total.spreads
    most = max(spread.most or 0 for spread in spreads.values())
    return [
        {
            "words": WORDS[step],
            "between": BETWEEN[step],
            "number": spreads[step].number,
            "url": url(board.total, figure),
            "half": in_words(spreads[step].half, length),
            "most": in_words(spreads[step].most, length),
            "half_width": percent(spreads[step].half or 0, most),
            "most_width": percent(spreads[step].most or 0, most),
        }
        for step, (_since, _until, figure) in STEPS.items()
    ]


def _ratings(board) -> list[dict]:
    ratings = board.total.ratings
    whole = sum(ratings.values())
    return [
        {
            "words": RATINGS[f"rated_{value}"],
            "number": ratings.get(value, 0),
            "width": percent(ratings.get(value, 0), whole),
            "url": url(board.total, f"rated_{value}"),
        }
        for value in Solution.Rating.values
    ]


def _late(scope, stamp) -> dict:
    """By unit, the office first; all of them together where there are several."""
    found = boards.late(scope, stamp)
    rows = []
    for unit, numbers in found[:MOST_LATE]:
        name, owes = (str(unit), unit.pk) if unit else (_("园区党务办公室"), OFFICE)
        rows.append(_late_row(name, numbers, scope, owes))
    if len(found) > 1:
        total = sum((Counter(numbers) for _unit, numbers in found), Counter())
        rows.append(_late_row(_("合计"), total, scope))
    return {"rows": rows, "is_cut": len(found) > MOST_LATE}


def _late_row(name, numbers, scope, owes=None) -> dict:
    asked = scope.asked | ({"owes": owes} if owes else {})
    page = f"{reverse('services:board-rows')}?{urlencode(asked)}&figure=overdue_"
    cells = [(label, numbers.get(kind, 0), f"{page}{kind}") for kind, label in Clock.Kind.choices]
    return {"name": name, "is_total": owes is None, "cells": cells}


def _every_line(board):
    """Each line with how it is told apart."""
    found = [(PARTS[key], line) for key, lines in board.lines.items() for line in lines]
    return [*found, ("", board.total)]


def _columns(length) -> list[Column]:
    def number_of(key):
        return lambda row: row[1].counts[key]

    def time_of(step, part):
        def days(row):
            seconds = getattr(row[1].spreads[step], part)
            return None if seconds is None else round(seconds / length, 2)

        return days

    found = [
        Column(_("分组"), lambda row: row[0], 10),
        Column(_("名称"), lambda row: row[1].name, 28),
    ]
    found += [Column(label, number_of(key), 10) for key, label in COUNTED.items()]
    for step, words in WORDS.items():
        half = _("%(step)s中位数（工作日）") % {"step": words}
        most = _("%(step)s 90 分位（工作日）") % {"step": words}
        found += [Column(half, time_of(step, "half"), 18), Column(most, time_of(step, "most"), 18)]
    return found


def asked_words(form) -> list[tuple[str, str]]:
    """What narrowed it, in words."""
    chosen = form.form.cleaned_data if form.form.is_valid() else {}
    labels = {name: field.label for name, field in form.form.fields.items()}
    return [
        (str(labels[name]), str(dict(form.form.fields[name].choices).get(value, value)))
        if name == "category"
        else (str(labels[name]), str(value))
        for name, value in chosen.items()
        if value and name != "on"
    ]


# ── The rows ────────────────────────────────────────────────────────────────────────────────


UNITS = ("unit", "accepted_by")
SHOWN = (
    "number",
    "title",
    "category",
    "status",
    "filed_at",
    "reviewed_at",
    "accepted_at",
    *UNITS,
    *(f"{unit}__{name}" for unit in UNITS for name in ("name", "short_name")),
)
OWNER = '<span title="{}">{}</span>'


def cells(need) -> dict:
    """A row for `slots.filled`."""
    owner = need.accepted_by
    return {
        "url": need.get_absolute_url(),
        "number": need.number,
        "title": need.title,
        "unit": need.unit,
        "unit_name": need.unit.name,
        "category": need.get_category_display(),
        "filed": moment(need.filed_at),
        "owner": format_html(OWNER, owner.name, owner) if owner else "—",
        "state": state(need.status, need.get_status_display()),
    }


class BoardRows(ExportedMixin, DressedMixin, FilteredMixin, ScopedMixin, ListView):
    """Exactly the needs that a number of the board counts."""

    queryset = Need.objects.order_by("-filed_at", "-pk")
    paginator_class = LongPaginator
    filterset_class = BoardRowsFilter
    template_name = "services/board_rows.html"
    partial_template_name = "services/_board_rows.html"
    export_name = gettext_lazy("需求办理情况明细")

    def dress(self, rows):
        return rows.select_related("unit", "accepted_by").only(*SHOWN)

    def get_context_data(self, **kwargs):
        back = urlencode(self.filter.scope.asked)
        context = super().get_context_data(board_query=back, on=self.filter.scope.on, **kwargs)
        return context | {"cells": [cells(need) for need in context["object_list"]]}

    def export_columns(self):
        return [
            Column(_("编号"), lambda need: need.number),
            Column(_("标题"), lambda need: need.title, 40),
            Column(_("提出单位"), lambda need: need.unit, 28),
            Column(_("类别"), lambda need: need.get_category_display(), 10),
            Column(_("提出时间"), lambda need: need.filed_at),
            Column(_("审核通过时间"), lambda need: need.reviewed_at),
            Column(_("接单时间"), lambda need: need.accepted_at),
            Column(_("责任单位"), lambda need: need.accepted_by, 28),
            Column(_("现在状态"), lambda need: need.get_status_display(), 10),
        ]
