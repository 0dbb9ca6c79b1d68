"""Filters that several lists share."""

from datetime import date

import django_filters
from django import forms
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext_lazy as _

from members.models import Organization

MOST_OPTIONS = 300


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


class OrganizationField(ListedField):
    def label_from_instance(self, obj):
        return "\u3000" * (obj.depth - 1) + str(obj)


def visible_organizations(request):
    if request is None:
        return Organization.objects.none()
    return Organization.objects.current().visible_to(request.user)


class OrganizationFilter(django_filters.ModelChoiceFilter):
    """An organization with everything below it."""

    field_class = OrganizationField

    def __init__(self, **kwargs):
        kwargs.setdefault("label", _("党组织"))
        kwargs.setdefault("queryset", visible_organizations)
        super().__init__(**kwargs)


class MonthField(forms.CharField):
    """A month such as 2026-11, as its first day."""

    widget = forms.TextInput(attrs={"type": "month", "placeholder": "2026-11"})

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        try:
            return date.fromisoformat(f"{text}-01")
        except ValueError:
            raise forms.ValidationError(_("请按“2026-11”的样子填写月份。")) from None


class MonthFilter(django_filters.Filter):
    field_class = MonthField
