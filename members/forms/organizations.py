import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.forms.days import DayFilter
from members.models import Organization


class OrganizationFilterSet(django_filters.FilterSet):
    """Without a kind: what the park counts as organizations; a 党小组 only when asked for."""

    q = django_filters.CharFilter(label=_("名称"), method="search", max_length=100)
    kind = django_filters.ChoiceFilter(
        label=_("类别"),
        choices=[*Organization.Kind.choices, ("branches", _("党支部和联合党支部"))],
        method="of_kind",
    )
    on = DayFilter(label=_("截至日期"))

    def of_kind(self, rows, name, value):
        return rows.branches() if value == "branches" else rows.filter(kind=value)

    def search(self, rows, name, value):
        words = value.strip()
        return rows.filter(Q(name_then__contains=words) | Q(short_then__contains=words))

    def filter_queryset(self, queryset):
        if not self.form.cleaned_data.get("kind"):
            queryset = queryset.exclude(kind=Organization.Kind.PARTY_GROUP)
        return super().filter_queryset(queryset)
