"""What narrows a list; of many filters only those in use are made."""

from collections.abc import Collection

import django_filters


class UsualFilterSet(django_filters.FilterSet):
    """Has its `usual` filters and those that are asked for, with `?more=1` all of them: a control
    that nobody touches costs as much as a row."""

    usual: Collection[str] = ()

    def __init__(self, data=None, *arguments, **options):
        given = data or {}
        if not given.get("more"):
            self.base_filters = {
                name: each
                for name, each in self.base_filters.items()
                if name in self.usual or any(_belongs(key, name) for key in given)
            }
        super().__init__(data, *arguments, **options)

    @property
    def has_more(self) -> bool:
        return len(self.filters) < len(type(self).base_filters)

    def get_form_class(self):
        """The fields are made for one form: neither a class nor copies are needed."""

        def form(*arguments, **options):
            made = self._meta.form(*arguments, **options)
            made.fields = {name: each.field for name, each in self.filters.items()}
            return made

        return form


def _belongs(key, name) -> bool:
    """Ranges have keys of their own: `held_min`, `held_after`."""
    return key == name or key.startswith(f"{name}_")
