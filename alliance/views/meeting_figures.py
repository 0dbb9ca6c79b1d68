"""Figures of meetings, and the lists that they open."""

from tempfile import TemporaryFile

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import ListView, TemplateView

from alliance import meeting_figures as figures
from alliance.forms.figures import (
    AttendanceFilter,
    AttendeeFilter,
    FigureFilter,
    ResolutionFilter,
)
from alliance.meeting_papers import RESOLVED_COLUMNS, lines
from alliance.meeting_papers.resolved import with_items
from alliance.models import CheckIn, Invitation, Meeting, Resolution
from nanchuan.kernel import exporting, papers, roles
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    PartialMixin,
    ScopedMixin,
    file_response,
)

TITLE = gettext_lazy("会议统计")


class MeetingFigures(PartialMixin, TemplateView):
    """Who came, whether minutes were in time and what was done in time, each with its rows."""

    template_name = "alliance/meeting_figures.html"
    partial_template_name = "alliance/_meeting_figures.html"

    def get(self, request, *args, **kwargs):
        seen = Meeting.objects.visible_to(request.user)
        self.filter = FigureFilter(request.GET, queryset=seen, request=request)
        self.period = self.filter.period
        self.found = figures.MeetingFigures(
            request.user, *self.period, group=self.filter.group_shown
        )
        answer = {"xlsx": self.as_sheet, "docx": self.as_paper}.get(request.GET.get("export"))
        return answer() if answer else super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            filter=self.filter,
            period=self.period,
            tables=[_shown(table) for table in self.found.tables(figures.MOST_PEOPLE)],
            charts=figures.charts(self.found),
            **kwargs,
        )

    def as_sheet(self):
        """One of the tables."""
        tables = self.found.tables()
        asked = self.request.GET.get("table")
        table = next((each for each in tables if each.key == asked), tables[0] if tables else None)
        title, by, file = self._title(), self.request.user, TemporaryFile()  # noqa: SIM115
        rows = table.every_line if table else []
        columns = _columns(table) if table else []
        above = [(title, *([str(table.title)] if table else []))]
        number = exporting.write_xlsx(
            file, title=str(TITLE), columns=columns, rows=rows, by=by, above=above
        )
        exporting.record_export(by, TITLE, number, self._filters())
        return file_response(file, f"{title}.xlsx", exporting.CONTENT_TYPE)

    def as_paper(self):
        by, number = self.request.user, 0
        sheet = papers.Paper(self._title(), landscape=True, by=by)
        for place, table in enumerate(self.found.tables(), 1):
            sheet.heading(f"{place}. {table.title}", 3)
            number += sheet.rows(_columns(table), table.every_line, numbered=False)
        exporting.record_export(by, TITLE, number, self._filters(), form="docx")
        return file_response(sheet.file(), sheet.file_name, papers.CONTENT_TYPE)

    def _title(self):
        group = self.filter.group_shown
        first, last = map(papers.written, self.period)
        words = {"group": group.name if group else "", "first": first, "last": last}
        return _("%(group)s会议统计（%(first)s至%(last)s）") % words

    def _filters(self):
        names = ("year", "quarter", "since", "until", "group")
        return [name for name in names if self.request.GET.get(name)]


def _cell(column, line) -> dict:
    """Nothing leads nowhere."""
    number = line.numbers[column.key]
    url = figures.url_of(column, line) if number else ""
    return {"words": column.words, "number": number, "url": url}


def _shown(table) -> dict:
    return {
        "table": table,
        "rows": [
            {
                "line": line,
                "is_total": line is table.total,
                "cells": [_cell(column, line) for column in table.columns],
                "share": _share(table, line),
                "days": line.numbers["days_late"],
            }
            for line in table.every_line
        ],
    }


def _share(table, line) -> str:
    percent = table.share.of_numbers(line.numbers) if table.share else None
    return "" if percent is None else f"{percent}%"


def _columns(table) -> list[Column]:
    def number_of(key):
        return lambda line: line.numbers[key]

    found = [Column(table.head, lambda line: line.name, 18)]
    if table.key == "people":
        found.append(Column(_("单位"), lambda line: line.note, 18))
    found += [Column(each.words, number_of(each.key), 8) for each in table.columns]
    if table.share:
        found.append(Column(table.share.words, lambda line: _share(table, line), 8))
    if table.days:
        found.append(Column(_("逾期天数"), number_of("days_late"), 8))
    return found


class OfMeetingList(ExportedMixin, DressedMixin, FilteredMixin, ScopedMixin, ListView):
    """Rows of meetings, the latest meeting first."""

    on_paper = True
    headline = ""
    nothing_yet = ""
    template_name = "alliance/of_meeting_list.html"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(
            headline=self.headline, nothing_yet=self.nothing_yet, **kwargs
        )
        return context | {"partial": self.partial_template_name}


