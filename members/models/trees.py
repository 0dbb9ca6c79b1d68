"""The organizations as they stood on a day. Today the database knows; for other days, this."""

from collections import defaultdict
from datetime import date
from typing import Self

from members.models.organizations import Organization


class Tree:
    """Every organization in being on a day, under its name and its superior of that day."""

    def __init__(self, rows):
        self.rows: dict[int, Organization] = {}
        self._below: dict[int | None, list[Organization]] = defaultdict(list)
        for row in rows:
            row.name, row.short_name = row.name_then, row.short_then
            self.rows[row.pk] = row
        for row in self.rows.values():
            self._below[row.parent_then if row.parent_then in self.rows else None].append(row)
        self.order: list[Organization] = []
        self._lay_out(None, 1)

    @classmethod
    def of(cls, on: date, rows=None) -> Self:
        """The tree of a day; `rows` may know more of each organization."""
        found = Organization.objects.all() if rows is None else rows
        return cls(found.as_of(on))

    def _lay_out(self, pk, depth):
        for row in self._below[pk]:
            row.depth = depth
            self.order.append(row)
            self._lay_out(row.pk, depth + 1)

    def children(self, pk: int) -> list[Organization]:
        return self._below[pk]

    def superiors(self, pk: int) -> list[Organization]:
        """From the top down to the one that an organization stands under."""
        line, row = [], self.rows.get(pk)
        while row and (row := self.rows.get(row.parent_then)):
            line.insert(0, row)
        return line

    def below(self, pk: int) -> list[Organization]:
        """Everything under an organization, in the order of the tree."""
        found = []
        for row in self._below[pk]:
            found += [row, *self.below(row.pk)]
        return found
