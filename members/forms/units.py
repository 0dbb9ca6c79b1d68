import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import Unit


class UnitFilterSet(django_filters.FilterSet):
    q = django_filters.CharFilter(label=_("名称"), method="search", max_length=100)
    kind = django_filters.ChoiceFilter(label=_("类别"), choices=Unit.Kind.choices)

    def search(self, rows, name, value):
        words = value.strip()
        return rows.filter(Q(name__contains=words) | Q(short_name__contains=words))
