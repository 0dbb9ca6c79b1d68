from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.activities import Activity, ActivityKind
from members.models.organizations import Organization
from nanchuan.kernel import roles
from nanchuan.kernel.querysets import EVERYTHING, ScopedQuerySet
from nanchuan.kernel.words import Worded


class PlannedActivityQuerySet(ScopedQuerySet):
    def of_year(self, year: int) -> Self:
        return self.filter(planned_on__range=(date(year, 1, 1), date(year, 12, 31)))

    def earliest_first(self) -> Self:
        return self.order_by("planned_on", "kind__order", "pk")

    def view_scope(self, user) -> Q:
        """The plan of a branch is for its members too."""
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        organizations = Organization.objects
        own = organizations.filter(organizations.all().own_scope(user))
        return Q(organization__in=own)

    def edit_scope(self, user) -> Q:
        return Q(organization__in=Organization.objects.editable_by(user))


class PlannedActivity(Worded):
    """What an organization means to do on a day (计划): made from its duties, then its own.

    Whether it was done is no column: `members.planning` lays the records beside the plan.
    """

    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="planned_activities", verbose_name=_("党组织")
    )
    kind = models.ForeignKey(
        ActivityKind, models.PROTECT, related_name="+", verbose_name=_("活动类型")
    )
    planned_on = models.DateField(_("计划日期"))
    title = models.CharField(_("主题"), max_length=100, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    # The duty, the first day of its period and the number in it for which the portal proposed it.
    duty = models.CharField(max_length=30, blank=True, editable=False)
    period = models.DateField(null=True, editable=False)
    number = models.PositiveSmallIntegerField(default=1, editable=False)
    dropped_because = models.CharField(
        _("不开展的原因"), max_length=200, blank=True, editable=False
    )
    # The record begun from this line; it is done when that record stands.
    activity = models.OneToOneField(
        Activity, models.SET_NULL, null=True, related_name="planned", editable=False
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False
    )
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PlannedActivityQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("工作计划")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "duty", "period", "number"],
                condition=~Q(duty=""),
                name="planned_for_a_duty_once",
            )
        ]
        indexes = [models.Index(fields=["organization", "planned_on"], name="planned_of_org")]

    def __str__(self):
        return self.title or str(self.kind)

    def get_absolute_url(self):
        page = reverse("members:plan-list")
        return f"{page}?organization={self.organization_id}&year={self.planned_on.year}#p{self.pk}"
