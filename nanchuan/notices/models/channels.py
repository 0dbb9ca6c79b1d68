"""By which ways notices leave the portal (通知渠道), and what a group's robot says in its group."""

from typing import Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel import roles
from nanchuan.kernel.fields import EncryptedTextField, SealedJSONField
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from nanchuan.notices.models.deliveries import Delivery, Leased, Reminder


class ChannelQuerySet(ScopedQuerySet):
    def view_scope(self, user) -> Q:
        return EVERYTHING if roles.has_role(user, roles.ADMIN) else NOTHING

    def edit_scope(self, user) -> Q:
        return self.view_scope(user)

    def working(self) -> Self:
        """Switched on, and not refused by the other side."""
        return self.filter(is_on=True, fault="")

    def robots(self) -> Self:
        return self.filter(kind__in=Channel.ROBOTS)


class Channel(models.Model):
    """A way out of the portal, set up by an administrator. `settings` hold its secrets.

    Robots serve a group of people: the whole park, or an audience that an app offers.
    """

    class Kind(models.TextChoices):
        EMAIL = "email", _("邮件")
        WECOM_APP = "wecom_app", _("企业微信应用消息")
        SMS = "sms", _("短信")
        WECOM_ROBOT = "wecom_robot", _("企业微信群机器人")
        DINGTALK_ROBOT = "dingtalk_robot", _("钉钉群机器人")
        FEISHU_ROBOT = "feishu_robot", _("飞书群机器人")

    ROBOTS = (Kind.WECOM_ROBOT, Kind.DINGTALK_ROBOT, Kind.FEISHU_ROBOT)
    SECRETS = ("webhook", "secret", "password")  # names of settings that are never shown again
    ROBOT_RATE = 18  # messages a minute; WeCom and DingTalk shut a robot out from 20 on
    WINDOWS = [
        (15, _("15 分钟")),
        (30, _("30 分钟")),
        (60, _("1 小时")),
        (240, _("4 小时")),
    ]

    kind = models.CharField(_("类别"), max_length=20, choices=Kind)
    name = models.CharField(_("名称"), max_length=50)
    is_on = models.BooleanField(_("启用"), default=False)
    settings = SealedJSONField(blank=True)
    audience_type = models.ForeignKey(ContentType, models.PROTECT, null=True, blank=True)
    audience_id = models.PositiveBigIntegerField(null=True, blank=True)
    audience = GenericForeignKey("audience_type", "audience_id")
    per_minute = models.PositiveSmallIntegerField(_("每分钟最多"), null=True, blank=True)
    every_minutes = models.PositiveSmallIntegerField(_("汇总间隔"), default=60, choices=WINDOWS)
    digest_at = models.DateTimeField(null=True)  # when the next digest may be put together
    tells_since = models.DateTimeField(null=True)  # what was said before is not news any more
    next_at = models.DateTimeField(null=True)  # before this moment nothing may leave
    token = EncryptedTextField(blank=True)  # of the other side, until it expires
    token_until = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(_("最近成功"), null=True)
    failed_at = models.DateTimeField(_("最近失败"), null=True)
    failure = models.CharField(_("失败原因"), max_length=300, blank=True)
    fault = models.CharField(_("停摆原因"), max_length=300, blank=True)  # until set up anew

    objects = ChannelQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("通知渠道")
        constraints = [
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(is_on=True, kind__in=["email", "wecom_app", "sms"]),
                name="channel_one_on",
                violation_error_message=_("这一类渠道已有一个在用，请先停用它。"),
            )
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("notices:channel-detail", args=[self.pk])

    @property
    def is_robot(self) -> bool:
        return self.kind in self.ROBOTS

    def letters(self) -> models.QuerySet:
        """What leaves by it: deliveries to persons, or the digests of its group."""
        if self.is_robot:
            return RobotPost.objects.filter(channel=self)
        return Delivery.objects.filter(channel=self.kind)


class RobotPost(Leased):
    """One digest in one group (群消息汇总): what was said since the last one, in titles.

    Its text is written when it is sent, so that it tells of nothing that was called off.
    """

    channel = models.ForeignKey(Channel, models.PROTECT, related_name="posts")
    window = models.PositiveIntegerField()  # counts the digests of a robot
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("群消息")
        constraints = [models.UniqueConstraint(fields=["channel", "window"], name="robotpost_once")]
        indexes = [
            models.Index(
                fields=["channel", "due_at"],
                condition=Q(state__in=["pending", "sending"]),
                name="robotpost_due",
            )
        ]

    def __str__(self):
        return f"{self.channel_id} {self.window}"


class RobotLine(models.Model):
    """A reminder that a robot tells of, once."""

    channel = models.ForeignKey(Channel, models.PROTECT, related_name="+")
    reminder = models.ForeignKey(Reminder, models.PROTECT, related_name="+")
    post = models.ForeignKey(RobotPost, models.PROTECT, related_name="lines")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "reminder"], name="robotline_once")
        ]

    def __str__(self):
        return f"{self.post_id} {self.reminder_id}"


class AddressQuerySet(ScopedQuerySet):
    def view_scope(self, user) -> Q:
        return EVERYTHING if roles.has_role(user, roles.ADMIN) else Q(user=user)

    def edit_scope(self, user) -> Q:
        return self.view_scope(user)


class Address(models.Model):
    """How a channel addresses a person (接收地址): a WeCom user ID, a phone."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="addresses")
    channel = models.CharField(max_length=10, choices=Delivery.Channel)
    value = EncryptedTextField()

    objects = AddressQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("接收地址")
        constraints = [models.UniqueConstraint(fields=["user", "channel"], name="address_once")]

    def __str__(self):
        return f"{self.user_id} {self.channel}"
