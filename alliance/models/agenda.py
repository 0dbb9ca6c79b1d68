from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models.meetings import Meeting
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.querysets import EVERYTHING, ScopedQuerySet
from nanchuan.kernel.states import Stateful


class AgendaItem(models.Model):
    """A line of a meeting's agenda (议程). What became of the last resolutions is one that the
    portal writes (`FOLLOW_UP`)."""

    class Kind(models.TextChoices):
        ORDINARY = "ordinary", _("议题")
        FOLLOW_UP = "follow_up", _("上次议定事项办理情况")

    meeting = models.ForeignKey(
        Meeting, models.PROTECT, related_name="items", verbose_name=_("会议")
    )
    kind = models.CharField(
        _("类别"), max_length=9, choices=Kind, default=Kind.ORDINARY, editable=False
    )
    order = models.PositiveSmallIntegerField(_("排序"), default=1)
    title = models.CharField(_("议题"), max_length=200)
    minutes = models.PositiveSmallIntegerField(
        _("分钟"), null=True, blank=True, validators=[MaxValueValidator(720)]
    )
    presenter = models.CharField(_("汇报人"), max_length=50, blank=True)
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("汇报单位"),
    )
    text = models.TextField(_("说明"), max_length=2000, blank=True)
    frozen = models.JSONField(null=True, editable=False)  # how the last resolutions stood then

    class Meta:
        verbose_name = verbose_name_plural = _("议程")
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting"], condition=Q(kind="follow_up"), name="agenda_follows_up_once"
            )
        ]

    def __str__(self):
        return self.title


class TopicQuerySet(ScopedQuerySet):
    def open(self) -> Self:
        return self.filter(status=Topic.Status.PROPOSED)

    def view_scope(self, user) -> Q:
        """Whoever sees the meeting sees what is proposed for it."""
        return Q(meeting__in=Meeting.objects.visible_to(user))

    def edit_scope(self, user) -> Q:
        """Its unit; whoever convenes. Which act, `actions.topics` says."""
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        own = roles.places(user, roles.UNIT)
        return Q(unit__in=own) | Q(meeting__convened_by__in=own)


class Topic(Stateful):
    """What a unit wants a meeting to speak about (议题)."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("待定")
        ADOPTED = "adopted", _("列入议程")
        DEFERRED = "deferred", _("留待下次")
        DECLINED = "declined", _("不列入")
        WITHDRAWN = "withdrawn", _("已撤回")

    STEPS = {
        Status.PROPOSED: {Status.ADOPTED, Status.DEFERRED, Status.DECLINED, Status.WITHDRAWN},
        Status.ADOPTED: {Status.PROPOSED},
        Status.DEFERRED: {Status.PROPOSED},
        Status.DECLINED: {Status.PROPOSED},
    }

    meeting = models.ForeignKey(
        Meeting, models.PROTECT, related_name="topics", verbose_name=_("会议")
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="topics", verbose_name=_("提出单位")
    )
    title = models.CharField(_("议题"), max_length=200)
    text = models.TextField(_("说明"), max_length=2000, blank=True)
    minutes = models.PositiveSmallIntegerField(
        _("大约需要（分钟）"), null=True, blank=True, validators=[MaxValueValidator(720)]
    )
    presenter = models.CharField(_("汇报人"), max_length=50, blank=True)
    item = models.ForeignKey(  # several topics may be merged into one line
        AgendaItem,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="topics",
        verbose_name=_("议程"),
    )
    status = models.CharField(
        _("状态"), max_length=9, choices=Status, default=Status.PROPOSED, editable=False
    )
    reason = models.CharField(_("原因"), max_length=200, blank=True, editable=False)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    proposed_at = models.DateTimeField(_("提出时间"), default=timezone.now, editable=False)

    objects = TopicQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("议题")
        ordering = ["pk"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        page = reverse("alliance:meeting-topics", args=[self.meeting_id])
        return f"{page}#topic-{self.pk}"


class Support(models.Model):
    """A unit that wants a topic to be spoken about too (附议)."""

    topic = models.ForeignKey(Topic, models.PROTECT, related_name="supports")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("附议单位"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("附议")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["topic", "unit"], name="support_once")]

    def __str__(self):
        return str(self.unit)
