import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.organizations import Organization, below
from members.models.people import PartyMember
from nanchuan.kernel import roles
from nanchuan.kernel.querysets import EVERYTHING, ScopedQuerySet


class ActivityKind(models.Model):
    """A kind of activity (活动类型), e.g. 支部党员大会; staff add others."""

    code = models.SlugField(_("代码"), max_length=30, unique=True)
    name = models.CharField(_("名称"), max_length=30, unique=True)
    order = models.PositiveSmallIntegerField(_("排序"), default=100)

    class Meta:
        verbose_name = verbose_name_plural = _("活动类型")
        ordering = ["order", "name"]

    def __str__(self):
        return self.name


class ActivityQuerySet(ScopedQuerySet):
    def with_attendance(self) -> Self:
        """Each row knows how many took part: `taking_part`."""
        rows = Attendance.objects.filter(activity=OuterRef("pk")).order_by().values("activity")
        number = rows.annotate(number=Count("pk")).values("number")
        return self.annotate(taking_part=Coalesce(Subquery(number), 0))

    def newest(self) -> Self:
        return self.order_by("-starts_at", "-pk")

    def view_scope(self, user) -> Q:
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        organizations = Organization.objects
        return Q(organization__in=organizations.filter(organizations.all().own_scope(user)))

    def edit_scope(self, user) -> Q:
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        return below(roles.places(user, roles.SECRETARY), "organization__")


class Activity(models.Model):
    """Something a branch did (组织生活): when, where, who led it, who took part, what was done."""

    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="activities", verbose_name=_("党组织")
    )
    kind = models.ForeignKey(
        ActivityKind, models.PROTECT, related_name="activities", verbose_name=_("活动类型")
    )
    title = models.CharField(_("主题"), max_length=100)
    starts_at = models.DateTimeField(_("时间"))
    place = models.CharField(_("地点"), max_length=100)
    host = models.ForeignKey(
        PartyMember,
        models.PROTECT,
        related_name="hosted_activities",
        verbose_name=_("主持人"),
    )
    members = models.ManyToManyField(
        PartyMember, through="Attendance", related_name="activities", verbose_name=_("参加人员")
    )
    guests = models.CharField(_("列席人员"), max_length=200, blank=True)
    text = models.TextField(_("活动内容"), max_length=5000)
    logged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("记录人"),
        editable=False,
    )
    logged_at = models.DateTimeField(_("记录时间"), default=timezone.now, editable=False)
    # Grows with each change, so that of two people correcting at once the second is told.
    revision = models.PositiveIntegerField(default=0, editable=False)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("活动")
        indexes = [
            models.Index(fields=["organization", "-starts_at", "-id"], name="activity_of_org"),
            models.Index(fields=["-starts_at", "-id"], name="activity_newest"),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("members:activity-detail", args=[self.pk])


class Attendance(models.Model):
    """A member who took part in an activity (到会)."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="attendances")
    member = models.ForeignKey(PartyMember, models.PROTECT, related_name="attendances")

    class Meta:
        verbose_name = verbose_name_plural = _("参加人员")
        constraints = [
            models.UniqueConstraint(fields=["activity", "member"], name="attendance_once")
        ]

    def __str__(self):
        return str(self.member)


def photo_path(photo, filename):
    return f"activities/{uuid.uuid4().hex}.jpg"


def thumbnail_path(photo, filename):
    return f"activities/{uuid.uuid4().hex}-s.jpg"


class ActivityPhoto(models.Model):
    """A photo of an activity, written anew without its EXIF data, with a thumbnail."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="photos")
    image = models.FileField(_("照片"), upload_to=photo_path)
    thumbnail = models.FileField(upload_to=thumbnail_path)
    order = models.PositiveSmallIntegerField(_("排序"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("活动照片")
        ordering = ["order", "pk"]

    def __str__(self):
        return f"{self.activity} {self.order}"
