from django.core.paginator import Paginator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from alliance.calendarsheet import LIST, MONTH, VIEWS, Sheet, Span, nearest
from alliance.forms.calendar import CalendarForm
from nanchuan.kernel.calendars import Asked, found
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.views import ExportedMixin, PartialMixin

PAGE = 100


class Calendar(ExportedMixin, PartialMixin, TemplateView):
    """Meetings, turns and what falls due: a month, a week or a list of a month.

    Which apps have what there, `kernel.calendars` knows.
    """

    template_name = "alliance/calendar.html"
    partial_template_name = "alliance/_calendar.html"
    export_name = _("日历")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.today = timezone.localdate()
        view = request.GET.get("view")
        self.view_shown = view if view in VIEWS else MONTH

    def form(self):
        """Says the day that is shown, also where none was asked for."""
        asked = self.request.GET.copy()
        asked.setdefault("on", self.today.isoformat())
        return CalendarForm(asked, user=self.request.user)

    def sheet(self, form):
        span = Span(self.view_shown, nearest(form.chosen("on") or self.today))
        first, last = span.drawn
        asked = Asked(self.request.user, first, last, **form.narrowed())
        return Sheet(span, found(asked, form.kinds_chosen), self.today)

    def get_context_data(self, **kwargs):
        form = self.form()
        sheet = self.sheet(form)
        context = {
            "form": form,
            "sheet": sheet,
            "span": sheet.span,
            "views": VIEWS.items(),
            "printed": bool(self.request.GET.get("print")),
        }
        return super().get_context_data(**context | self._page(sheet), **kwargs)

    def _page(self, sheet):
        if self.view_shown != LIST:
            return {}
        rows = sheet.within
        paginator = Paginator(rows, max(len(rows), 1) if self.request.GET.get("print") else PAGE)
        page = paginator.get_page(self.request.GET.get("page"))
        return {"page_obj": page, "is_paginated": page.has_other_pages()}

    def export_rows(self, most):
        return self.sheet(self.form()).within

    def export_columns(self):
        return [
            Column(_("日期"), lambda row: row.first_day, 12),
            Column(_("时间"), _hours, 14),
            Column(_("截至"), lambda row: row.last_day, 12),
            Column(_("类别"), lambda row: str(row.kind.label), 10),
            Column(_("事项"), lambda row: row.title, 50),
            Column(_("联盟小组"), lambda row: row.group),
            Column(_("单位"), lambda row: row.unit, 30),
            Column(_("地点"), lambda row: row.place, 24),
            Column(_("状态"), lambda row: row.state),
        ]


def _hours(row):
    if not row.is_timed:
        return ""
    begins, ends = timezone.localtime(row.begins), timezone.localtime(row.ends)
    return f"{begins:%H:%M} — {ends:%H:%M}"
