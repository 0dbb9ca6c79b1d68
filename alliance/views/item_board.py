"""The board of action items (督办看板): how near the due day is as columns, groups or responsible
units as rows."""

from collections import defaultdict

from django.core.paginator import Paginator
from django.urls import reverse
from django.views.generic import TemplateView

from alliance.forms.item_filters import AGES, ItemBoardFilter, age_of
from alliance.forms.owed import BY
from alliance.models import ActionItem, Group, Meeting
from members.models import Unit
from nanchuan.kernel.views import PartialMixin

MOST_CARDS = 4  # in a cell; the count leads to all of them
ROWS_PER_PAGE = 20
STYLES = {
    "long_late": "overdue",
    "late": "overdue",
    "soon": "soon",
    "later": "in_progress",
    "reported": "waiting",
}


class ItemBoard(PartialMixin, TemplateView):
    """All open items that the reader may see; one of a joint meeting stands in each group."""

    template_name = "alliance/item_board.html"
    partial_template_name = "alliance/_item_board.html"

    def get_context_data(self, **kwargs):
        rows = ActionItem.objects.visible_to(self.request.user).open().order_by("due_on", "pk")
        self.filter = ItemBoardFilter(self.request.GET, queryset=rows, request=self.request)
        self.by = self.filter.rows_by
        cells = self._cells()
        lines = self._lines({key for key, _age in cells})
        page = Paginator(lines, ROWS_PER_PAGE).get_page(self.request.GET.get("page"))
        cards = self._cards(cells, [line["key"] for line in page])
        for line in page:
            line["cells"] = [self._cell(line["key"], age, cells, cards) for age in AGES]
        return super().get_context_data(
            filter=self.filter,
            by=self.by,
            ways=BY,
            columns=self._columns(),
            lines=page,
            page_obj=page,
            is_paginated=page.has_other_pages(),
            **kwargs,
        )

    def _cells(self) -> dict:
        """{(group or unit, age): keys of items, the earliest due first}."""
        names = ("pk", "status", "due_on", "unit", "resolution__meeting")
        self.found = list(self.filter.qs.values_list(*names, "resolution__meeting__group"))
        partners = self._partners() if self.by == "group" else {}
        self.totals, cells = defaultdict(int), defaultdict(list)
        for pk, status, due_on, unit, meeting, group in self.found:
            age = age_of(status, due_on)
            self.totals[age] += 1
            for key in {group, *partners.get(meeting, ())} if self.by == "group" else {unit}:
                cells[key, age].append(pk)
        return cells

    def _partners(self) -> dict:
        """Meeting → the other groups that held it."""
        found = defaultdict(set)
        seen = Group.objects.visible_to(self.request.user)
        rows = Meeting.partners.through.objects.filter(group__in=seen)
        held = {row[4] for row in self.found}
        for meeting, group in rows.filter(meeting__in=held).values_list("meeting", "group"):
            found[meeting].add(group)
        return found

    def _lines(self, keys) -> list[dict]:
        model = Group if self.by == "group" else Unit
        named = list(model.objects.filter(pk__in=keys))
        named.sort(key=str if model is Unit else lambda group: (group.order, group.pk))
        return [{"key": each.pk, "name": str(each)} for each in named]

    def _cards(self, cells, keys) -> dict:
        """The first few of each cell, in two questions."""
        wanted = {pk for (key, _age), rows in cells.items() if key in keys for pk in _first(rows)}
        rows = ActionItem.objects.select_related("unit", "resolution__meeting__group")
        return rows.prefetch_related("resolution__meeting__partners").in_bulk(wanted)

    def _cell(self, key, age, cells, cards) -> dict:
        value, words = age
        rows = cells.get((key, value), [])
        return {
            "style": STYLES[value],
            "words": words,
            "number": len(rows),
            "cards": [cards[pk] for pk in _first(rows)],
            "more": len(rows) - len(_first(rows)),
            "url": self._list_url(age=value, **{self.by: key}),
        }

    def _columns(self) -> list[dict]:
        return [
            {
                "style": STYLES[age],
                "words": words,
                "number": self.totals[age],
                "url": self._list_url(age=age),
            }
            for age, words in AGES
        ]

    def _list_url(self, **more) -> str:
        """The list with the same filter, narrowed to what a count stands for."""
        query = self.request.GET.copy()
        for name in ("by", "page", "more"):
            query.pop(name, None)
        for name, value in more.items():
            query[name] = value
        return f"{reverse('alliance:item-list')}?{query.urlencode()}"


def _first(rows: list) -> list:
    return rows[:MOST_CARDS]
