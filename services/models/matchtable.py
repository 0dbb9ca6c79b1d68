"""The matching table of the office: what each open need is to get, until it is carried out."""

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel import roles
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from nanchuan.kernel.words import Worded
from services.models.bookings import Booking
from services.models.needs import Need
from services.models.resources import Resource

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 3


class OfTheOffice(ScopedQuerySet):
    """Whose needs stand beside whose resources is for those who read the whole park."""

    def view_scope(self, user) -> Q:
        return EVERYTHING if roles.has_role(user, *roles.WHOLE_PARK) else NOTHING

    def edit_scope(self, user) -> Q:
        return EVERYTHING if roles.has_role(user, roles.STAFF) else NOTHING


class MatchTableQuerySet(OfTheOffice):
    def unattended(self) -> Self:
        """Asked for, and nobody works on it, or whoever did has fallen silent."""
        silent = Q(lease_until=None) | Q(lease_until__lt=Now())
        return self.filter(silent, asked_at__isnull=False)


class MatchTable(models.Model):
    """The one table of the office (匹配表): when it was worked out, and whether it is just now.

    `revision` goes up with whatever becomes of it, so that who looked at it before is told.
    """

    only = models.BooleanField(default=True, unique=True, editable=False)
    revision = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField(null=True)  # it is being worked out since
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    language = models.CharField(max_length=10, default="zh-hans")  # of its reasons
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    has_failed = models.BooleanField(default=False)
    built_at = models.DateTimeField(_("编制时间"), null=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    objects = MatchTableQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("匹配表")
        constraints = [models.CheckConstraint(condition=Q(only=True), name="match_table_only_one")]

    def __str__(self):
        return gettext("匹配表")

    def get_absolute_url(self):
        return reverse("services:matching-table")

    @property
    def is_at_work(self) -> bool:
        return self.asked_at is not None

    def claim(self) -> bool:
        """Take the work for the time of a lease; of two workers one gets it."""
        taken = type(self).objects.unattended().filter(pk=self.pk)
        return bool(taken.update(lease_until=Now() + LEASE, attempts=F("attempts") + 1))

    def beat(self, done: int) -> None:
        """Say how far the work is, and that somebody is at it."""
        type(self).objects.filter(pk=self.pk).update(done=done, lease_until=Now() + LEASE)


class MatchLineQuerySet(OfTheOffice):
    def given(self) -> Self:
        """What can be carried out: something was chosen, and it is not booked yet."""
        return self.filter(resource__isnull=False, booking=None)

    def by_hand(self) -> Self:
        return self.filter(is_locked=True)


class MatchLine(Worded):
    """A need in the table: its offers, and which of them it is to get, or why none."""

    class Cause(models.TextChoices):
        """Why it gets nothing."""

        HAND = "hand", _("人工决定不安排")
        HAD = "had", _("已有认领")
        JOINED = "joined", _("已对接项目")
        OFFERED = "offered", _("解决方案待企业确认")
        SPENT = "spent", _("合适的资源不够分")
        BARRED = "barred", _("相关资源不能用")
        LACKING = "lacking", _("没有相关资源")

    LACKS = (Cause.SPENT, Cause.BARRED, Cause.LACKING)

    need = models.OneToOneField(
        Need, models.CASCADE, related_name="match_line", verbose_name=_("需求")
    )
    place = models.PositiveIntegerField(_("次序"))
    offers = models.JSONField(default=list)  # [resource, [reason, …]], the best first
    barred = models.JSONField(default=list)  # [resource, why not]
    resource = models.ForeignKey(
        Resource, models.CASCADE, null=True, related_name="match_lines", verbose_name=_("资源")
    )
    quantity = models.PositiveIntegerField(_("数量"), default=1)
    starts_at = models.DateTimeField(_("开始时间"), null=True)
    ends_at = models.DateTimeField(_("结束时间"), null=True)
    is_settled = models.BooleanField(_("已与提供单位说好"), default=False)
    cause = models.CharField(_("未安排的原因"), max_length=8, choices=Cause, blank=True)
    reason = models.CharField(_("说明"), max_length=200, blank=True)
    is_locked = models.BooleanField(_("已锁定"), default=False)
    refusal = models.CharField(max_length=300, blank=True)  # of the last time it was carried out
    booking = models.OneToOneField(
        Booking, models.PROTECT, null=True, related_name="match_line", verbose_name=_("认领")
    )
    revision = models.PositiveIntegerField(default=0)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    objects = MatchLineQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("匹配表的一行")
        ordering = ["place", "pk"]
        indexes = [models.Index(fields=["place"], name="match_line_in_order")]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="match_line_of_something"),
            models.CheckConstraint(
                condition=Q(starts_at=None, ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="match_line_ends_later",
            ),
            models.CheckConstraint(
                condition=(Q(resource=None) & ~Q(cause="")) | (Q(resource__isnull=False, cause="")),
                name="match_line_gets_something_or_says_why",
            ),
            models.CheckConstraint(
                condition=Q(booking=None) | Q(resource__isnull=False),
                name="match_line_booked_something",
            ),
        ]

    def __str__(self):
        return self.need.public_name

    def get_absolute_url(self):
        return f"{reverse('services:matching-table')}#line-{self.pk}"

    @property
    def is_given(self) -> bool:
        return self.resource_id is not None

    @property
    def is_open(self) -> bool:
        """Whether it can still be changed."""
        return self.booking_id is None

    @property
    def span(self):
        return (self.starts_at, self.ends_at) if self.starts_at else None
