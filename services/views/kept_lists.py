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
        rows = self.rows()
        self.filter = self.filterset_class(asked, queryset=rows, request=self.request)
        if self.filter.is_quick and asked.get("count") != "all" and not asked.get("export"):
            return rows.none()  # nobody asks it
        return self.filter.qs

    def rows(self):
        """What its filter narrows."""
        return rows_of(self.queryset.model, self.request.user)

    def get_paginator(self, *args, **kwargs):
        return super().get_paginator(*args, most=self.most, found=self.filter.found, **kwargs)
