"""Needs as a list and as a board (看板): one filter, two ways to look."""

from collections import defaultdict

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.generic import ListView, TemplateView

from nanchuan.accounts.views.saved import SavedViewsMixin
from nanchuan.kernel.paging import LongPaginator
from nanchuan.kernel.prepared import keys, prepared
from nanchuan.kernel.readers import prepared_for_reader, rows_of
from nanchuan.kernel.registers import register
from nanchuan.kernel.templatetags.ui import moment, state
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    KeptScopeMixin,
    PartialMixin,
)
from nanchuan.kernel.words import choices_of, said
from services.due import due_of, risky_until
from services.forms.need_filters import NeedFilter
from services.models import Need, Pause
from services.models.listed import STAGES
from services.papers import need_columns

HOLD = Pause.Why.HOLD
UNITS = ("unit", "accepted_by", "dispatched_to")
SHOWN = (
    "number",
    "title",
    "public_title",
    "public_note",
    "category",
    "urgency",
    "status",
    "filed_at",
    "due_at",
    "long_term_since",
    *UNITS,
    *(f"{unit}__{name}" for unit in UNITS for name in ("name", "short_name")),
)
MARK = ' <span class="badge-word">{}</span>'
TOLD = gettext_noop("%(unit)s（待接单）")
OWNER = '<span title="{}">{}</span>'
CLOCK = '<span class="due">{} {}</span>'
PARTIES = '<span class="kanban-facts">{}</span>'
MOST_FOUND = 200  # of what was looked for, before it is counted
MOST_CARDS = 12  # in a column; the list has them all
MOST_COUNTED = 99  # of the others in a column


def lines(rows: QuerySet | list[int], user) -> list[Need]:
    """Needs, or those with some keys, in their order, each with its `line`: what a row or a card
    of it shows to this reader, and how its clock stands (`due`), unless that is not the reader's
    to know."""
    wanted = rows if isinstance(rows, list) else list(rows.values_list("pk", flat=True))
    found = {need.pk: need for need in _with_faces(user, wanted)} if wanted else {}
    needs, now = [found[pk] for pk in wanted if pk in found], timezone.now()
    words = {name: choices_of(Need, name) for name in ("category", "status", "urgency")}
    pauses = _pauses_of(needs)
    soon = risky_until(now) if any(need.due_at for need in needs) else now
    page = reverse("services:need-detail", args=[0]).removesuffix("0/")
    for need in needs:
        stood = pauses.get(need.pk, [])
        spans = [(since, until) for _why, since, until in stood if until]
        need.due = due_of(need, soon, now, spans) if need.read_whole else None
        is_on_hold = any(why == HOLD and not end for why, _start, end in stood)
        need.line = _line(need, page, words, is_on_hold)
    return needs


@prepared_for_reader(list)
def _with_faces(reader, pks) -> QuerySet:
    rows = Need.objects.filter(pk__in=keys(pks)).order_by().with_faces(reader).by_time()
    return rows.select_related("dispatched_to").only(*SHOWN)


@prepared(list)
def _pauses(needs) -> QuerySet:
    rows = Pause.objects.filter(need__in=keys(needs)).order_by()
    return rows.values_list("need", "why", "started_at", "ended_at")


def _pauses_of(needs) -> dict[int, list]:
    """When the clocks of open needs stood still, of all in one question."""
    found = defaultdict(list)
    running = [need.pk for need in needs if need.is_open and need.read_whole]
    for pk, *pause in _pauses(running) if running else ():
        found[pk].append(pause)
    return found


def _line(need, page, words, is_on_hold) -> dict:
    face, whole, running = need.face, need.read_whole, need.is_open
    told = need.dispatched_to if whole else None
    unit = face.responsible or told
    return {
        "url": f"{page}{need.pk}/",
        "number": need.number,
        "heading": face.heading,
        "unit": face.unit,
        "unit_name": face.unit_name,
        "is_whole": whole,
        "category": words["category"][need.category],
        "status": need.status,
        "status_word": words["status"][need.status],
        "urgency": need.urgency if running and need.urgency != "normal" else "",
        "urgency_word": words["urgency"][need.urgency],
        "marks": _marks(need, is_on_hold) if whole else [],
        "responsible": str(unit) if unit else "",
        "responsible_name": unit.name if unit else "",
        "is_told": bool(told),
        "due": need.due and vars(need.due),
        "filed": moment(need.filed_at),
    }


def _marks(need, is_on_hold) -> list[str]:
    """What is unusual of a need that its reader reads whole."""
    marks = []
    if need.is_open and need.long_term_since:
        marks.append(_("长期办理"))
    if need.is_open and is_on_hold:
        marks.append(_("暂停办理"))
    if need.is_by_time:
        marks.append(_("到期自动确认"))
    return marks


