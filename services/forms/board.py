"""What narrows the leader's board, and the rows that its numbers open."""

import django_filters as filters
from django import forms
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from alliance.models import Group
from members.forms.filters import ListedFilter
from members.models import Unit
from nanchuan.kernel.filtersets import UsualFilterSet
from nanchuan.kernel.forms import DateInput
from services.boards import OUTSIDE, Scope, runs_out
from services.models import Need
from services.models.figures import BESIDE, FUNNEL, OVERDUE, RATINGS, figure, overdue

OFFICE = "office"


def filing_units(request):
    rows = Unit.objects.filter(Exists(Need.objects.filter(unit=OuterRef("pk"))))
    return rows.only("name", "short_name").order_by("name")


class ScopeForm(forms.Form):
    def clean(self):
        cleaned = super().clean()
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("结束日期早于开始日期，请改正。"))
        if (on := cleaned.get("on")) and on > timezone.localdate():
            self.add_error("on", _("还没有到这一天，请选择今天或以前的日期。"))
        return cleaned


class BoardFilter(UsualFilterSet):
    """When needs were filed, of whom and of what; and as of the end of which day they are looked
    at, today unless told. What cannot be is left out and said."""

    usual = ("since", "until", "on", "group", "category", "unit", "by")

    since = filters.DateFilter(label=_("提出日期自"), widget=DateInput, method="as_they_are")
    until = filters.DateFilter(label=_("提出日期至"), widget=DateInput, method="as_they_are")
    on = filters.DateFilter(label=_("截至"), widget=DateInput, method="as_they_are")
    group = filters.ModelChoiceFilter(
        label=_("联盟小组"),
        queryset=lambda request: Group.objects.order_by("order", "pk"),
        empty_label=_("全部小组"),
        null_label=_("不在产业链小组"),
        null_value=OUTSIDE,
        method="as_they_are",
    )
    category = filters.ChoiceFilter(
        label=_("类别"), choices=Need.Category, empty_label=_("全部类别"), method="as_they_are"
    )
    unit = ListedFilter(
        label=_("提出单位"), queryset=filing_units, empty_label=_("全部单位"), method="as_they_are"
    )

    by = filters.ChoiceFilter(
        label=_("分组"),
        choices=[("category", _("按类别")), ("unit", _("按单位"))],
        empty_label=_("按小组"),
        method="as_they_are",
    )

    class Meta:
        model = Need
        form = ScopeForm
        fields = []

    def as_they_are(self, rows, name, value):
        return rows

    @cached_property
    def scope(self) -> Scope:
        chosen = self.chosen
        return Scope(
            on=chosen.get("on") or timezone.localdate(),
            since=chosen.get("since"),
            until=chosen.get("until"),
            group=chosen.get("group") or None,
            category=chosen.get("category") or "",
            unit=chosen.get("unit"),
        )

    @property
    def by_shown(self) -> str:
        return self.chosen.get("by") or "group"

    @cached_property
    def chosen(self) -> dict:
        self.form.is_valid()
        return getattr(self.form, "cleaned_data", {})


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
