"""Lists that are kept as registers (台账), so that one page can show them all.

@register("members:unit-list", order=30, holds=_("每个单位一行：……"))
class UnitList(ExportedMixin, ...):
"""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet

from nanchuan.kernel.lines import Counted
from nanchuan.kernel.policies import policy_of


@dataclass(frozen=True)
class Register:
    """A list view, the name of its URL, its place among the others and what it holds."""

    url: str
    order: int
    holds: str
    view: type

    @property
    def title(self) -> str:
        return self.view.export_name

    @property
    def on_paper(self) -> bool:
        return self.view.on_paper

    def rows_for(self, request) -> QuerySet:
        """What the list shows this reader without a filter: the list itself says."""
        unfiltered = copy(request)
        unfiltered.GET = request.GET.copy()
        unfiltered.GET.clear()
        view = self.view()
        view.setup(unfiltered)
        return view.get_queryset().order_by()


_registers: list[Register] = []


def register(url: str, *, order: int, holds: str) -> Callable[[type], type]:
    """Enter a list view in the page of registers."""

    def enter(view: type) -> type:
        _registers.append(Register(url, order, holds, view))
        return view

    return enter


def counted_for(request) -> list[tuple[Register, int]]:
    """Those that the reader may open, each with the number of its rows, in one question."""
    found = open_to(request.user)
    columns = [Counted(each.rows_for(request).values("pk")) for each in found]
    # Any table with a row will do to hang the columns on.
    numbers = ContentType.objects.order_by("pk").values_list(*columns).first() if found else ()
    return list(zip(found, numbers, strict=True))


def open_to(user) -> list[Register]:
    """Those whose list answers the user."""
    rows = [each for each in _registers if policy_of(each.url).admits(user)]
    return sorted(rows, key=lambda each: each.order)