def cells(line: dict) -> dict:
    """The line of a need for `slots.filled`: what differs in form from row to row, as HTML."""
    return line | {
        "state": state(line["status"], line["status_word"]),
        "signs": _signs(line),
        "clock": _clock(line["due"]) if line["due"] else "",
        "owner": _owner(line) if line["responsible"] else "—",
    }


def _signs(line):
    marks = format_html_join("", MARK, ([word] for word in line["marks"])) if line["marks"] else ""
    if not line["urgency"]:
        return marks
    return format_html(" {}{}", state(line["urgency"], line["urgency_word"]), marks)


def _clock(due):
    return format_html(CLOCK, due["label"], state(due["status"], due["words"]))


def _owner(line):
    unit = line["responsible"]
    words = said(TOLD) % {"unit": unit} if line["is_told"] else unit
    return format_html(OWNER, line["responsible_name"], words)


def card(line: dict) -> dict:
    """The same for a card of the board."""
    owner = f" → {line['responsible']}" if line["responsible"] else ""
    parties = PARTIES.format(escape(f"{line['unit']}{owner}")) if line["is_whole"] else ""
    return cells(line | {"responsible": ""}) | {
        "colour": f" status-{line['due']['status']}" if line["due"] else "",
        "parties": mark_safe(parties),
    }


class SearchedMixin(DressedMixin):
    """A list of needs that looks for words in two steps."""

    paginator_class = LongPaginator

    def get_paginator(self, *args, **kwargs):
        if quick := self.filter.quick:
            kwargs |= {"found": quick, "most": MOST_FOUND}
        else:
            kwargs["most"] = MOST_FOUND if self.filter.is_narrowed else None
            if self.filter.lasting is not None:
                kwargs["found"] = self._first
        return super().get_paginator(*args, **kwargs)

    def filtered(self):
        """Of a list that is only looked at, the keys are found without all that would count it or
        put it into a file."""
        asked = self.request.GET
        if asked.get("count") == "all" or "export" in asked:
            return super().filtered()
        if self.filter.lasting is not None:
            return self.filter.queryset.none()  # nobody asks it
        return self.filter.before_words if self.filter.quick else super().filtered()

    def _first(self, most):
        return self.filter.first(most + 1), most

    def dressed(self, queryset, keys):
        return lines(keys, self.request.user)


@register(
    "services:need-list",
    order=90,
    holds=gettext_lazy("每条需求一行：提出单位、类别、内容、状态、责任单位、期限和评价。"),
)
class NeedList(
    ExportedMixin, SavedViewsMixin, SearchedMixin, FilteredMixin, KeptScopeMixin, ListView
):
    """What the reader may see, narrowed and sorted; the file has exactly these rows."""

    queryset = Need.objects.all()
    filterset_class = NeedFilter
    template_name = "services/need_list.html"
    partial_template_name = "services/_need_table.html"
    export_name = gettext_lazy("需求清单")
    on_paper = True
    numbered_paper = False  # needs have numbers of their own

    def dress_export(self, rows):
        return rows.for_table(self.request.user).defer("words", "public_words")

    def export_columns(self):
        return need_columns()

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return context | {"cells": [cells(need.line) for need in context["object_list"]]}


class NeedBoard(SavedViewsMixin, PartialMixin, TemplateView):
    """A column for each stage, with the first few needs of each in the order of the list."""

    template_name = "services/need_board.html"
    partial_template_name = "services/_need_board.html"

    def get_context_data(self, **kwargs):
        rows = rows_of(Need, self.request.user)
        self.filter = NeedFilter(self.request.GET, queryset=rows, request=self.request)
        keys = self.filter.by_stage_first(MOST_CARDS + MOST_COUNTED + 1)
        cards = self._cards([pk for found in keys.values() for pk in found[:MOST_CARDS]])
        columns = [self._column(stage, found, cards) for stage, found in keys.items()]
        return super().get_context_data(
            filter=self.filter, columns=columns, is_empty=not any(keys.values()), **kwargs
        )

    def _cards(self, keys) -> dict[int, Need]:
        return {need.pk: need for need in lines(keys, self.request.user)}

    def _column(self, stage, keys, cards) -> dict:
        words, _statuses = STAGES[stage]
        others = len(keys) - MOST_CARDS
        shown = [cards[pk] for pk in keys[:MOST_CARDS]]
        return {
            "stage": stage,
            "words": words,
            "cards": shown,
            "cells": [card(need.line) for need in shown],
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
