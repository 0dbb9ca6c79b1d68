"""Figures of what is given (资源和对接统计), and the rows that each of their numbers opens."""

from tempfile import TemporaryFile

from django.core.cache import cache
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import ListView, TemplateView

from nanchuan.kernel import exporting, papers
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.prepared import keys, prepared
from nanchuan.kernel.templatetags.ui import moment
from nanchuan.kernel.views import ExportedMixin, PartialMixin, file_response
from services import boards, giftables, stock
from services.actions.rights import office
from services.forms.gifts import (
    BookingRowsFilter,
    CommitmentRowsFilter,
    GiftFilter,
    NeedRowsFilter,
    ResourceRowsFilter,
)
from services.models import Booking, Commitment, Need, Resource
from services.papers import need_columns
from services.papers.resources import booking_columns, commitment_columns, resource_columns
from services.papers.thanks import givers_of
from services.stories import day_length
from services.views import board, board_rows, booking_lists, resource_lists
from services.views.kept_lists import KeptListMixin

TITLE = gettext_lazy("资源和对接统计")
MOST_LINES = 100
COMMITTED = (
    "what",
    "amount",
    "committed_at",
    "unit__name",
    "unit__short_name",
    "project__number",
    "project__name",
    "resource__title",
)


class GiftFigures(PartialMixin, TemplateView):
    """Who gave and received, what is used, how long needs waited, what the alliance lacks."""

    template_name = "services/gift_figures.html"
    partial_template_name = "services/_gift_figures.html"

    def get(self, request, *args, **kwargs):
        self.filter = GiftFilter(
            request.GET, queryset=Resource.objects.visible_to(request.user), request=request
        )
        self.scope, self.by = self.filter.scope, self.filter.by_shown
        answer = {"xlsx": self.as_sheet, "docx": self.as_paper}.get(request.GET.get("export"))
        return answer() if answer else super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            filter=self.filter, scope=self.scope, tables=self._tables(), **kwargs
        )

    def _tables(self) -> str:
        """What is put together is put into words once, for all who are told the same."""
        own, thanks = self.scope.own, office(self.request.user)
        reader = (self.request.user.pk, sorted(own)) if own is not None else thanks
        key = boards.sealed("gifts", self._state(), sorted(self.scope.asked.items()), reader)
        if (html := cache.get(key)) is None:
            shown = shown_of(self.scope, self.by, thanks=thanks or own is not None)
            html = render_to_string("services/_gift_tables.html", shown)
            cache.set(key, html, boards.KEPT.total_seconds())
        return html

    def _state(self):
        return boards.state(Booking, Resource), self.by

    def as_sheet(self):
        """One of the tables."""
        tables = giftables.tables(self.scope, self.by)
        asked = self.request.GET.get("table")
        table = next((each for each in tables if each.key == asked), tables[0])
        title, by, file = self._title(), self.request.user, TemporaryFile()  # noqa: SIM115
        number = exporting.write_xlsx(
            file,
            title=str(TITLE),
            columns=_columns(table),
            rows=table.lines,
            by=by,
            above=[(title, str(table.title)), *board.asked_words(self.filter)],
        )
        exporting.record_export(by, TITLE, number, sorted(self.scope.asked))
        return file_response(file, f"{title}.xlsx", exporting.CONTENT_TYPE)

    def as_paper(self):
        by, number = self.request.user, 0
        sheet = papers.Paper(self._title(), landscape=True, by=by)
        for place, table in enumerate(giftables.tables(self.scope, self.by), 1):
            sheet.heading(f"{place}. {table.title}", 3)
            number += sheet.rows(_columns(table), table.lines, numbered=False)
        exporting.record_export(by, TITLE, number, sorted(self.scope.asked), form="docx")
        return file_response(sheet.file(), sheet.file_name, papers.CONTENT_TYPE)

    def _title(self):
        return _("资源和对接统计（截至%(on)s）") % {"on": self.scope.on}


def shown_of(scope, by, *, thanks=False) -> dict:
    """The tables with the addresses of their numbers, and the picture of how long it took; beside
    each giving unit its certificate of `thanks` for the year."""
    tables = giftables.tables(scope, by)
    thanked = givers_of(scope.on.year) if thanks and by == "unit" else ()
    times = next((table for table in tables if table.key == "times"), None)
    length = day_length(scope.on)
    return {
        "year": str(scope.on.year),
        "query": giftables.Line("", {}, scope.asked | ({"by": by} if by != "unit" else {})).query,
        "headline": giftables.headline(scope) if scope.own is None else (),
        "times": _picture(times) if times else (),
        "hours": f"{length / 3600:g}",
        "tables": [
            {
                "table": table,
                "rows": [
                    (line, _thanks(table, line, thanked, scope), _cells(table, line))
                    for line in _cut(table.lines)
                ],
                "is_cut": len(table.lines) > MOST_LINES,
            }
            for table in tables
            if table.key != "times"
        ],
    }


def _cut(lines) -> list:
    """The first of many, and what they are together."""
    return lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], lines[-1]]