class AttendanceList(OfMeetingList):
    """The seats invited to meetings that were held, and whether they came."""

    queryset = Invitation.objects.counted().order_by("-meeting__starts_at", "-meeting", "pk")
    filterset_class = AttendanceFilter
    partial_template_name = "alliance/_attendance_table.html"
    headline = export_name = gettext_lazy("到会台账")
    nothing_yet = gettext_lazy("登记会议已召开、有人签到后，这里列出每个受邀席位是否到会。")

    def dress(self, rows):
        return rows.prefetch_related("checkins__user").select_related("meeting", "seat__unit")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        for row in context["object_list"]:
            self.tell(row)
        return context

    def tell(self, row):
        """How the seat came, and by whom as far as the reader may count names."""
        stands = [each for each in row.checkins.all() if each.withdrawn_at is None]
        row.stood = stands[0] if stands else None
        row.words, row.style = _presence(row)
        row.who = self.name_of(row) if row.stood else ""
        return row

    def name_of(self, row) -> str:
        if not (self.sees_all or row.seat.unit_id in self.own):
            return ""
        return row.stood.name or (row.stood.user.get_full_name() if row.stood.user else "")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.sees_all = roles.has_role(request.user, *roles.WHOLE_PARK)
        self.own = set(roles.places(request.user, roles.UNIT))

    def export_rows(self, most):
        return map(self.tell, super().export_rows(most))

    def export_columns(self):
        return [
            Column(_("会议"), lambda row: row.meeting.title, 34),
            Column(_("会议时间"), lambda row: row.meeting.starts_at, 16),
            Column(_("单位"), lambda row: row.unit_name, 28),
            Column(_("到会情况"), lambda row: row.words, 14),
            Column(_("姓名"), lambda row: row.who, 10),
            Column(_("到会时间"), lambda row: row.stood.at if row.stood else None, 16),
        ]


def _presence(row) -> tuple[str, str]:
    if row.stood is None:
        is_leave = row.reply == Invitation.Reply.LEAVE
        return (_("请假"), "waiting") if is_leave else (_("缺席"), "overdue")
    row.stood.meeting = row.meeting
    marks = [_("代会") if row.stood.is_substitute else "", _("迟到") if row.stood.is_late else ""]
    marks = [mark for mark in marks if mark]
    return _("、").join([_("到会"), *marks]), "done"


class AttendeeList(OfMeetingList):
    """Who came to meetings that were held, by name: for the park, and one's own unit's people."""

    filterset_class = AttendeeFilter
    partial_template_name = "alliance/_attendee_table.html"
    headline = export_name = gettext_lazy("到会人员台账")
    nothing_yet = gettext_lazy("有人签到并登记姓名后，这里列出每次到会的人员。")

    def get_queryset(self):
        rows = CheckIn.objects.counted().named_for(self.request.user)
        self.queryset = rows.order_by("-meeting__starts_at", "-meeting", "at", "pk")
        return super().get_queryset()

    def dress(self, rows):
        return rows.counted().select_related("meeting", "invitation")

    def export_columns(self):
        return [
            Column(_("姓名"), lambda row: row.who, 12),
            Column(_("单位"), lambda row: row.unit_name, 28),
            Column(_("会议"), lambda row: row.meeting.title, 34),
            Column(_("会议时间"), lambda row: row.meeting.starts_at, 16),
            Column(_("到会时间"), lambda row: row.at, 16),
            Column(_("离会时间"), lambda row: row.left_at, 16),
            Column(_("代会"), lambda row: _("是") if row.is_substitute else "", 6),
            Column(_("补录"), lambda row: _("是") if row.is_late_entry else "", 6),
        ]


class ResolutionList(OfMeetingList):
    """What meetings resolved, with what follows from it (议定事项清单)."""

    queryset = Resolution.objects.counted().order_by("-meeting__starts_at", "-meeting", "pk")
    filterset_class = ResolutionFilter
    partial_template_name = "alliance/_resolution_table.html"
    headline = export_name = gettext_lazy("议定事项清单")
    nothing_yet = gettext_lazy("会议登记已召开后，这里列出议定的事项和办理情况。")

    def dress(self, rows):
        return with_items(rows).select_related("meeting")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        for row in context["object_list"]:
            row.lines = list(lines([row]))
        return context

    def export_rows(self, most):
        return lines(super().export_rows(most))

    def export_columns(self):
        meeting = Column(_("会议"), lambda line: line.resolution.meeting.title, 18)
        return [RESOLVED_COLUMNS[0], meeting, *RESOLVED_COLUMNS[1:]]
