"""What units can give, when it can be had, and what it looks like."""

import uuid
from datetime import date
from functools import reduce
from operator import or_
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.fields import EncryptedTextField
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from nanchuan.kernel.states import Stateful


class ResourceQuerySet(ScopedQuerySet):
    def newest(self) -> Self:
        return self.order_by("-added_at", "-pk")

    def available(self, on: date | None = None) -> Self:
        """Reviewed, not paused, and to be had on a day; how much is left is not asked."""
        on = on or timezone.localdate()
        return self.filter(
            Q(free_from=None) | Q(free_from__lte=on),
            Q(free_until=None) | Q(free_until__gte=on),
            status=Resource.Status.AVAILABLE,
        )

    def searched(self, text: str) -> Self:
        """Resources with all of some words in what every reader of them reads."""
        rows = self
        for word in text.split():
            rows = rows.filter(holding(word, SEARCHED) | Q(unit__in=_units_called(word)))
        return rows

    def view_scope(self, user) -> Q:
        """What can be had is for the whole alliance to read; what is not (yet) offered, for the
        unit that gives it and the office."""
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        if not roles.has_role(user, roles.UNIT):
            return NOTHING
        return Q(status=Resource.Status.AVAILABLE) | Q(unit__in=roles.places(user, roles.UNIT))

    def edit_scope(self, user) -> Q:
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        return Q(unit__in=roles.places(user, roles.UNIT))


TEXTS = frozenset({"title", "content"})  # what matching reads
SEARCHED = ("number", "title", "content", "area", "conditions")


def holding(word: str, names) -> Q:
    """One of some fields holds a word; to look for both cases is dear where there is but one."""
    lookup = "contains" if word.lower() == word.upper() else "icontains"
    return reduce(or_, (Q((f"{name}__{lookup}", word)) for name in names))


def _units_called(word: str):
    return Unit.objects.filter(holding(word, ("name", "short_name"))).order_by().values("pk")


class Resource(Stateful):
    """Something a unit can give (资源)."""

    class Status(models.TextChoices):
        SUBMITTED = "submitted", _("待审核")
        RETURNED = "returned", _("退回补充")
        AVAILABLE = "available", _("可用")
        PAUSED = "paused", _("暂停")
        WITHDRAWN = "withdrawn", _("已撤回")

    STEPS = {
        Status.SUBMITTED: {Status.RETURNED, Status.AVAILABLE, Status.WITHDRAWN},
        Status.RETURNED: {Status.SUBMITTED, Status.WITHDRAWN},
        Status.AVAILABLE: {Status.PAUSED, Status.WITHDRAWN},
        Status.PAUSED: {Status.AVAILABLE, Status.WITHDRAWN},
    }

    class Category(models.TextChoices):
        VENUE = "venue", _("场地")
        EXPERT = "expert", _("专家")
        TEAM = "team", _("专家服务团")
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
    capacity = models.PositiveIntegerField(_("可提供数量"), null=True, blank=True)  # None: no end
    measure = models.CharField(_("计量单位"), max_length=8, blank=True)
    is_timed = models.BooleanField(_("按时段预约"), default=False)
    quantity = models.CharField(_("数量说明"), max_length=50, blank=True)
    area = models.CharField(_("服务范围"), max_length=60, blank=True)
    free_from = models.DateField(_("可用自"), null=True, blank=True)
    free_until = models.DateField(_("有效期至"), null=True, blank=True)
    conditions = models.CharField(_("使用条件"), max_length=200, blank=True)
    needs_consent = models.BooleanField(_("认领须经提供单位同意"), default=True)
    contact_name = models.CharField(_("联系人"), max_length=50, blank=True)
    contact_phone = EncryptedTextField(_("联系电话"), blank=True)
    added_at = models.DateTimeField(_("登记时间"), default=timezone.now, editable=False)
    changed_at = models.DateTimeField(_("修改时间"), default=timezone.now, editable=False)
    status = models.CharField(
        _("状态"), max_length=9, choices=Status, default=Status.SUBMITTED, editable=False
    )
    reviewed_at = models.DateTimeField(_("审核通过时间"), null=True, editable=False)
    reason = models.CharField(  # of the latest step back: returned, paused or withdrawn
        _("退回、暂停或撤回的原因"), max_length=500, blank=True, editable=False
    )

    objects = ResourceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("资源")
        indexes = [
            models.Index(fields=["-added_at", "-id"], name="resource_newest"),
            models.Index(fields=["unit", "-added_at"], name="resource_of_unit"),
            models.Index(fields=["status", "-added_at"], name="resource_by_status"),
            models.Index(fields=["changed_at"], name="resource_changed"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(free_from=None)
                | Q(free_until=None)
                | Q(free_until__gte=F("free_from")),
                name="resource_free_period",
                violation_error_message=_("“有效期至”不能早于“可用自”。"),
            ),
            models.CheckConstraint(
                condition=Q(capacity=None) | Q(capacity__gte=1),
                name="resource_has_some",
                violation_error_message=_("可提供数量应是 1 以上的整数，不限量请留空。"),
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["available", "paused"]) | Q(reviewed_at__isnull=False),
                name="resource_available_after_review",
            ),
        ]

    def __str__(self):
        return f"{self.number} {self.title}"

    def save(self, *, update_fields=None, **kwargs):
        """Whoever keeps what its text says learns from `changed_at` that it was written anew."""
        if update_fields is None or not TEXTS.isdisjoint(update_fields):
            self.changed_at = timezone.now()
            update_fields = update_fields and {*update_fields, "changed_at"}
        super().save(update_fields=update_fields, **kwargs)

    def get_absolute_url(self):
        return reverse("services:resource-detail", args=[self.pk])

    def is_free_on(self, on: date) -> bool:
        """Whether a day lies in the period for which it is offered."""
        begun = self.free_from is None or self.free_from <= on
        return begun and (self.free_until is None or on <= self.free_until)

    def is_available(self, on: date | None = None) -> bool:
        is_offered = self.status == self.Status.AVAILABLE
        return is_offered and self.is_free_on(on or timezone.localdate())


