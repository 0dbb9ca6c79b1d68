"""The rows that each number of the leader's board opens."""

from datetime import datetime
from hashlib import sha256
from urllib.parse import urlencode

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import ListView

from nanchuan.kernel.exporting import Column
from nanchuan.kernel.paging import LongPaginator
from nanchuan.kernel.prepared import keys, prepared
from nanchuan.kernel.templatetags.ui import moment, state
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    PartialMixin,
    ScopedMixin,
)
from nanchuan.kernel.words import choices_of
from services import boards
from services.forms.board import BoardRowsFilter
from services.models import Need

UNITS = ("unit", "accepted_by")
SHOWN = (
    "number",
    "title",
    "category",
    "status",
    "filed_at",
    "reviewed_at",
    "accepted_at",
    *UNITS,
    *(f"{unit}__{name}" for unit in UNITS for name in ("name", "short_name")),
)
OWNER = '<span title="{}">{}</span>'


def lines(pks: list[int]) -> list[Need]:
    """The needs with some keys, in their order, each with its `line` for `slots.filled`."""
    rows = {row.pk: row for row in _shown(pks)}
    found = [rows[pk] for pk in pks if pk in rows]
    words = {name: choices_of(Need, name) for name in ("category", "status")}
    page = reverse("services:need-detail", args=[0]).removesuffix("0/")
    for need in found:
        need.line = _line(need, page, words)
    return found


@prepared(list)
def _shown(pks):
    rows = Need.objects.filter(pk__in=keys(pks)).order_by()
    return rows.select_related("unit", "accepted_by").only(*SHOWN)


def _line(need, page, words) -> dict:
    owner = need.accepted_by
    return {
        "url": f"{page}{need.pk}/",
        "number": need.number,
        "title": need.title,
        "unit": need.unit,
        "unit_name": need.unit.name,
        "category": words["category"][need.category],
        "filed": moment(need.filed_at),
        "owner": format_html(OWNER, owner.name, owner) if owner else "—",
        "state": state(need.status, words["status"][need.status]),
    }


class KeptMixin(PartialMixin):
    """A page of which all readers see the same: whoever asks first since something changed has it
    put together for all who follow."""

    def get(self, request, *args, **kwargs):
        now, query = boards.state(), request.get_full_path()
        key = f"{now}-{sha256(query.encode()).hexdigest()}"
        shown = boards.kept(key, lambda: self.made(now))
        return self.render_to_response({"view": self, "shown": shown})

    def made(self, now: str) -> tuple[datetime | None, dict]:
        """The parts, and until when they stay so by themselves."""
        raise NotImplementedError

    def parts(self, context, name) -> dict[str, str]:
        """The controls, and what they leave."""
        names = {"controls": "includes/filters.html", "list": name}
        return {part: render_to_string(of, context, self.request) for part, of in names.items()}


class BoardRows(ExportedMixin, KeptMixin, DressedMixin, FilteredMixin, ScopedMixin, ListView):
    """Exactly the needs that a number of the board counts."""

    queryset = Need.objects.order_by("-filed_at", "-pk")
    paginator_class = LongPaginator
    filterset_class = BoardRowsFilter
    template_name = "services/board_rows.html"
    partial_template_name = "services/_board_rows.html"
    export_name = gettext_lazy("需求办理情况明细")
    object_list = ()  # until rows are asked for

    def dressed(self, queryset, keys):
        return lines(keys)

    def dress_export(self, rows):
        return rows.select_related("unit", "accepted_by").only(*SHOWN)

    def made(self, now):
        self.object_list = self.get_queryset()
        context = self.get_context_data()
        rows = [need.line for need in context["object_list"]]
        parts = self.parts(context | {"cells": rows}, "services/_board_rows_shown.html")
        scope = self.filter.scope
        return self.filter.lasts_until, parts | {"back": urlencode(scope.asked)}

    def export_columns(self):
        return [
            Column(_("编号"), lambda need: need.number),
            Column(_("标题"), lambda need: need.title, 40),
            Column(_("提出单位"), lambda need: need.unit, 28),
            Column(_("类别"), lambda need: need.get_category_display(), 10),
            Column(_("提出时间"), lambda need: need.filed_at),
            Column(_("审核通过时间"), lambda need: need.reviewed_at),
            Column(_("接单时间"), lambda need: need.accepted_at),
            Column(_("责任单位"), lambda need: need.accepted_by, 28),
            Column(_("现在状态"), lambda need: need.get_status_display(), 10),
        ]