def _thanks(table, line, thanked, scope) -> str:
    """The address of the certificate of the unit in a line, if there is one."""
    unit = 0 if line.is_total else int(line.asked.get("unit", 0))
    if table.key != "dealt" or unit not in thanked:
        return ""
    return reverse("services:unit-thanks", args=[unit, scope.on.year])


def _cells(table, line) -> list[dict]:
    return [_cell(table, column, line) for column in table.columns]


def _cell(table, column, line) -> dict:
    value = line.numbers.get(column.key)
    is_counted = bool(column.page) and not (line.is_total and column.key == "answers")
    return {
        "words": column.words,
        "value": (value or 0) if is_counted else value or "—",
        "url": giftables.url_of(table, column, line) if is_counted and value else "",
        "is_missing": table.key == "lacks" and column.key == "answers" and not value,
    }


def _picture(table) -> list[dict]:
    """Each step with two bars, half of the needs and nine in ten of them."""
    most = max(line.numbers["seconds"][1] for line in table.lines)
    return [
        {
            "words": line.name,
            "number": line.numbers["number"],
            "url": line.url(table.columns[0]),
            "half": line.numbers["half"],
            "most": line.numbers["most"],
            "half_width": board.percent(line.numbers["seconds"][0], most),
            "most_width": board.percent(line.numbers["seconds"][1], most),
        }
        for line in table.lines
    ]


def _columns(table) -> list[Column]:
    def value_of(key):
        return lambda line: line.numbers.get(key) or (0 if key in counted else "")

    counted = {column.key for column in table.columns if column.page}
    found = [Column(table.head, lambda line: line.name, 22)]
    return found + [Column(each.words, value_of(each.key), 11) for each in table.columns]


# ── The rows ────────────────────────────────────────────────────────────────────────────────


class GiftRows(ExportedMixin, KeptListMixin, ListView):
    """Exactly the rows that a number counts: of the whole park, or of the reader's own units."""

    template_name = "services/gift_rows.html"
    partial_template_name = "services/_gift_rows.html"
    on_paper = True
    numbered_paper = False
    table_template_name = ""

    def rows(self):
        """The filter asks within the scope of its reader (`gifts.Scope`)."""
        return self.queryset.all()

    def get_context_data(self, **kwargs):
        scope = self.filter.scope
        back = giftables.Line("", {}, scope.asked).query
        context = super().get_context_data(
            back=back, on=scope.on, headline=self.export_name, **kwargs
        )
        cells = [row.line for row in context["object_list"]]
        return context | {"table": self.table_template_name, "cells": cells}


class BookingRows(GiftRows):
    queryset = Booking.objects.newest()
    filterset_class = BookingRowsFilter
    table_template_name = "services/_booking_lines_table.html"
    export_name = gettext_lazy("资源认领明细")

    def dressed(self, queryset, keys):
        return booking_lists.lines(keys, self.request.user)

    def dress_export(self, rows):
        return rows.for_table(self.request.user)

    def export_columns(self):
        return booking_columns(self.request.user)


class ResourceRows(GiftRows):
    queryset = Resource.objects.newest()
    filterset_class = ResourceRowsFilter
    table_template_name = "services/_resource_lines_table.html"
    export_name = gettext_lazy("资源明细")

    def dressed(self, queryset, keys):
        return resource_lists.lines(keys, timezone.localdate())

    def dress_export(self, rows):
        return stock.loaded(rows.select_related("unit"), timezone.localdate())

    def export_columns(self):
        return resource_columns(timezone.localdate())


def commitment_lines(pks: list[int]) -> list[Commitment]:
    """What is given to projects, each with its `line` for `slots.filled`."""
    rows = {row.pk: row for row in _committed(pks)}
    found = [rows[pk] for pk in pks if pk in rows]
    page = reverse("services:project-detail", args=[0]).removesuffix("0/")
    for row in found:
        row.line = {
            "url": f"{page}{row.project_id}/",
            "project": row.project,
            "unit": row.unit,
            "unit_name": row.unit.name,
            "what": (row.resource and row.resource.title) or row.what,
            "amount": "—" if row.amount is None else row.amount,
            "at": moment(row.committed_at),
        }
    return found


@prepared(list)
def _committed(pks):
    rows = Commitment.objects.filter(pk__in=keys(pks)).order_by()
    return rows.select_related("unit", "project", "resource").only(*COMMITTED)


class CommitmentRows(GiftRows):
    queryset = Commitment.objects.order_by("-committed_at", "-pk")
    filterset_class = CommitmentRowsFilter
    table_template_name = "services/_commitment_lines_table.html"
    export_name = gettext_lazy("项目投入明细")

    def dressed(self, queryset, keys):
        return commitment_lines(keys)

    def dress_export(self, rows):
        return rows.select_related("unit", "project", "resource")

    def export_columns(self):
        return commitment_columns()


class NeedRows(GiftRows):
    queryset = Need.objects.order_by("-filed_at", "-pk")
    filterset_class = NeedRowsFilter
    table_template_name = "services/_board_lines_table.html"
    export_name = gettext_lazy("需求明细")

    def dressed(self, queryset, keys):
        return board_rows.lines(keys)

    def dress_export(self, rows):
        return rows.for_table(self.request.user).defer("words", "public_words")

    def export_columns(self):
        return need_columns()
