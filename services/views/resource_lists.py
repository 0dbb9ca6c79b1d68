"""What units can give, as cards and as a table: one filter, two ways to look."""

from datetime import date

from django.db.models import Count, Exists, Min, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.generic import ListView

from nanchuan.accounts.views.saved import SavedViewsMixin
from nanchuan.kernel.prepared import keys, prepared
from nanchuan.kernel.registers import register
from nanchuan.kernel.templatetags.ui import day as day_words
from nanchuan.kernel.templatetags.ui import state
from nanchuan.kernel.views import ExportedMixin
from nanchuan.kernel.words import choices_of, said
from services import stock
from services.actions.rights import office
from services.forms.resource_filters import ResourceFilter
from services.models import ClosedTime, Resource, ResourcePhoto
from services.papers.resources import resource_columns
from services.views.kept_lists import KeptListMixin

MOST_FOUND = 200  # where each row has to be asked, before they are counted
SHOWN = (
    "number",
    "title",
    "category",
    "status",
    "capacity",
    "measure",
    "is_timed",
    "area",
    "free_from",
    "free_until",
    "unit__name",
    "unit__short_name",
)
PHOTO = '<img class="resource-look" src="{}{}/thumbnail/" alt="" loading="lazy">'
NO_PHOTO = '<span class="resource-look is-{}" aria-hidden="true">{}</span>'
ALWAYS = gettext_noop("长期")
FACT = '<span class="resource-facts">{}</span>'


def lines(pks: list[int], day: date) -> list[Resource]:
    """The resources with some keys, in their order, each with its `line` for `slots.filled`: what
    a card or a row shows of it, and what is left of it on a day."""
    rows = {row.pk: row for row in _shown(day, pks)}
    found = [rows[pk] for pk in pks if pk in rows]
    stock.tell(found, day)
    page = reverse("services:resource-detail", args=[0]).removesuffix("0/")
    photos = reverse("services:resourcephoto-image", args=[0]).removesuffix("0/")
    words = choices_of(Resource, "category")
    looks = {key: format_html(NO_PHOTO, key, word) for key, word in words.items()}
    for row in found:
        row.line = _line(row, page, words)
        row.line["look"] = looks[row.category]
        if row.photo:
            row.line["look"] = format_html(PHOTO, photos, row.photo)
    return found


@prepared(date, list)
def _shown(day, pks) -> QuerySet:
    closed = ClosedTime.objects.filter(
        resource=OuterRef("pk"), starts_on__lte=day, ends_on__gte=day
    )
    photos = ResourcePhoto.objects.filter(resource=OuterRef("pk")).order_by().values("resource")
    first = photos.annotate(first=Min("pk")).values("first")
    rows = Resource.objects.filter(pk__in=keys(pks)).order_by().select_related("unit").only(*SHOWN)
    return rows.annotate(is_closed_then=Exists(closed), photo=Subquery(first))


@prepared()
def _submitted() -> QuerySet:
    rows = Resource.objects.filter(status=Resource.Status.SUBMITTED).order_by()
    return rows.values("status").annotate(number=Count("pk")).values_list("number")


def _line(row, page, words) -> dict:
    return {
        "url": f"{page}{row.pk}/",
        "number": row.number,
        "title": row.title,
        "unit": row.unit,
        "unit_name": row.unit.name,
        "category": words[row.category],
        "area": row.area or "—",
        "where": format_html(FACT, row.area) if row.area else "",
        "left": state(row.left.status, row.left.words),
        "free": _free(row),
        "until": _until(row),
    }


def _free(row) -> str:
    if row.free_from or row.free_until:
        return f"{day_words(row.free_from)} — {day_words(row.free_until)}"
    return said(ALWAYS)


def _until(row) -> str:
    if row.free_until:
        return _("有效期至 %(day)s") % {"day": day_words(row.free_until)}
    return said(ALWAYS)


class ResourceRows(ExportedMixin, SavedViewsMixin, KeptListMixin, ListView):
    """What the reader may see, narrowed; each row says what is left on the day asked for. The
    files hold exactly these rows, whichever way they are looked at."""

    queryset = Resource.objects.newest()
    filterset_class = ResourceFilter
    template_name = "services/resource_list.html"
    export_name = gettext_lazy("资源清单")
    on_paper = True
    numbered_paper = False  # resources have numbers of their own
    here = ""

    def get_paginator(self, *args, **kwargs):
        self.most = MOST_FOUND if self.filter.is_dear else None
        return super().get_paginator(*args, **kwargs)

    def dressed(self, queryset, keys):
        return lines(keys, self.filter.day)

    def dress_export(self, rows):
        return stock.loaded(rows.select_related("unit"), self.filter.day)

    def export_columns(self):
        return resource_columns(self.filter.day)

    def get_context_data(self, **kwargs):
        waiting = 0
        if office(self.request.user) and not self.request.GET:
            waiting = next((number for (number,) in _submitted()), 0)
        context = super().get_context_data(here=self.here, waiting=waiting, **kwargs)
        return context | {"cells": [row.line for row in context["object_list"]]}


@register(
    "services:resource-list",
    order=92,
    holds=gettext_lazy("每项资源一行：提供单位、类别、数量和剩余、可用时间、使用条件和状态。"),
)
class ResourceList(ResourceRows):
    """Cards to browse."""

    partial_template_name = "services/_resource_cards.html"
    here = "cards"


class ResourceTable(ResourceRows):
    partial_template_name = "services/_resource_table.html"
    here = "table"
