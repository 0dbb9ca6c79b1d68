"""Pages of long lists: what nobody reads to its end is not counted to its end either."""

from collections.abc import Callable

from django.core.paginator import Paginator
from django.utils.functional import cached_property

MOST = 1000


class LongPaginator(Paginator):
    """For lists that are dressed later: its pages are primary keys.

    One question gives the keys of the first `most` rows in their order, which is their number
    and all their pages; beyond, the list says that there are more (`is_more`). `exact` counts
    all; whoever knows the number sets `count`. Then a page in the second half is reached from
    the end. Where a list has a quicker way to the first keys, `found(most)` answers them and how
    many of them are listed.
    """

    def __init__(
        self,
        *arguments,
        exact: bool = False,
        most: int | None = None,
        found: Callable[[int], tuple[list, int]] | None = None,
        **options,
    ):
        super().__init__(*arguments, **options)
        self.most, self.found = most or MOST, found
        if exact:
            self.count = self.object_list.order_by().count()

    @cached_property
    def is_more(self) -> bool:
        return not self._is_counted and len(self._keys) > self.most

    @cached_property
    def count(self) -> int:
        return min(len(self._keys), self.most)

    @property
    def _is_counted(self) -> bool:
        return "_keys" not in self.__dict__ and "count" in self.__dict__

    @cached_property
    def _keys(self) -> list:
        if self.found:
            keys, self.most = self.found(self.most)
            return keys
        return self._keys_of(self.object_list[: self.most + 1])

    def page(self, number):
        number = self.validate_number(number)
        bottom = (number - 1) * self.per_page
        return self._get_page(self._slice(bottom, bottom + self.per_page), number, self)

    def _slice(self, bottom, top):
        top = min(top, self.count)
        if not self._is_counted:
            return self._keys[bottom:top]
        if bottom <= self.count // 2:
            return self._keys_of(self.object_list[bottom:top])
        rest = self.object_list.reverse()[self.count - top : self.count - bottom]
        return self._keys_of(rest)[::-1]

    @staticmethod
    def _keys_of(rows) -> list:
        return list(rows.values_list("pk", flat=True))
