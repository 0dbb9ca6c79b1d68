"""Campaigns that go to the enterprises (送政策、问需求、解难题、促发展) and their visits."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.lines import Counted
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from services.models.needs import Need


class DriveQuerySet(ScopedQuerySet):
    def newest(self) -> Self:
        return self.order_by("-starts_on", "-pk")

    def running(self, on: date | None = None) -> Self:
        on = on or timezone.localdate()
        return self.filter(starts_on__lte=on, ends_on__gte=on)

    def over(self, on: date | None = None) -> Self:
        return self.filter(ends_on__lt=on or timezone.localdate())

    def with_progress(self, user) -> Self:
        """Each row also knows how many units were `planned` and `visited`, how many needs that
        `brought` in and how many of these are `solved`: at visits that the reader may see."""
        visits = Visit.objects.visible_to(user).filter(drive=OuterRef("pk"))
        needs = Need.objects.visible_to(user).filter(
            visit__drive=OuterRef("pk"), visit__in=Visit.objects.visible_to(user)
        )
        planned = Drive.units.through.objects.filter(drive=OuterRef("pk"))
        if not Drive.sees_all(user):
            planned = planned.filter(unit__in=Drive.own_units(user))
        return self.annotate(
            planned=Counted(planned.order_by().values("pk")),
            visited=Counted(visits.order_by().values("unit").distinct()),
            brought=Counted(needs.order_by().values("pk")),
            solved=Counted(needs.solved().order_by().values("pk")),
        )

    def view_scope(self, user) -> Q:
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        return Q(units__in=roles.places(user, roles.UNIT))

    def edit_scope(self, user) -> Q:
        return EVERYTHING if roles.has_role(user, roles.STAFF) else NOTHING


class Drive(models.Model):
    """A drive with its period, aims and the units to be visited (专项行动)."""

    class Aim(models.TextChoices):
        POLICY = "policy", _("送政策")
        ASK = "ask", _("问需求")
        SOLVE = "solve", _("解难题")
        GROW = "grow", _("促发展")

    name = models.CharField(_("名称"), max_length=80)
    aims = models.JSONField(_("内容"), default=list)
    text = models.TextField(_("安排"), max_length=2000, blank=True)
    starts_on = models.DateField(_("开始日期"))
    ends_on = models.DateField(_("结束日期"))
    units = models.ManyToManyField(
        Unit, related_name="drives", verbose_name=_("走访单位"), blank=True
    )
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )

    objects = DriveQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("专项行动")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="drive_ends_after_start",
                violation_error_message=_("结束日期不能早于开始日期。"),
            )
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("services:drive-detail", args=[self.pk])

    @staticmethod
    def sees_all(user) -> bool:
        """Whether a reader sees all units of a drive, or only those that they speak for."""
        return roles.has_role(user, *roles.WHOLE_PARK)

    @staticmethod
    def own_units(user) -> set[int]:
        return roles.places(user, roles.UNIT)

    @property
    def aim_words(self) -> str:
        return "、".join(str(self.Aim(aim).label) for aim in self.Aim.values if aim in self.aims)

    @property
    def status(self) -> str:
        """For its dot: by the days, nobody sets it."""
        today = timezone.localdate()
        if today < self.starts_on:
            return "draft"
        return "in_progress" if today <= self.ends_on else "done"

    @property
    def status_words(self) -> str:
        words = {"draft": _("未开始"), "in_progress": _("进行中"), "done": _("已结束")}
        return str(words[self.status])


class VisitQuerySet(ScopedQuerySet):
    def newest(self) -> Self:
        return self.order_by("-on", "-pk")

    def with_needs(self) -> Self:
        return self.filter(pk__in=Need.objects.exclude(visit=None).values("visit"))

    def with_open_needs(self) -> Self:
        return self.filter(pk__in=Need.objects.open().exclude(visit=None).values("visit"))

    def with_found(self, user) -> Self:
        """Each row also knows how many needs it `found` and how many are `solved`, of those
        that the reader may see."""
        needs = Need.objects.visible_to(user).filter(visit=OuterRef("pk"))
        return self.annotate(
            found=Counted(needs.order_by().values("pk")),
            solved=Counted(needs.solved().order_by().values("pk")),
        )

    def view_scope(self, user) -> Q:
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        return Q(unit__in=roles.places(user, roles.UNIT))

    def edit_scope(self, user) -> Q:
        return EVERYTHING if roles.has_role(user, roles.STAFF) else NOTHING


class Visit(models.Model):
    """Somebody of the office went to an enterprise (走访): what was brought, what was heard."""

    drive = models.ForeignKey(
        Drive,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="visits",
        verbose_name=_("专项行动"),
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="visits", verbose_name=_("走访单位")
    )
    on = models.DateField(_("走访日期"))
    visitors = models.CharField(_("走访人员"), max_length=200)
    brought = models.CharField(_("送去的政策和服务"), max_length=500, blank=True)
    heard = models.TextField(_("了解到的情况"), max_length=3000, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    recorded_at = models.DateTimeField(_("登记时间"), default=timezone.now, editable=False)

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("走访")
        indexes = [models.Index(fields=["unit", "-on"], name="visit_of_unit")]

    def __str__(self):
        return f"{self.unit} {self.on}"

    def get_absolute_url(self):
        return reverse("services:visit-detail", args=[self.pk])
