from tempfile import TemporaryFile

from django.core.paginator import Paginator
from django.utils import timezone
from django.views.generic import TemplateView

from alliance import measure_papers
from alliance.statements import FIGURES, Statement, quarter_of
from nanchuan.kernel import exporting, papers
from nanchuan.kernel.views import file_response

ROWS_PER_PAGE = 50


class MeasureStatement(TemplateView):
    """A quarter as it stood (季度情况): each figure opens its rows below, paper and sheet."""

    template_name = "alliance/measure_statement.html"

    def get(self, request, *args, **kwargs):
        today = timezone.localdate()
        self.quarter = quarter_of(request.GET, today)
        self.statement = Statement(request.user, self.quarter, today)
        figure, group = request.GET.get("figure", ""), request.GET.get("group", "")
        self.figure = figure if figure in dict(FIGURES) else ""
        groups = {str(key): key for key, _name in self.statement.groups()}
        self.group = groups.get(group)
        answer = {"xlsx": self.as_sheet, "docx": self.as_paper}.get(request.GET.get("export"))
        return answer() if answer else super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        statement = self.statement
        rows = statement.chosen(self.figure, self.group)
        page = Paginator(rows, ROWS_PER_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            statement=statement,
            quarter=self.quarter,
            later=self.quarter.after if self.quarter.ends_on < timezone.localdate() else None,
            summary=measure_papers.summary(statement),
            total=self._line(None, ""),
            lines=[self._line(key, name) for key, name in statement.groups()],
            figure_words=dict(FIGURES).get(self.figure, ""),
            group_words=dict(statement.groups()).get(self.group, ""),
            row_count=len(rows),
            rows=page,
            page_obj=page,
            is_paginated=page.has_other_pages(),
            **kwargs,
        )

    def _line(self, key, name) -> dict:
        counts = self.statement.counts(self.statement.chosen(group=key))
        within = "" if key is None else f"&group={key}"
        return {
            "name": name,
            "figures": [
                {
                    "figure": figure,
                    "words": words,
                    "number": number,
                    "url": f"?{self.quarter.query}&figure={figure}{within}#rows",
                }
                for figure, words, number in counts
            ],
        }

    def as_sheet(self):
        rows, by = self.statement.chosen(self.figure, self.group), self.request.user
        title, file = measure_papers.title_of(self.statement), TemporaryFile()  # noqa: SIM115
        columns = measure_papers.columns()
        number = exporting.write_xlsx(file, title=title, columns=columns, rows=rows, by=by)
        exporting.record_export(by, title, number, self._filters())
        name = f"{title}-{timezone.localdate():%Y%m%d}.xlsx"
        return file_response(file, name, exporting.CONTENT_TYPE)

    def as_paper(self):
        by = self.request.user
        sheet = measure_papers.paper(self.statement, by=by)
        number = len(self.statement.rows)
        exporting.record_export(by, sheet.title, number, self._filters(), form="docx")
        return file_response(sheet.file(), sheet.file_name, papers.CONTENT_TYPE)

    def _filters(self):
        names = ("year", "quarter", "figure", "group")
        return [name for name in names if self.request.GET.get(name)]
