"""Projects as a table and as cards: one filter, and files with exactly what it leaves."""

from collections.abc import Iterable, Iterator
from itertools import islice

from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.generic import ListView

from nanchuan.accounts.views.saved import SavedViewsMixin
from nanchuan.kernel.lines import Counted
from nanchuan.kernel.prepared import keys, prepared
from nanchuan.kernel.registers import register
from nanchuan.kernel.templatetags.ui import day, state
from nanchuan.kernel.views import ExportedMixin
from nanchuan.kernel.words import choices_of
from services import reading
from services.forms.project_filters import ProjectFilter
from services.models import Milestone, ProgressFile, ProgressPhoto, Project
from services.papers.projects import project_columns
from services.picture import Point, standing
from services.views.kept_lists import KeptListMixin

SHOWN = (
    "number",
    "name",
    "status",
    "starts_on",
    "due_on",
    "lead",
    "lead__name",
    "lead__short_name",
)
COMING = "<span>{} {}</span>"
MILESTONE = '<span class="project-next">{} {}</span>'
AT_ONCE = 500  # rows of a file that are dressed together


def lines(pks: list[int]) -> list[Project]:
    """The projects with some keys, in their order, each with its `line` for `slots.filled`: how
    far it is, and which milestone comes next."""
    rows, today = {row.pk: row for row in _shown(pks)}, timezone.localdate()
    words = choices_of(Project, "status")
    page = reverse("services:project-detail", args=[0]).removesuffix("0/")
    found = [rows[pk] for pk in pks if pk in rows]
    for row in found:
        row.line = _line(row, page, words, today)
    return found


@prepared(list)
def _shown(pks) -> QuerySet:
    coming = Milestone.objects.open().filter(project=OuterRef("pk")).order_by("due_on", "pk")
    rows = Project.objects.filter(pk__in=keys(pks)).order_by().select_related("lead").only(*SHOWN)
    return rows.with_progress().annotate(
        next_title=Subquery(coming.values("title")[:1]),
        next_due_on=Subquery(coming.values("due_on")[:1]),
    )


def _line(row, page, words, today) -> dict:
    coming = None
    if row.is_live and row.next_title:
        said = state(*standing(Point(row.next_title, row.next_due_on), today))
        coming = row.next_title, said
    return {
        "url": f"{page}{row.pk}/",
        "number": row.number,
        "name": row.name,
        "lead": row.lead,
        "lead_name": row.lead.name,
        "starts": day(row.starts_on),
        "ends": day(row.due_on),
        "percent": row.percent,
        "next": format_html(COMING, *coming) if coming else "—",
        "milestone": format_html(MILESTONE, *coming) if coming else "",
        "state": state(row.status, words[row.status]),
    }


class ProjectRows(ExportedMixin, SavedViewsMixin, KeptListMixin, ListView):
    """Each row says how far it is and which milestone comes next."""

    queryset = Project.objects.newest()
    filterset_class = ProjectFilter
    template_name = "services/project_list.html"
    export_name = _("项目清单")
    on_paper = True
    numbered_paper = False  # projects have numbers of their own
    here = ""

    def dressed(self, queryset, keys):
        return lines(keys)

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
