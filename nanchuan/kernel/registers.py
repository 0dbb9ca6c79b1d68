"""Lists that are kept as registers (台账), so that one page can show them all.

@register("members:unit-list", order=30, holds=_("每个单位一行：……"))
class UnitList(ExportedMixin, ...):
"""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass

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

    def count_for(self, request) -> int:
        """How many rows the list shows this reader without a filter: the list itself says."""
        unfiltered = copy(request)
        unfiltered.GET = request.GET.copy()
        unfiltered.GET.clear()
        view = self.view()
        view.setup(unfiltered)
        return view.get_queryset().order_by().count()


_registers: list[Register] = []


def register(url: str, *, order: int, holds: str) -> Callable[[type], type]:
    """Enter a list view in the page of registers."""

    def enter(view: type) -> type:
        _registers.append(Register(url, order, holds, view))
        return view

    return enter


def open_to(user) -> list[Register]:
    """Those whose list answers the user."""
    rows = [each for each in _registers if policy_of(each.url).admits(user)]
    return sorted(rows, key=lambda each: each.order)
