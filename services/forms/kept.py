"""Filters of lists that keep the statement which finds their first rows."""

from types import SimpleNamespace

from django.db.models import QuerySet

from nanchuan.kernel.filtersets import UsualFilterSet
from nanchuan.kernel.readers import kept_for_reader

PAGE, DIGITS = 25, 3  # rows, and of the number of a page


class KeptFilter(UsualFilterSet):
    """The statement that finds the first rows is kept for a day, if it depends on nothing else
    than the roles of who asks."""

    is_kept = False  # whether it stands for the statement
    lasting: tuple[str, ...] = ()  # what is asked for in these words stays the same question

    @property
    def given(self) -> dict:
        """What is asked for, without what was mistyped."""
        self.form.is_valid()  # fills cleaned_data
        return {name: value for name, value in self.form.cleaned_data.items() if value}

    @property
    def lasts(self) -> bool:
        return self.given.keys() <= set(self.lasting)

    @property
    def is_quick(self) -> bool:
        """Whether it finds the first rows without the question put together for this reader."""
        return self.lasts

    @property
    def reach(self) -> int:
        """Rows to the end of the page that is asked for."""
        page = self.data.get("page") or ""
        return PAGE * (int(page) if page.isdecimal() and len(page) <= DIGITS else 1)

    def filter_queryset(self, queryset):
        return self.narrowed(queryset, self.given)

    def narrowed(self, rows: QuerySet, given: dict) -> QuerySet:
        for name, value in given.items():
            rows = self.filters[name].filter(rows, value)
        return rows.newest()

    def found(self, most: int) -> tuple[list[int], int]:
        """Keys of the first rows, and how many of them are listed: beyond, there are more."""
        return self.first(most + 1), most

    def first(self, most: int) -> list[int]:
        if self.lasts:
            return self.kept(self.given, most)
        return list(self.qs.values_list("pk", flat=True)[:most])

    def kept(self, given: dict, most: int) -> list[int]:
        asked = tuple(sorted(given.items()))
        return [pk for (pk,) in _first(self.request.user, type(self), asked, most)]


@kept_for_reader
def _first(reader, filterset, given: tuple, most: int) -> QuerySet:
    """What was chosen has been looked up already, so no form is asked."""
    rows = filterset._meta.model.objects.visible_to(reader)
    asked = filterset(dict(given), queryset=rows, request=SimpleNamespace(user=reader))
    asked.is_kept = True
    return asked.narrowed(rows, dict(given)).values_list("pk")[:most]
