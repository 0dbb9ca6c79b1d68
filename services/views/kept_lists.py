"""Lists whose first rows are found by a statement that is kept."""

from nanchuan.kernel.paging import LongPaginator
from nanchuan.kernel.readers import rows_of
from nanchuan.kernel.views import DressedMixin, FilteredMixin


class KeptListMixin(DressedMixin, FilteredMixin):
    """For a `KeptFilter`: where it knows the first rows, the question itself is not put together,
    which costs more than to answer it. Subclasses write `dressed(queryset, keys)`."""

    paginator_class = LongPaginator
    most: int | None = None  # rows before they are counted

    def get_queryset(self):
        asked = self.request.GET
        rows = rows_of(self.queryset.model, self.request.user)
        self.filter = self.filterset_class(asked, queryset=rows, request=self.request)
        if self.filter.lasts and asked.get("count") != "all" and not asked.get("export"):
            return rows.newest()
        return self.filter.qs.newest()

    def get_paginator(self, *args, **kwargs):
        return super().get_paginator(*args, most=self.most, found=self._first, **kwargs)

    def _first(self, most):
        return self.filter.first(most + 1), most
