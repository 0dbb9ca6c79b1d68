"""The office's desk (需求台): what waits for it, queue by queue."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.generic import ListView

from nanchuan.kernel.lines import Counted
from nanchuan.kernel.paging import MOST
from nanchuan.kernel.prepared import prepared
from nanchuan.kernel.views import FilteredMixin, ScopedMixin
from services import due
from services.forms.need_filters import DeskFilter
from services.models import Appeal, Extension, Need, Objection
from services.models.listed import QUEUES
from services.views.need_lists import SearchedMixin, cells

Status = Need.Status
ACTS = {  # by status: the word, the key that takes it, the step on the need's page
    Status.SUBMITTED: (gettext_lazy("审核"), "review", "publish"),
    Status.APPEALED: (gettext_lazy("复核"), "review", "rule-appeal"),
    Status.DISPUTED: (gettext_lazy("裁定"), "review", "rule"),
    Status.PUBLISHED: (gettext_lazy("派单"), "dispatch", "dispatch"),
}
BY_QUEUE = {
    "extension": (gettext_lazy("答复延期"), "review", "decide-extension"),
    "long_term": (gettext_lazy("查看月报"), "review", ""),
}
LOOK = (gettext_lazy("查看"), "open", "")
SHORT = 120  # letters of what a unit wrote
ACT = '<a class="btn btn-sm" href="{}" data-act="{}">{}</a>'
CLOSE, PLACE = "#close", "#need"
SAID = '<span class="d-block text-secondary">{}</span>'
TICKED = '<td class="tick">{}</td>'
TICK = (
    '<label><input type="checkbox" class="form-check-input" form="bulk" name="need" value="{}"'
    ' data-tick><span class="visually-hidden">{}</span></label>'
)


class NeedsDesk(SearchedMixin, FilteredMixin, ScopedMixin, ListView):
    """One queue, with the next act of each row; without a queue asked for, the first with
    something in it."""

    queryset = Need.objects.all()
    filterset_class = DeskFilter
    template_name = "services/needs_desk.html"
    partial_template_name = "services/_needs_desk.html"

    def get_queryset(self):
        self.now = now = timezone.now()
        soon = due.risky_until(now)
        [numbers] = _counted(soon, now)
        self.counts = dict(zip(QUEUES, numbers, strict=True))
        asked = self.request.GET.get("queue")
        filled = (queue for queue in QUEUES if self.counts[queue])
        self.queue = asked if asked in QUEUES else next(filled, "review")
        rows = Need.objects.in_queue(self.queue, soon=soon, now=now)
        data = self.request.GET.copy()
        data["queue"] = self.queue
        self.filter = DeskFilter(data, queryset=rows, request=self.request)
        return self.filter.qs

    def get_paginator(self, *args, **kwargs):
        if self.queue in QUEUED and self.filter.given.keys() == {"queue"}:
            kwargs["found"] = self._first_of_queue
        return super().get_paginator(*args, **kwargs)

    def _first_of_queue(self, most):
        moments = [self.now] if self.queue == "dispatch" else []
        return [pk for (pk,) in QUEUED[self.queue](*moments)], most

    def dressed(self, queryset, keys):
        found = super().dressed(queryset, keys)
        said = _said(self.queue, keys)
        if self.queue == "dispute":
            _mark_disputed(found)
        for need in found:
            need.may_dispatch = need.status == Status.PUBLISHED
            need.said = said.get(need.pk, "")
        return found

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        needs = context["object_list"]
        may_dispatch = any(need.may_dispatch for need in needs)
        return context | {
            "queues": _queues(get_language(), self.queue, *self.counts.values()),
            "queue": self.queue,
            "may_dispatch": may_dispatch,
            "cells": [self._cells(need, may_dispatch) for need in needs],
        }

    def _cells(self, need, may_dispatch) -> dict:
        """A row for `slots.filled`."""
        tick = _tick(get_language()).format(need.pk, escape(need.number))
        said = format_html(SAID, Truncator(need.said).chars(SHORT)) if need.said else ""
        return cells(need.line) | {
            "tick": _ticked(tick if need.may_dispatch else "") if may_dispatch else "",
            "said": said,
            "act": self._act(need),
        }

    @cached_property
    def _close(self) -> str:
        """The button that closes a need, for none of them yet."""
        verb = {"url": CLOSE, "label": _("销号"), "next": self.request.get_full_path()}
        return render_to_string("includes/verb.html", verb, self.request)

    def _act(self, need):
        url = need.line["url"]
        if need.status == Status.SOLVED:
            return mark_safe(self._close.replace(CLOSE, f"{url}close/", 1))
        act = BY_QUEUE.get(self.queue) or ACTS.get(need.status, LOOK)
        return mark_safe(_act(get_language(), *act).replace(PLACE, url, 1))


@lru_cache(maxsize=100)
def _queues(_language, queue, *counts) -> SafeString:
    """The queues with their numbers: the same for the whole office until one of them changes."""
    shown = zip(QUEUES.items(), map(_number, counts), strict=True)
    queues = [(words, key, number, key == queue) for (key, words), number in shown]
    return render_to_string("services/_needs_queues.html", {"queues": queues})


@lru_cache(maxsize=100)
def _act(_language, word, key, verb) -> str:
    return format_html(ACT, f"{PLACE}?do={verb}#step" if verb else PLACE, key, word)


@lru_cache(maxsize=10)
def _tick(_language) -> str:
    return TICK.format("{}", escape(_("勾选 %(number)s") % {"number": "{}"}))


def _ticked(tick) -> SafeString:
    return mark_safe(TICKED.format(tick))


def _number(count: int) -> int | str:
    return count if count <= MOST else f"{MOST}+"


@prepared(datetime, datetime)
def _counted(soon, now) -> QuerySet:
    """How many wait in each queue, counted as far as a list is; any table with a row will do to
    hang the columns on."""
    rows = Need.objects.order_by()
    queues = [rows.in_queue(queue, soon=soon, now=now).order_by() for queue in QUEUES]
    columns = [Counted(found.values("pk")[: MOST + 1]) for found in queues]
    return ContentType.objects.order_by("pk").values_list(*columns)[:1]


def _queued(queue: str) -> Callable:
    """The first needs of a queue, if nothing narrows it."""

    def question(now=None):
        rows = Need.objects.in_queue(queue, soon=now, now=now).sorted_by("due")
        return rows.values_list("pk")[: MOST + 1]

    question.__name__ = f"queued_{queue}"
    return prepared(*([datetime] if queue == "dispatch" else []))(question)


# How many are at risk changes the plan by which the database finds them best.
QUEUED = {queue: _queued(queue) for queue in QUEUES if queue != "risk"}


def _mark_disputed(needs) -> None:
    """No clock runs while a unit objects, but the ruling has a time of its own."""
    rows = Objection.objects.filter(dispatch__need__in=needs, ruled_at=None)
    until, now = dict(rows.values_list("dispatch__need", "due_at")), timezone.now()
    soon = due.risky_until(now) if until else now
    for need in needs:
        if need.status == Status.DISPUTED and need.pk in until:
            need.due = due.due_line(due.RULING, until[need.pk], soon, now)
            need.line["due"] = vars(need.due)


def _said(queue, keys) -> dict[int, str]:
    """What a unit wrote, beside its row: need → a sentence."""
    if queue == "extension":
        asked = Extension.objects.filter(need__in=keys, decided_at=None)
        return {
            row.need_id: _("申请延长 %(days)d 个工作日：%(reason)s")
            % {"days": row.days, "reason": row.reason}
            for row in asked
        }
    if queue != "dispute":
        return {}
    objections = Objection.objects.filter(dispatch__need__in=keys, ruled_at=None)
    said = {
        row.dispatch.need_id: _("%(unit)s的异议：%(reason)s")
        % {"unit": row.dispatch.unit, "reason": row.reason}
        for row in objections.select_related("dispatch__unit")
    }
    appeals = Appeal.objects.filter(need__in=keys, ruled_at=None)
    return said | {row.need_id: _("申诉：%(reason)s") % {"reason": row.reason} for row in appeals}
