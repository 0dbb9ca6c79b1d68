from datetime import date

import django_filters
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import Group

MOST_YEARS = 20  # either way: a slip of the pen in a date makes no endless list


class RotaYearFilterSet(django_filters.FilterSet):
    """A year of the rota, this one unless told, and one group or all.

    `queryset` are the turns that the reader may see; the years on offer are theirs.
    """

    year = django_filters.ChoiceFilter(label=gettext_lazy("年份"), method="everything")
    group = django_filters.ModelChoiceFilter(
        queryset=lambda request: Group.objects.visible_to(request.user),
        label=gettext_lazy("联盟小组"),
        empty_label=gettext_lazy("全部小组"),
    )

    def __init__(self, data=None, queryset=None, **kwargs):
        super().__init__(data, queryset, **kwargs)
        self.this_year = timezone.localdate().year
        self.filters["year"].extra |= {
            "choices": [(str(year), self.words(year)) for year in self._others()],
            "empty_label": _("今年（%(year)d 年）") % {"year": self.this_year},
        }

    @property
    def year_shown(self) -> int:
        return int(self._chosen("year") or self.this_year)

    @property
    def group_shown(self) -> Group | None:
        return self._chosen("group")

    @property
    def first_day(self) -> date:
        return date(self.year_shown, 1, 1)

    @property
    def last_day(self) -> date:
        return date(self.year_shown, 12, 31)

    def filter_queryset(self, queryset):
        return super().filter_queryset(queryset).overlapping(self.first_day, self.last_day)

    def everything(self, queryset, name, value):
        """The year also counts when none is chosen: see `filter_queryset`."""
        return queryset

    @staticmethod
    def words(year: int) -> str:
        return _("%(year)d 年") % {"year": year}

    def _others(self) -> list[int]:
        """Years with a turn, the latest first; this year is on offer by itself."""
        ends = self.queryset.order_by().aggregate(first=Min("starts_on"), last=Max("ends_on"))
        if ends["first"] is None:
            return []
        first = max(ends["first"].year, self.this_year - MOST_YEARS)
        last = min(ends["last"].year, self.this_year + MOST_YEARS)
        return list(range(last, first - 1, -1))

    def _chosen(self, name):
        self.form.is_valid()
        return self.form.cleaned_data.get(name)
