from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.fields import EncryptedTextField
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from nanchuan.kernel.words import Worded


class ResourceQuerySet(ScopedQuerySet):
    def newest(self) -> Self:
        return self.order_by("-added_at", "-pk")

    def available(self, on: date | None = None) -> Self:
        on = on or timezone.localdate()
        return self.filter(
            Q(free_from=None) | Q(free_from__lte=on), Q(free_until=None) | Q(free_until__gte=on)
        )

    def view_scope(self, user) -> Q:
        if roles.has_role(user, *roles.WHOLE_PARK, roles.UNIT):
            return EVERYTHING
        return NOTHING

    def edit_scope(self, user) -> Q:
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        return Q(unit__in=roles.places(user, roles.UNIT))


class Resource(Worded):
    """Something a unit can give (资源)."""

    class Category(models.TextChoices):
        VENUE = "venue", _("场地")
        EXPERT = "expert", _("专家")
        TRAINING = "training", _("培训")
        FUNDS = "funds", _("资金")
        CHANNEL = "channel", _("渠道")
        VOLUNTEERS = "volunteers", _("志愿者")
        POLICY = "policy", _("政策")

    number = models.CharField(_("编号"), max_length=20, unique=True, editable=False)
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="resources", verbose_name=_("提供单位")
    )
    category = models.CharField(_("类别"), max_length=12, choices=Category)
    title = models.CharField(_("名称"), max_length=60)
    content = models.TextField(_("内容"), max_length=3000)
    quantity = models.CharField(_("数量"), max_length=50, blank=True)
    free_from = models.DateField(_("可用自"), null=True, blank=True)
    free_until = models.DateField(_("可用至"), null=True, blank=True)
    conditions = models.CharField(_("使用条件"), max_length=200, blank=True)
    contact_name = models.CharField(_("联系人"), max_length=50, blank=True)
    contact_phone = EncryptedTextField(_("联系电话"), blank=True)
    added_at = models.DateTimeField(_("登记时间"), default=timezone.now, editable=False)

    objects = ResourceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("资源")
        indexes = [
            models.Index(fields=["-added_at", "-id"], name="resource_newest"),
            models.Index(fields=["unit", "-added_at"], name="resource_of_unit"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(free_from=None)
                | Q(free_until=None)
                | Q(free_until__gte=models.F("free_from")),
                name="resource_free_period",
                violation_error_message=_("“可用至”不能早于“可用自”。"),
            )
        ]

    def __str__(self):
        return f"{self.number} {self.title}"

    def get_absolute_url(self):
        return reverse("services:resource-detail", args=[self.pk])

    def is_available(self, on: date | None = None) -> bool:
        on = on or timezone.localdate()
        begun = self.free_from is None or self.free_from <= on
        return begun and (self.free_until is None or on <= self.free_until)
