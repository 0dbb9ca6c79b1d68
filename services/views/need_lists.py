"""Needs as a list and as a board (看板): one filter, two ways to look."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import ListView, TemplateView

from nanchuan.accounts.views.saved import SavedViewsMixin
from nanchuan.kernel.paging import LongPaginator
from nanchuan.kernel.registers import register
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    PartialMixin,
    ScopedMixin,
)
from services.clock import clock_of
from services.forms.need_filters import NeedFilter
from services.models import Need
from services.models.listed import STAGES
from services.papers import need_columns

MOST_FOUND = 200  # of a search, before it is counted
MOST_CARDS = 12  # in a column; the list has them all
MOST_COUNTED = 99  # of the others in a column


def lines(rows, user) -> list[Need]:
    """Needs with what a line or a card of them shows; `due` is how the clock stands, unless that
    is not the reader's to know."""
    rows = rows.with_faces(user).marked().with_clocks().select_related("dispatched_to")
    needs, now = list(rows.defer("words", "public_words")), timezone.now()
    for need in needs:
        need.due = clock_of(need, now) if need.face.is_whole else None
    return needs


class SearchedMixin(DressedMixin):
    """A list of needs that looks for words in two steps."""

    paginator_class = LongPaginator

    def get_paginator(self, *args, **kwargs):
        if quick := self.filter.quick:
            kwargs |= {"found": quick, "most": MOST_FOUND}
        return super().get_paginator(*args, **kwargs)

    def dressed(self, queryset, keys):
        rows = lines(Need.objects.filter(pk__in=keys).order_by(), self.request.user)
        return sorted(rows, key=lambda row: keys.index(row.pk))


@register(
    "services:need-list",
    order=90,
    holds=_("每条需求一行：提出单位、类别、内容、状态、责任单位、期限和评价。"),
)
class NeedList(ExportedMixin, SavedViewsMixin, SearchedMixin, FilteredMixin, ScopedMixin, ListView):
    """What the reader may see, narrowed and sorted; the file has exactly these rows."""

    queryset = Need.objects.all()
    filterset_class = NeedFilter
    template_name = "services/need_list.html"
    partial_template_name = "services/_need_table.html"
    export_name = _("需求清单")
    on_paper = True
    numbered_paper = False  # needs have numbers of their own

    def dress_export(self, rows):
        return rows.for_table(self.request.user).defer("words", "public_words")

    def export_columns(self):
        return need_columns()


class NeedBoard(SavedViewsMixin, PartialMixin, TemplateView):
    """A column for each stage, with the first few needs of each in the order of the list."""

    template_name = "services/need_board.html"
    partial_template_name = "services/_need_board.html"

    def get_context_data(self, **kwargs):
        rows = Need.objects.visible_to(self.request.user)
        self.filter = NeedFilter(self.request.GET, queryset=rows, request=self.request)
        keys = {stage: self._keys(stage) for stage in STAGES}
        cards = self._cards([pk for found in keys.values() for pk in found[:MOST_CARDS]])
        columns = [self._column(stage, found, cards) for stage, found in keys.items()]
        return super().get_context_data(
            filter=self.filter, columns=columns, is_empty=not any(keys.values()), **kwargs
        )

    def _keys(self, stage) -> list[int]:
        rows = self.filter.qs.in_stage(stage)
        return list(rows.values_list("pk", flat=True)[: MOST_CARDS + MOST_COUNTED + 1])

    def _cards(self, keys) -> dict[int, Need]:
        rows = Need.objects.filter(pk__in=keys)
        return {need.pk: need for need in lines(rows, self.request.user)}

    def _column(self, stage, keys, cards) -> dict:
        words, _statuses = STAGES[stage]
        others = len(keys) - MOST_CARDS
        return {
            "stage": stage,
            "words": words,
            "cards": [cards[pk] for pk in keys[:MOST_CARDS]],
            "number": f"{MOST_CARDS + MOST_COUNTED}+" if others > MOST_COUNTED else len(keys),
            "more": f"{MOST_COUNTED}+" if others > MOST_COUNTED else max(others, 0),
            "url": self._list_url(stage),
        }

    def _list_url(self, stage) -> str:
        """The list with the same filter, narrowed to a column."""
        query = self.request.GET.copy()
        query.pop("more", None)
        query["stage"] = stage
        return f"{reverse('services:need-list')}?{query.urlencode()}"
