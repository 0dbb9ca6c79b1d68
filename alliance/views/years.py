"""The rota of a year: as a table, on paper, and as a picture."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import ListView

from alliance import papers
from alliance.forms.years import RotaYearFilterSet
from alliance.models import Group, Turn
from alliance.yearpicture import YearPicture
from nanchuan.kernel import exporting
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.papers import CONTENT_TYPE, MOST_ROWS
from nanchuan.kernel.registers import register
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    ScopedMixin,
    file_response,
)

IN_ORDER = Turn.objects.order_by("group__order", "group_id", "starts_on")


class YearMixin(FilteredMixin, ScopedMixin):
    """The turns of a year that the reader may see, group by group."""

    queryset = IN_ORDER
    filterset_class = RotaYearFilterSet

    def get_context_data(self, **kwargs):
        context = {"year": self.filter.year_shown, "title": self.title()}
        return super().get_context_data(**context, **kwargs)

    def title(self):
        return papers.rota_title(self.filter.year_shown, self.filter.group_shown)


@register(
    "alliance:rota-year",
    order=80,
    holds=_("今年的每次轮值一行：时段、小组、轮值单位和主席、联络人、主题、联席会议和交接日期。"),
)
class RotaYear(ExportedMixin, DressedMixin, YearMixin, ListView):
    """The rota table (轮值表) of a year; `?print=1` puts all of it on one page."""

    template_name = "alliance/rota_year.html"
    partial_template_name = "alliance/_rota_year_table.html"
    export_name = _("轮值表")
    on_paper = True

    def get_paginate_by(self, queryset):
        return MOST_ROWS if self.request.GET.get("print") else 60

    def dress(self, rows):
        return papers.with_all_of_a_line(rows, self.request.user)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        first = context["page_obj"].start_index()
        return context | {"lines": list(papers.lines(context["object_list"], first=first))}

    def export_rows(self, most):
        return papers.lines(super().export_rows(most))

    def export_columns(self):
        return [Column(_("序号"), lambda line: line.number, 6), *papers.ROTA_COLUMNS]

    def as_paper(self):
        rows, by = super().export_rows(MOST_ROWS), self.request.user
        chosen = {"year": self.filter.year_shown, "group": self.filter.group_shown}
        sheet, number = papers.rota_paper(rows, by=by, **chosen)
        exporting.record_export(by, self.export_name, number, self._filters(), form="docx")
        return file_response(sheet.file(), sheet.file_name, CONTENT_TYPE)


class RotaPicture(YearMixin, ListView):
    """All groups and the twelve months on sheets of A4, and the same as a table."""

    template_name = "alliance/rota_picture.html"
    partial_template_name = "alliance/_rota_picture.html"
    paginate_by = MOST_ROWS

    def get_queryset(self):
        return super().get_queryset().select_related("group", "seat__unit")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        asked = self.filter
        groups = Group.objects.visible_to(self.request.user)
        groups = groups.overlapping(asked.first_day, asked.last_day).order_by("order", "pk")
        if asked.group_shown:
            groups = groups.filter(pk=asked.group_shown.pk)
        turns = list(context["object_list"])
        picture = YearPicture(asked.year_shown, groups, turns, timezone.localdate())
        return context | {"picture": picture, "turns": turns}