class OpenTime(models.Model):
    """From when to when a resource that goes by hours can be had on a day of the week (开放时间);
    without any it can be had at all hours."""

    class Weekday(models.IntegerChoices):
        MONDAY = 1, _("周一")
        TUESDAY = 2, _("周二")
        WEDNESDAY = 3, _("周三")
        THURSDAY = 4, _("周四")
        FRIDAY = 5, _("周五")
        SATURDAY = 6, _("周六")
        SUNDAY = 7, _("周日")

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="open_times")
    weekday = models.PositiveSmallIntegerField(_("星期"), choices=Weekday)
    opens_at = models.TimeField(_("自"))
    closes_at = models.TimeField(_("至"))

    class Meta:
        verbose_name = verbose_name_plural = _("开放时间")
        ordering = ["weekday", "opens_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")),
                name="open_time_ends_later",
                violation_error_message=_("结束时间应晚于开始时间。"),
            ),
            models.UniqueConstraint(
                fields=["resource", "weekday", "opens_at"], name="open_time_once"
            ),
        ]

    def __str__(self):
        return f"{self.get_weekday_display()} {self.opens_at:%H:%M}–{self.closes_at:%H:%M}"


class ClosedTime(models.Model):
    """Days on which it cannot be had after all (不开放日期)."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="closed_times")
    starts_on = models.DateField(_("自"))
    ends_on = models.DateField(_("至"))
    reason = models.CharField(_("原因"), max_length=60, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("不开放日期")
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="closed_time_ends_later",
                violation_error_message=_("结束日期不能早于开始日期。"),
            )
        ]

    def __str__(self):
        return f"{self.starts_on} – {self.ends_on}"


def photo_path(photo, filename):
    return f"resources/{uuid.uuid4().hex}.jpg"


def thumbnail_path(photo, filename):
    return f"resources/{uuid.uuid4().hex}-s.jpg"


class ResourcePhoto(models.Model):
    """A photo, written anew without what the camera told, with a thumbnail for the cards."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="photos")
    image = models.FileField(_("照片"), upload_to=photo_path)
    thumbnail = models.FileField(upload_to=thumbnail_path)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    added_at = models.DateTimeField(_("添加时间"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("资源照片")
        ordering = ["pk"]

    def __str__(self):
        return f"{self.resource} {self.pk}"
