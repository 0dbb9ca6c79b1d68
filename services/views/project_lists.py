"""Projects as a table and as cards: one filter, and files with exactly what it leaves."""

from collections.abc import Iterable, Iterator
from itertools import islice

from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.generic import ListView

from nanchuan.accounts.views.saved import SavedViewsMixin
from nanchuan.kernel.lines import Counted
from nanchuan.kernel.paging import LongPaginator
from nanchuan.kernel.registers import register
from nanchuan.kernel.templatetags.ui import day, state
from nanchuan.kernel.views import DressedMixin, ExportedMixin, FilteredMixin, ScopedMixin
from services import reading
from services.forms.project_filters import ProjectFilter
from services.models import Milestone, ProgressFile, ProgressPhoto, Project
from services.papers.projects import project_columns
from services.picture import Point, standing

COMING = "<span>{} {}</span>"
AT_ONCE = 500  # rows of a file that are dressed together


class ProjectRows(
    ExportedMixin, SavedViewsMixin, DressedMixin, FilteredMixin, ScopedMixin, ListView
):
    """Each row says how far it is and which milestone comes next."""

    queryset = Project.objects.all()
    paginator_class = LongPaginator
    filterset_class = ProjectFilter
    template_name = "services/project_list.html"
    export_name = _("项目清单")
    on_paper = True
    numbered_paper = False  # projects have numbers of their own
    here = ""

    def dress(self, rows):
        coming = Milestone.objects.open().filter(project=OuterRef("pk")).order_by("due_on", "pk")
        return (
            rows.select_related("lead")
            .with_progress()
            .annotate(
                next_title=Subquery(coming.values("title")[:1]),
                next_due_on=Subquery(coming.values("due_on")[:1]),
            )
        )

    def dressed(self, queryset, keys):
        rows, today = super().dressed(queryset, keys), timezone.localdate()
        for row in rows:
            row.next_state, row.next_said = "", ""
            if row.is_live and row.next_title:
                point = Point(row.next_title, row.next_due_on)
                row.next_state, row.next_said = standing(point, today)
            row.line = cells(row)
        return rows

    def dress_export(self, rows):
        photos = ProgressPhoto.objects.filter(note__project=OuterRef("pk"))
        files = ProgressFile.objects.filter(note__project=OuterRef("pk"))
        return (
            rows.select_related("lead")
            .with_progress()
            .annotate(
                photo_count=Counted(photos.order_by().values("pk")),
                file_count=Counted(files.order_by().values("pk")),
            )
        )

    def export_rows(self, most):
        return read(super().export_rows(most), self.request.user)

    def export_columns(self):
        return project_columns()

    def get_context_data(self, **kwargs):
        context = super().get_context_data(here=self.here, **kwargs)
        return context | {"cells": [row.line for row in context["object_list"]]}


def cells(project: Project) -> dict:
    """A row for `slots.filled`; what differs in form from row to row comes as HTML."""
    coming = "—"
    if project.next_said:
        said = state(project.next_state, project.next_said)
        coming = format_html(COMING, project.next_title, said)
    return {
        "url": project.get_absolute_url(),
        "number": project.number,
        "name": project.name,
        "lead": project.lead,
        "lead_name": project.lead.name,
        "starts": day(project.starts_on),
        "ends": day(project.due_on),
        "percent": project.percent,
        "next": coming,
        "state": state(project.status, project.get_status_display()),
    }


def read(rows: Iterable[Project], user) -> Iterator[Project]:
    rows = iter(rows)
    while part := list(islice(rows, AT_ONCE)):
        yield from reading.dressed(part, user)


@register(
    "services:project-list",
    order=94,
    holds=_("每个项目一行：服务的需求、使用的资源、牵头和协作单位、起止时间、进度、成效和佐证。"),
)
class ProjectList(ProjectRows):
    partial_template_name = "services/_project_table.html"
    here = "table"


class ProjectCards(ProjectRows):
    partial_template_name = "services/_project_cards.html"
    here = "cards"
