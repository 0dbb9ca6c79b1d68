"""What narrows figures: between which days, as of the end of which one, of which group."""

from typing import Any

import django_filters as filters
from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from alliance.models import Group
from members.forms.filters import UnitFilter
from nanchuan.kernel.filtersets import UsualFilterSet
from nanchuan.kernel.forms import DateInput
from services.boards import OUTSIDE


class ScopeForm(forms.Form):
    def clean(self):
        cleaned = super().clean()
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("结束日期早于开始日期，请改正。"))
        if (on := cleaned.get("on")) and on > timezone.localdate():
            self.add_error("on", _("还没有到这一天，请选择今天或以前的日期。"))
        return cleaned


def day_filter(label) -> filters.DateFilter:
    return filters.DateFilter(label=label, widget=DateInput, method="as_they_are")


def as_of_filter() -> filters.DateFilter:
    """The day at whose end it is looked at."""
    return day_filter(pgettext_lazy("as of", "截至"))


def group_filter() -> filters.ModelChoiceFilter:
    return filters.ModelChoiceFilter(
        label=_("联盟小组"),
        queryset=lambda request: Group.objects.order_by("order", "pk"),
        empty_label=_("全部小组"),
        null_label=_("不在产业链小组"),
        null_value=OUTSIDE,
        method="as_they_are",
    )


def unit_filter(label, units) -> UnitFilter:
    return UnitFilter(label=label, queryset=units, empty_label=_("全部单位"), method="as_they_are")


def choice_filter(label, choices, nothing) -> filters.ChoiceFilter:
    """`nothing`: what it means to choose nothing."""
    return filters.ChoiceFilter(
        label=label, choices=choices, empty_label=nothing, method="as_they_are"
    )


class ScopeFilter(UsualFilterSet):
    """A scope rather than rows: each has `since`, `until`, `on`, `group`, `unit`, `category` and
    `by`. What cannot be is left out and said; without a day it is today."""

    first_by = ""  # what the tables go by unless told

    class Meta:
        form = ScopeForm
        fields = []

    def as_they_are(self, rows, name, value):
        return rows

    @cached_property
    def chosen(self) -> dict:
        self.form.is_valid()
        return getattr(self.form, "cleaned_data", {})

    @property
    def by_shown(self) -> str:
        return self.chosen.get("by") or self.first_by

    def facts(self) -> dict[str, Any]:
        """What every scope knows."""
        chosen = self.chosen
        return {
            "on": chosen.get("on") or timezone.localdate(),
            "since": chosen.get("since"),
            "until": chosen.get("until"),
            "group": chosen.get("group") or None,
            "unit": chosen.get("unit"),
            "category": chosen.get("category") or "",
        }
