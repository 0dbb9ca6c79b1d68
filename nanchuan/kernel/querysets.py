"""The one door through which a user reaches rows."""

from typing import Self

from django.db import models


class ScopedQuerySet(models.QuerySet):
    """Rows filtered by who is asking. Subclasses answer the two scope questions with a Q.

    `EVERYTHING` and `NOTHING` are answers too; they cost no subquery.
    """

    def visible_to(self, user) -> Self:
        return self._within(user, self.view_scope)

    def editable_by(self, user) -> Self:
        return self._within(user, self.edit_scope)

    def marked_for(self, user) -> Self:
        """Each row also knows `is_editable`, so templates offer only what will work."""
        answer = self.edit_scope(user) if user.is_authenticated else NOTHING
        if answer is EVERYTHING or answer is NOTHING:
            value = models.Value(answer is EVERYTHING, output_field=models.BooleanField())
            return self.annotate(is_editable=value)
        return self.annotate(is_editable=models.Q(pk__in=self.model.objects.editable_by(user)))

    def for_reader(self, user) -> Self:
        """Rows that know what their texts say to this reader, where that is not all the same."""
        return self

    def view_scope(self, user) -> models.Q:
        raise NotImplementedError

    def edit_scope(self, user) -> models.Q:
        raise NotImplementedError

    def _within(self, user, scope) -> Self:
        if not (user.is_authenticated and user.is_active):
            return self.none()
        answer = scope(user)
        if answer is EVERYTHING:
            return self.all()
        if answer is NOTHING:
            return self.none()
        direct = self.filter(answer)
        if _joins(direct) == _joins(self):
            return direct
        # A subquery rather than a join: scopes cross to-many relations, and a
        # join would list a row once for every way the user reaches it.
        reachable = self.model._base_manager.filter(answer).values("pk")
        return self.filter(pk__in=reachable)


def sees(user, row) -> bool:
    """Whether a person may see a row. Deny by default: a model that cannot say who sees its rows
    shows none."""
    rows = type(row)._default_manager.filter(pk=row.pk)
    return isinstance(rows, ScopedQuerySet) and rows.visible_to(user).exists()


def _joins(rows) -> int:
    return sum(rows.query.alias_refcount[alias] > 0 for alias in rows.query.alias_map) or 1


EVERYTHING = ~models.Q(pk__in=[])
NOTHING = models.Q(pk__in=[])
