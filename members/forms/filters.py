"""Filters that several lists share."""

from datetime import date, datetime, time
from functools import lru_cache
from operator import itemgetter

import django_filters
from django import forms
from django.forms.models import ModelChoiceIterator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.forms.days import FIRST_YEAR
from members.models import Organization, Unit
from nanchuan.kernel.periods import months_after

MOST_OPTIONS = 300


def columns_of(model, *names: str) -> list[str]:
    """Those of its fields, or of some of them; in the order in which it is made of them."""
    fields = model._meta.concrete_fields
    return [field.attname for field in fields if not names or field.name in names]


class FirstOptions(ModelChoiceIterator):
    """A park has a few dozen of them; of thousands, only the first are listed."""

    def __iter__(self):
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        for row in self.field.first():
            yield self.choice(row)


class ListedField(forms.ModelChoiceField):
    """What is listed, asked for once although it is both offered and looked up."""

    iterator = FirstOptions

    def first(self) -> list:
        if not hasattr(self, "_first"):
            self._first = list(self.queryset[:MOST_OPTIONS])
        return self._first

    def to_python(self, value):
        for row in self.first() if value else ():
            if str(row.pk) == str(value):
                return row
        return super().to_python(value)


class ListedFilter(django_filters.ModelChoiceFilter):
    field_class = ListedField


class RowOptions(FirstOptions):
    def __iter__(self):
        yield from [("", self.field.empty_label)] if self.field.empty_label is not None else ()
        yield from self.field.options


class RowsField(ListedField):
    """A list offers hundreds of rows with every page: only the one that is chosen is made into
    more than a row of its columns, the key first."""

    iterator = RowOptions

    def first(self) -> list[tuple]:
        if not hasattr(self, "_first"):
            self._first = self.rows()
        return self._first

    def rows(self) -> list[tuple]:
        return list(self.queryset.values_list(*self.columns)[:MOST_OPTIONS])

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        return _worded(type(self), tuple(self.first()))

    def to_python(self, value):
        for row in self.first() if value else ():
            if str(row[0]) == str(value):
                return self.queryset.model.from_db(self.queryset.db, self.columns, row)
        return super(ListedField, self).to_python(value)


@lru_cache(maxsize=100)
def _worded(field, rows):
    """The same rows are offered again and again."""
    return tuple((str(row[0]), field.label_of(row)) for row in rows)


class OrganizationField(ListedField):
    def label_from_instance(self, obj):
        return "\u3000" * (obj.depth - 1) + str(obj)


class FilterOrganizationField(RowsField):
    columns = columns_of(Organization, "id", "path", "depth", "name", "short_name")
    words = itemgetter(*map(columns.index, ("depth", "short_name", "name")))

    @classmethod
    def label_of(cls, row: tuple) -> str:
        depth, short_name, name = cls.words(row)
        return "\u3000" * (depth - 1) + (short_name or name)


class UnitField(RowsField):
    columns = columns_of(Unit, "id", "name", "short_name")
    words = itemgetter(*map(columns.index, ("short_name", "name")))

    @classmethod
    def label_of(cls, row: tuple) -> str:
        short_name, name = cls.words(row)
        return short_name or name


class UnitFilter(django_filters.ModelChoiceFilter):
    field_class = UnitField


def visible_organizations(request):
    if request is None:
        return Organization.objects.none()
    return Organization.objects.current().visible_to(request.user)


class OrganizationFilter(django_filters.ModelChoiceFilter):
    """An organization with everything below it."""

    field_class = FilterOrganizationField

    def __init__(self, **kwargs):
        kwargs.setdefault("label", _("党组织"))
        kwargs.setdefault("queryset", visible_organizations)
        super().__init__(**kwargs)


class MonthField(forms.CharField):
    """A month such as 2026-11, as its first day; nothing was held before 1921."""

    widget = forms.TextInput(attrs={"type": "month", "placeholder": "2026-11"})

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        try:
            first = date.fromisoformat(f"{text}-01")
        except ValueError:
            first = date.min
        if first.year < FIRST_YEAR:
            raise forms.ValidationError(_("请按“2026-11”的样子填写月份。"))
        return first


def month_of(first: date) -> tuple[datetime, datetime]:
    """The moments between which a month lies."""
    ends = (first, months_after(first, 1))
    begin, end = (timezone.make_aware(datetime.combine(day, time.min)) for day in ends)
    return begin, end


class MonthFilter(django_filters.Filter):
    field_class = MonthField
