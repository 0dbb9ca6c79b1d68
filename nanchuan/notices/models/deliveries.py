"""Reminder → Delivery → Notice: rows are the queue, the broker is only the doorbell."""

import uuid
from typing import Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.models import Event
from nanchuan.kernel.querysets import ScopedQuerySet


class ReminderQuerySet(models.QuerySet):
    def about(self, subject: models.Model) -> Self:
        kind = ContentType.objects.get_for_model(subject)
        return self.filter(subject_type=kind, subject_id=subject.pk)

    def due(self) -> Self:
        """To be said now, by the database's clock: the clocks of web and worker do not count."""
        rested = Q(retry_at=None) | Q(retry_at__lte=Now())
        return self.filter(rested, state=Reminder.State.PLANNED, due_at__lte=Now())


class Reminder(models.Model):
    """Something to be said to an audience at a moment (提醒). Whom, is asked when it is due."""

    class State(models.TextChoices):
        PLANNED = "planned", _("待发送")
        DONE = "done", _("已发送")
        CANCELLED = "cancelled", _("已取消")
        MISSED = "missed", _("已错过")
        SUPPRESSED = "suppressed", _("不再发送")
        FAILED = "failed", _("处理失败")

    rule = models.CharField(_("规则"), max_length=50)
    subject_type = models.ForeignKey(ContentType, models.PROTECT)
    subject_id = models.PositiveBigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    moment = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    event = models.ForeignKey(Event, models.PROTECT, null=True, related_name="reminders")
    due_at = models.DateTimeField(_("发送时间"))
    expires_at = models.DateTimeField(_("失效时间"), null=True)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.PLANNED)
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(_("处理时间"), null=True)  # no longer planned since
    failures = models.PositiveSmallIntegerField(_("失败次数"), default=0)
    retry_at = models.DateTimeField(null=True)
    error = models.CharField(_("失败原因"), max_length=300, blank=True)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("提醒")
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "subject_type", "subject_id", "moment"], name="reminder_once"
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="planned"), name="reminder_due"),
            models.Index(fields=["subject_type", "subject_id"], name="reminder_of_subject"),
            models.Index(fields=["settled_at"], condition=Q(state="done"), name="reminder_said"),
            models.Index(
                fields=["settled_at"],
                condition=Q(state__in=["missed", "failed"]),
                name="reminder_lost",
            ),
        ]

    def __str__(self):
        return f"{self.rule} {self.moment}"


class LeasedQuerySet(models.QuerySet):
    def waiting(self) -> Self:
        """Not sent yet, whether or not a worker holds it."""
        return self.filter(state__in=[Leased.State.PENDING, Leased.State.SENDING])

    def claimable(self) -> Self:
        """Due by the database's clock, and held by no worker or by one that fell silent."""
        abandoned = Q(state=Leased.State.SENDING, lease_until__lt=Now())
        return self.filter(Q(state=Leased.State.PENDING) | abandoned, due_at__lte=Now())

    def dead(self) -> Self:
        return self.filter(state=Leased.State.DEAD)


class Leased(models.Model):
    """Something that leaves the portal: a row of the queue, held with a lease while it is sent."""

    class State(models.TextChoices):
        PENDING = "pending", _("待发送")
        SENDING = "sending", _("发送中")
        SENT = "sent", _("已送达")
        DEAD = "dead", _("无法送达")
        CANCELLED = "cancelled", _("已取消")
        MISSED = "missed", _("已错过")
        SUPPRESSED = "suppressed", _("不再发送")

    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.PENDING)
    uid = models.UUIDField(default=uuid.uuid4, editable=False)  # the same in every attempt
    due_at = models.DateTimeField(_("发送时间"))
    lease_by = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    error = models.CharField(_("失败原因"), max_length=300, blank=True)
    sent_at = models.DateTimeField(_("送达时间"), null=True)

    objects = LeasedQuerySet.as_manager()

    class Meta:
        abstract = True


class Delivery(Leased):
    """One reminder to one person by one channel (送达)."""

    class Channel(models.TextChoices):
        INBOX = "inbox", _("站内")
        EMAIL = "email", _("邮件")
        WECOM_APP = "wecom_app", _("企业微信")
        SMS = "sms", _("短信")

    reminder = models.ForeignKey(Reminder, models.PROTECT, related_name="deliveries")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="deliveries"
    )
    channel = models.CharField(_("渠道"), max_length=10, choices=Channel)

    class Meta:
        verbose_name = verbose_name_plural = _("送达记录")
        constraints = [
            models.UniqueConstraint(
                fields=["reminder", "recipient", "channel"], name="delivery_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["channel", "due_at"],
                condition=Q(state__in=["pending", "sending"]),
                name="delivery_due",
            ),
            models.Index(fields=["channel"], condition=Q(state="dead"), name="delivery_dead"),
            models.Index(fields=["sent_at"], condition=Q(state="sent"), name="delivery_sent"),
            models.Index(
                fields=["due_at"], condition=Q(state__in=["missed", "dead"]), name="delivery_lost"
            ),
        ]

    def __str__(self):
        return f"{self.get_channel_display()} {self.recipient_id}"


class NoticeQuerySet(ScopedQuerySet):
    def unread(self) -> Self:
        return self.filter(read_at=None)

    def view_scope(self, user) -> Q:
        return Q(recipient=user)

    def edit_scope(self, user) -> Q:
        return Q(recipient=user)


class Notice(models.Model):
    """A line in a person's inbox (站内消息), written with the mark that it was sent."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notices")
    reminder = models.ForeignKey(Reminder, models.PROTECT, related_name="notices")
    arrived_at = models.DateTimeField(_("时间"), default=timezone.now)
    read_at = models.DateTimeField(_("阅读时间"), null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("消息")
        constraints = [
            models.UniqueConstraint(fields=["recipient", "reminder"], name="notice_once")
        ]
        indexes = [
            models.Index(fields=["recipient", "-id"], name="notice_newest"),
            models.Index(fields=["recipient"], condition=Q(read_at=None), name="notice_unread"),
        ]

    def __str__(self):
        return f"{self.recipient_id} {self.reminder_id}"


class Tick(models.Model):
    """When the worker last looked for due work; `/readyz` asks (one row per kind of work)."""

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("心跳")

    def __str__(self):
        return self.name


class Setback(models.Model):
    """An event that could not be turned into reminders yet, and why (处理失败)."""

    event = models.OneToOneField(Event, models.PROTECT, primary_key=True, related_name="setback")
    error = models.CharField(_("失败原因"), max_length=300)
    retry_at = models.DateTimeField(_("下次尝试"))

    class Meta:
        verbose_name = verbose_name_plural = _("处理失败的事件")

    def __str__(self):
        return str(self.event_id)
