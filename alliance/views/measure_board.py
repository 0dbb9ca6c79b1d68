"""The board of measures (举措看板): states as columns, groups or responsible units as rows."""

from django.core.paginator import Paginator
from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from alliance.forms.measure_filters import WHOLE_ALLIANCE, BoardFilter
from alliance.forms.owed import BY
from alliance.models import Group, Measure
from alliance.models.owed import state_style
from members.models import Unit
from nanchuan.kernel.views import PartialMixin

MOST_CARDS = 4  # in a cell; the count leads to all of them
ROWS_PER_PAGE = 20


class MeasureBoard(PartialMixin, TemplateView):
    template_name = "alliance/measure_board.html"
    partial_template_name = "alliance/_measure_board.html"

    def get_context_data(self, **kwargs):
        self.rows = Measure.objects.visible_to(self.request.user).with_state()
        self.filter = BoardFilter(self.request.GET, queryset=self.rows, request=self.request)
        self.by = self.filter.rows_by
        counts = self._counts()
        lines = self._lines({key for key, _state in counts})
        page = Paginator(lines, ROWS_PER_PAGE).get_page(self.request.GET.get("page"))
        cards = self._cards([line["key"] for line in page])
        for line in page:
            line["cells"] = [self._cell(line, state, counts, cards) for state in Measure.STATES]
        return super().get_context_data(
            filter=self.filter,
            by=self.by,
            ways=BY,
            columns=self._columns(counts),
            lines=page,
            page_obj=page,
            is_paginated=page.has_other_pages(),
            **kwargs,
        )

    def _counts(self) -> dict:
        """{(group or unit, state): number}, one question."""
        rows = self.filter.qs.order_by().values_list(self.by, "state").annotate(Count("pk"))
        return {(key, state): number for key, state, number in rows}

    def _lines(self, keys) -> list[dict]:
        model = Group if self.by == "group" else Unit
        named = list(model.objects.filter(pk__in=keys - {None}))
        if model is Unit:
            named.sort(key=str)
        found = [{"key": each.pk, "name": str(each), "value": each.pk} for each in named]
        wide = [{"key": None, "name": _("整个联盟"), "value": WHOLE_ALLIANCE}]
        return found + (wide if None in keys else [])

    def _cards(self, keys) -> dict:
        """The first few of each cell, in one question."""
        within = {f"{self.by}__in": [key for key in keys if key is not None]}
        rows = self.filter.qs.filter(**within)
        if None in keys:
            rows = rows | self.filter.qs.filter(group=None)
        place = Window(
            RowNumber(),
            partition_by=[F(self.by), F("state")],
            order_by=[F("closed_at").desc(nulls_first=True), F("due_on"), F("pk")],
        )
        rows = rows.order_by().annotate(place=place).filter(place__lte=MOST_CARDS)
        cells = {}
        found = Measure.objects.with_state().with_percent().select_related("group", "unit")
        found = found.filter(pk__in=[row.pk for row in rows])
        for row in found.order_by("due_on", "pk"):
            cells.setdefault((getattr(row, f"{self.by}_id"), row.state), []).append(row)
        return cells

    def _cell(self, line, state, counts, cards) -> dict:
        key, (value, words) = line["key"], state
        number = counts.get((key, value), 0)
        shown = cards.get((key, value), [])
        return {
            "style": state_style(value),
            "words": words,
            "number": number,
            "cards": shown,
            "more": number - len(shown),
            "url": self._list_url(state=value, **{self.by: line["value"]}),
        }

    def _columns(self, counts) -> list[dict]:
        totals = {}
        for (_key, state), number in counts.items():
            totals[state] = totals.get(state, 0) + number
        return [
            {
                "style": state_style(state),
                "words": words,
                "number": totals.get(state, 0),
                "url": self._list_url(state=state),
            }
            for state, words in Measure.STATES
        ]

    def _list_url(self, **more) -> str:
        """The list with the same filter, narrowed to what a count stands for."""
        query = self.request.GET.copy()
        for name in ("by", "page", "more"):
            query.pop(name, None)
        for name, value in more.items():
            query[name] = value
        return f"{reverse('alliance:measure-list')}?{query.urlencode()}"
