from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models.people import PartyMember
from members.models.units import Unit
from nanchuan.kernel.periods import Period, PeriodQuerySet, in_force
from nanchuan.kernel.querysets import ScopedQuerySet


class InstructorQuerySet(PeriodQuerySet, ScopedQuerySet):
    def serving(self, on: date | None = None) -> Self:
        """In force on a date, while the instructor's own membership is."""
        return self.current(on).filter(in_force(on, "member__memberships__"))

    def view_scope(self, user) -> Q:
        return Q(unit__in=Unit.objects.visible_to(user))

    def edit_scope(self, user) -> Q:
        return Q(unit__in=Unit.objects.editable_by(user))


class Instructor(Period):
    """A member who guides party work at a unit without an organization (党建指导员)."""

    EXCLUSIVE = ("unit",)

    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="instructors", verbose_name=_("单位")
    )
    member = models.ForeignKey(
        PartyMember, models.PROTECT, related_name="instructed", verbose_name=_("党建指导员")
    )
    note = models.CharField(_("说明"), max_length=200, blank=True)

    objects = InstructorQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("党建指导员")
        ordering = ["-starts_on"]
        constraints = Period.Meta.constraints

    def __str__(self):
        return f"{self.unit} {self.member}"
