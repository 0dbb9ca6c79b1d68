from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.views.generic import TemplateView

from members.forms.days import DayForm
from members.models import Unit

WIDTH = 1000  # of a bar, in the picture's own measure


class UnitCoverage(TemplateView):
    """How the party's work reaches the units of each kind on a day (党建覆盖)."""

    template_name = "members/unit_coverage.html"

    def get_context_data(self, **kwargs):
        form = DayForm(self.request.GET)
        self.on = form.day
        figures = Unit.objects.visible_to(self.request.user).coverage_figures(self.on)
        lines = [self._line(kind, kind.label, figures) for kind in Unit.Kind]
        return super().get_context_data(
            form=form,
            on=self.on,
            kinds=Unit.Coverage,
            lines=[line for line in lines if line["total"]],
            total=self._line("", "", figures),
            **kwargs,
        )

    def _line(self, kind, label, figures):
        """The numbers of a kind of unit (of all for ""), each with the list that it opens."""
        numbers = {
            coverage: sum(
                number
                for (each, reached), number in figures.items()
                if reached == coverage and kind in ("", each)
            )
            for coverage in Unit.Coverage
        }
        total = sum(numbers.values())
        cells = [
            {"coverage": coverage, "number": number, "url": self._url(kind, coverage)}
            for coverage, number in numbers.items()
        ]
        _lay_out(cells, total)
        organized = numbers[Unit.Coverage.OWN] + numbers[Unit.Coverage.JOINT]
        return {
            "label": label,
            "total": total,
            "url": self._url(kind, ""),
            "cells": cells,
            "organized": _percent(organized, total),
            "reached": _percent(total - numbers[Unit.Coverage.NONE], total),
        }

    def _url(self, kind, coverage):
        asked = {"kind": str(kind), "coverage": str(coverage)}
        if self.on != timezone.localdate():
            asked["on"] = self.on.isoformat()
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"{reverse('members:unit-list')}?{query}"


def _lay_out(cells, total):
    """Where each part of the bar begins and how wide it is; together exactly its width."""
    before = 0
    for cell in cells:
        start = before * WIDTH // max(total, 1)
        before += cell["number"]
        cell["x"], cell["width"] = start, before * WIDTH // max(total, 1) - start


def _percent(part, total) -> str:
    return f"{part * 100 / total:.1f}%" if total else "—"
