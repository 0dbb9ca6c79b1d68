from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models.groups import Group, Seat
from nanchuan.kernel.periods import Period, PeriodQuerySet
from nanchuan.kernel.querysets import ScopedQuerySet


class TurnQuerySet(PeriodQuerySet, ScopedQuerySet):
    def coming(self, on: date | None = None) -> Self:
        """The present turn and those after it, in order."""
        return self.overlapping(on or timezone.localdate(), None).order_by("starts_on")

    def view_scope(self, user) -> Q:
        return Q(group__in=Group.objects.visible_to(user))

    def edit_scope(self, user) -> Q:
        return Q(group__in=Group.objects.editable_by(user))


class Turn(Period):
    """A seat's time as the unit on turn (轮值). In a group each day belongs to one turn."""

    EXCLUSIVE = ("group",)

    group = models.ForeignKey(
        Group, models.PROTECT, related_name="turns", verbose_name=_("联盟小组")
    )
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="turns", verbose_name=_("轮值单位"))

    objects = TurnQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("轮值")
        ordering = ["starts_on"]
        constraints = [
            *Period.Meta.constraints,
            models.CheckConstraint(condition=Q(ends_on__isnull=False), name="turn_has_an_end"),
        ]

    def __str__(self):
        return f"{self.group} {self.seat} {self.starts_on}—{self.ends_on}"

    def get_absolute_url(self):
        return f"{reverse('alliance:rota')}?group={self.group_id}"
