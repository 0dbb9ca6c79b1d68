"""Figures of what is given (资源和对接统计), and the rows that each of their numbers opens."""

from tempfile import TemporaryFile

from django.core.cache import cache
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import ListView, TemplateView

from nanchuan.kernel import exporting, papers
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.paging import LongPaginator
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    PartialMixin,
    ScopedMixin,
    file_response,
)
from services import boards, giftables, stock
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
from services.stories import day_length
from services.views import board, board_rows, booking_lists, resource_lists

TITLE = gettext_lazy("资源和对接统计")
MOST_LINES = 100


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
        own = self.scope.own
        reader = own is not None and (self.request.user.pk, sorted(own))
        key = boards.sealed("gifts", self._state(), sorted(self.scope.asked.items()), reader)
        if (html := cache.get(key)) is None:
            shown = shown_of(self.scope, self.by)
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


def shown_of(scope, by) -> dict:
    """The tables with the addresses of their numbers, and the picture of how long it took."""
    tables = giftables.tables(scope, by)
    times = next((table for table in tables if table.key == "times"), None)
    length = day_length(scope.on)
    return {
        "query": giftables.Line("", {}, scope.asked | ({"by": by} if by != "unit" else {})).query,
        "headline": giftables.headline(scope) if scope.own is None else (),
        "times": _picture(times) if times else (),
        "hours": f"{length / 3600:g}",
        "tables": [
            {
                "table": table,
                "rows": [
                    (line, [_cell(table, column, line) for column in table.columns])
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


class GiftRows(ExportedMixin, DressedMixin, FilteredMixin, ScopedMixin, ListView):
    """Exactly the rows that a number counts: of the whole park, or of the reader's own units."""

    paginator_class = LongPaginator
    template_name = "services/gift_rows.html"
    partial_template_name = "services/_gift_rows.html"
    on_paper = True
    numbered_paper = False
    table_template_name = ""

    def get_context_data(self, **kwargs):
        scope = self.filter.scope
        back = giftables.Line("", {}, scope.asked).query
        context = super().get_context_data(
            back=back, on=scope.on, headline=self.export_name, **kwargs
        )
        return context | {"table": self.table_template_name, **self.cells(context["object_list"])}

    def cells(self, rows) -> dict:
        return {"cells": [row.line for row in rows]}


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


class CommitmentRows(GiftRows):
    queryset = Commitment.objects.order_by("-committed_at", "-pk")
    filterset_class = CommitmentRowsFilter
    table_template_name = "services/_commitment_lines_table.html"
    export_name = gettext_lazy("项目投入明细")

    def dress(self, rows):
        return rows.select_related("unit", "project", "resource")

    def cells(self, rows):
        return {}

    def export_columns(self):
        return commitment_columns()


class NeedRows(GiftRows):
    queryset = Need.objects.order_by("-filed_at", "-pk")
    filterset_class = NeedRowsFilter
    table_template_name = "services/_board_lines_table.html"
    export_name = gettext_lazy("需求明细")

    def dress(self, rows):
        return rows.select_related("unit", "accepted_by").only(*board_rows.SHOWN)

    def cells(self, rows):
        return {"cells": [board_rows.cells(need) for need in rows]}

    def dress_export(self, rows):
        return rows.for_table(self.request.user).defer("words", "public_words")

    def export_columns(self):
        return need_columns()
