"""What narrows the leader's board, and the rows that its numbers open."""

import django_filters as filters
from django import forms
from django.db.models import Exists, OuterRef
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from members.models import Unit
from services.boards import Scope, runs_out
from services.forms.scopes import (
    ScopeFilter,
    as_of_filter,
    choice_filter,
    day_filter,
    group_filter,
    unit_filter,
)
from services.models import Need
from services.models.figures import BESIDE, FUNNEL, OVERDUE, RATINGS, figure, overdue

OFFICE = "office"


def filing_units(request):
    rows = Unit.objects.filter(Exists(Need.objects.filter(unit=OuterRef("pk"))))
    return rows.only("name", "short_name").order_by("name")


class BoardFilter(ScopeFilter):
    """When needs were filed, of whom and of what; and as of the end of which day they are looked
    at."""

    usual = ("since", "until", "on", "group", "category", "unit", "by")
    first_by = "group"

    since, until = day_filter(_("提出日期自")), day_filter(_("提出日期至"))
    on, group = as_of_filter(), group_filter()
    category = choice_filter(_("类别"), Need.Category, _("全部类别"))
    unit = unit_filter(_("提出单位"), filing_units)
    by = choice_filter(_("分组"), [("category", _("按类别")), ("unit", _("按单位"))], _("按小组"))

    class Meta(ScopeFilter.Meta):
        model = Need

    @cached_property
    def scope(self) -> Scope:
        return Scope(**self.facts())


class BoardRowsFilter(BoardFilter):
    """The rows of one number. `owes` is the unit whose step is late, or the office."""

    usual = ("figure", *BoardFilter.usual, "owes")
    by = None

    figure = filters.ChoiceFilter(
        label=_("统计口径"),
        choices=[
            *FUNNEL.items(),
            ("settled", _("已解决（含自动确认）")),
            *BESIDE.items(),
            *((key, _("评价：%(label)s") % {"label": label}) for key, label in RATINGS.items()),
            *((key, _("逾期：%(label)s") % {"label": label}) for key, label in OVERDUE.items()),
        ],
        method="as_they_are",
    )
    owes = filters.CharFilter(widget=forms.HiddenInput, method="as_they_are", max_length=12)

    @property
    def figure_shown(self) -> str:
        return self.chosen.get("figure") or "filed"

    @property
    def qs(self):
        scope, key = self.scope, self.figure_shown
        rows = scope.narrow(self.queryset)
        if key in OVERDUE:
            late = self._late(key.removeprefix("overdue_"))
            return rows.filter(merged_into=None, pk__in=late.values("need"))
        return rows.filter(figure(key, scope.on))

    @property
    def lasts_until(self):
        """The moment until when the rows stay as they are by themselves, if there is one."""
        return runs_out(self.scope) if self.figure_shown in OVERDUE else None

    def _late(self, kind: str):
        late = overdue(self.scope.past).filter(kind=kind)
        owes = self.chosen.get("owes")
        if owes == OFFICE:
            return late.filter(unit=None)
        return late.filter(unit=int(owes)) if owes and owes.isdecimal() else late
