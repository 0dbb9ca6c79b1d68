"""What is counted of meetings (统计口径). A figure is one question to the rows: the page counts
by it, and the list that it opens is filtered by it."""

from typing import Self

from django.db.models import Count, Q

from nanchuan.kernel.querysets import EVERYTHING, ScopedQuerySet

__all__ = ["EVERYTHING", "CountedQuerySet"]


class CountedQuerySet(ScopedQuerySet):
    """Subclasses say which rows are `counted`, with all that their `figures` ask for."""

    def counted(self) -> Self:
        raise NotImplementedError

    @staticmethod
    def figures() -> dict[str, Q]:
        raise NotImplementedError

    def figure(self, key: str) -> Self:
        """The rows behind a figure."""
        return self.counted().filter(self.figures()[key])

    def numbers(self, *by: str) -> Self:
        """Dictionaries with every figure for each of what they are told apart by."""
        counts = {key: Count("pk", filter=asked) for key, asked in self.figures().items()}
        return self.counted().order_by().values(*by).annotate(**counts)
