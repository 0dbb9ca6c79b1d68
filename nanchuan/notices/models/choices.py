"""What a person chose: which kinds of notices by which channels, when, and who stands in."""

from datetime import datetime, time, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.periods import Period, PeriodQuerySet
from nanchuan.kernel.querysets import ScopedQuerySet
from nanchuan.notices.kinds import Kind
from nanchuan.notices.models.deliveries import Delivery, Reminder

USER = settings.AUTH_USER_MODEL


class Choice(models.Model):
    """A kind of notices by a channel, switched on or off by a person (接收选择)."""

    user = models.ForeignKey(USER, models.CASCADE, related_name="notice_choices")
    kind = models.CharField(_("类别"), max_length=10, choices=Kind)
    channel = models.CharField(_("渠道"), max_length=10)
    is_on = models.BooleanField(_("接收"))

    class Meta:
        verbose_name = verbose_name_plural = _("接收选择")
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "channel"], name="choice_once")
        ]

    def __str__(self):
        return f"{self.user_id} {self.kind} {self.channel}"


class Habit(models.Model):
    """When a person wants to be reached outside the portal (接收时间). Nobody needs a row."""

    class Digest(models.TextChoices):
        NONE = "none", _("不汇总，逐条发送")
        DAILY = "daily", _("每天汇总一次")
        WEEKLY = "weekly", _("每周汇总一次")

    user = models.OneToOneField(USER, models.CASCADE, related_name="notice_habit")
    is_quiet = models.BooleanField(_("免打扰"), default=True)
    quiet_from = models.TimeField(_("免打扰开始"), default=time(21, 30))
    quiet_until = models.TimeField(_("免打扰结束"), default=time(7, 30))
    digest = models.CharField(_("汇总"), max_length=10, choices=Digest, default=Digest.NONE)
    digest_at = models.TimeField(_("汇总时间"), default=time(8, 30))
    digest_weekday = models.PositiveSmallIntegerField(_("每周汇总的日子"), default=0)  # Monday

    class Meta:
        verbose_name = verbose_name_plural = _("接收时间")
        constraints = [
            models.CheckConstraint(condition=Q(digest_weekday__lte=6), name="habit_weekday")
        ]

    def __str__(self):
        return str(self.user_id)

    @classmethod
    def usual(cls) -> "Habit":
        """Of whoever chose nothing: the quiet hours of the portal, and no digest."""
        begins, _dash, ends = settings.QUIET_HOURS.partition("-")
        if not ends:
            return cls(is_quiet=False)
        return cls(quiet_from=time.fromisoformat(begins), quiet_until=time.fromisoformat(ends))

    def loud_from(self, moment: datetime) -> datetime:
        """The first moment from then on at which mails and messages may leave."""
        if not self.is_quiet or self.quiet_from == self.quiet_until:
            return moment
        local = timezone.localtime(moment)
        now, over_midnight = local.time(), self.quiet_from > self.quiet_until
        after, before = now >= self.quiet_from, now < self.quiet_until
        if not (after or before if over_midnight else after and before):
            return moment
        day = local.date() + timedelta(days=1 if over_midnight and after else 0)
        return timezone.make_aware(datetime.combine(day, self.quiet_until))

    def next_digest(self, moment: datetime) -> datetime | None:
        """When the digest after this moment leaves."""
        if self.digest == self.Digest.NONE:
            return None
        local = timezone.localtime(moment)
        day = local.date()
        if local.time() >= self.digest_at:
            day += timedelta(days=1)
        if self.digest == self.Digest.WEEKLY:
            day += timedelta(days=(self.digest_weekday - day.weekday()) % 7)
        return timezone.make_aware(datetime.combine(day, self.digest_at))


class StandInQuerySet(PeriodQuerySet, ScopedQuerySet):
    def unended(self) -> Self:
        return self.exclude(ends_on__lt=timezone.localdate())

    def view_scope(self, user) -> Q:
        return Q(user=user)

    def edit_scope(self, user) -> Q:
        return Q(user=user)


class StandIn(Period):
    """A person is away, and a deputy is told instead (外出代收)."""

    EXCLUSIVE = ("user",)

    user = models.ForeignKey(USER, models.CASCADE, related_name="stand_ins")
    deputy = models.ForeignKey(
        USER, models.PROTECT, related_name="stands_in_for", verbose_name=_("代收人")
    )

    objects = StandInQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("外出代收")
        ordering = ["starts_on"]
        constraints = [
            *Period.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(user=models.F("deputy")),
                name="stand_in_is_another",
                violation_error_message=_("代收人不能是本人。"),
            ),
        ]

    def __str__(self):
        return f"{self.starts_on} — {self.ends_on or ''}"


class Relay(models.Model):
    """A reminder that a deputy heard in the place of a person (代收)."""

    reminder = models.ForeignKey(Reminder, models.PROTECT, related_name="relays")
    person = models.ForeignKey(USER, models.PROTECT, related_name="relays")
    deputy = models.ForeignKey(USER, models.PROTECT, related_name="relayed_to")

    class Meta:
        verbose_name = verbose_name_plural = _("代收记录")
        constraints = [
            models.UniqueConstraint(fields=["reminder", "person"], name="relay_once"),
        ]

    def __str__(self):
        return f"{self.reminder_id} {self.person_id} → {self.deputy_id}"


class DigestQuerySet(ScopedQuerySet):
    def view_scope(self, user) -> Q:
        return Q(user=user)

    def edit_scope(self, user) -> Q:
        return Q(user=user)


class Digest(models.Model):
    """What is gathered for one mail to a person (消息汇总). One is open at a time: what is said
    joins it, until it closes and leaves; whatever comes then opens the next one."""

    user = models.ForeignKey(USER, models.PROTECT, related_name="digests")
    opened_at = models.DateTimeField(_("开始时间"), default=timezone.now)
    closed_at = models.DateTimeField(_("汇总时间"), null=True)

    objects = DigestQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("消息汇总")
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(closed_at=None), name="digest_open_once"
            )
        ]

    def __str__(self):
        return str(self._meta.verbose_name)


class DigestLine(models.Model):
    """A delivery that leaves with a digest. Its own mail waits behind it, should that fail."""

    digest = models.ForeignKey(Digest, models.PROTECT, related_name="lines")
    delivery = models.OneToOneField(Delivery, models.CASCADE, related_name="digest_line")

    class Meta:
        verbose_name = verbose_name_plural = _("汇总中的消息")

    def __str__(self):
        return str(self.delivery_id)
