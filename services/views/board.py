"""The leader's board of needs (需求办理情况)."""

from collections import Counter
from tempfile import TemporaryFile
from urllib.parse import urlencode

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from nanchuan.kernel import exporting
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.views import file_response
from services import boards
from services.board import STEPS
from services.forms.board import OFFICE, BoardFilter
from services.models import Clock, Need, Solution
from services.models.figures import BESIDE, FUNNEL, RATINGS
from services.stories import day_length, in_words
from services.views.board_rows import KeptMixin

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


class Board(KeptMixin, TemplateView):
    """The funnel, how long each step took, what the enterprises said and what is late."""

    template_name = "services/board.html"
    partial_template_name = "services/_board.html"

    def get(self, request, *args, **kwargs):
        if request.GET.get("export") == "xlsx":
            self._ask()
            return self.as_sheet()
        return super().get(request, *args, **kwargs)

    def made(self, now):
        self._ask()
        until, late = boards.late(self.scope)
        context = {
            "filter": self.filter,
            "scope": self.scope,
            "tables": self._tables(),
            "late": _late(late, self.scope),
            "late_columns": [label for _kind, label in Clock.Kind.choices],
            "is_today": self.scope.on == timezone.localdate(),
        }
        return until, self.parts(context, "services/_board_shown.html")

    def _ask(self):
        seen = Need.objects.visible_to(self.request.user)
        self.filter = BoardFilter(self.request.GET, queryset=seen, request=self.request)
        self.scope = self.filter.scope

    def _tables(self) -> str:
        shown = _shown(boards.board(self.scope), self.scope, self.filter.by_shown)
        return render_to_string("services/_board_tables.html", shown)

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


def _late(found: boards.Late, scope) -> dict:
    """By unit, the office first; all of them together where there are several."""
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
