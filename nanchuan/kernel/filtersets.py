"""What narrows a list; of many filters only those in use are made."""

from collections.abc import Collection
from copy import copy

import django_filters
from django import forms
from django_filters import fields
from django_filters.filters import FilterMethod


class UsualFilterSet(django_filters.FilterSet):
    """Has its `usual` filters and those that are asked for, with `?more=1` all of them: a control
    that nobody touches costs as much as a row."""

    usual: Collection[str] = ()

    def __init__(self, data=None, *arguments, **options):
        given = data or {}
        self.base_filters = _Declared(
            (name, each)
            for name, each in self.base_filters.items()
            if name in self.usual or given.get("more") or any(_belongs(key, name) for key in given)
        )
        super().__init__(data, *arguments, **options)

    @property
    def has_more(self) -> bool:
        return len(self.filters) < len(type(self).base_filters)

    @property
    def kept(self) -> tuple | None:
        """What the controls look like by, for all who hold the same roles; None where something
        was typed, or is chosen from rows."""
        asked = tuple((name, self.data.get(name) or "") for name in self.filters)
        made = self.form.fields
        if all(isinstance(made[name], _plain_kind(given)) for name, given in asked):
            return None if self.form.errors else asked
        return None

    def get_form_class(self):
        """The fields are made for one form: neither a class nor copies are needed."""

        def form(*arguments, **options):
            made = self._meta.form(*arguments, **options)
            made.fields = {name: each.field for name, each in self.filters.items()}
            return made

        return form


def _plain_kind(given):
    return fields.ChoiceField if given else (fields.ChoiceField, forms.CharField, forms.DateField)


class _Declared(dict):
    """Filters of a class: what each is made with is shared by its copies, who never change it."""

    def __deepcopy__(self, _memo):
        return {name: _copied(each) for name, each in self.items()}


def _copied(declared):
    made = copy(declared)
    made.extra = dict(declared.extra)
    if isinstance(declared.filter, FilterMethod):
        made.method = declared.method  # its method is one of the new filter's parent
    return made


def _belongs(key, name) -> bool:
    """Ranges have keys of their own: `held_min`, `held_after`."""
    return key == name or key.startswith(f"{name}_")
