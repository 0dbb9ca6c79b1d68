"""A filter by group, for lists of what the units in them ask for and give."""

from operator import itemgetter

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from alliance.models import Group
from members.forms.filters import MOST_OPTIONS, RowsField, columns_of
from nanchuan.kernel.readers import kept_for_reader

COLUMNS = columns_of(Group)


def groups(request) -> QuerySet:
    return Group.objects.visible_to(request.user).order_by("order", "pk")


@kept_for_reader
def _first(reader) -> QuerySet:
    rows = Group.objects.visible_to(reader).order_by("order", "pk")
    return rows.values_list(*COLUMNS)[:MOST_OPTIONS]


class GroupField(RowsField):
    columns = COLUMNS
    label_of = itemgetter(COLUMNS.index("name"))

    def rows(self):
        return _first(self.reader)


class GroupFilter(django_filters.ModelChoiceFilter):
    """By method `by_group`, of the groups that the reader sees."""

    field_class = GroupField

    def __init__(self, **kwargs):
        super().__init__(label=_("小组"), queryset=groups, method="by_group", **kwargs)

    @property
    def field(self):
        field = super().field
        field.reader = self.get_request().user
        return field
