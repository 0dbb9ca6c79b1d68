from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.models.activities import Activity
from members.models.appraisals import Appraisal
from members.models.organizations import Organization, below
from members.models.people import PartyMember
from nanchuan.kernel import roles
from nanchuan.kernel.fields import EncryptedTextField, SealedJSONField
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from nanchuan.kernel.states import Stateful
from nanchuan.kernel.words import Worded


class LifeMeetingQuerySet(ScopedQuerySet):
    def newest(self) -> Self:
        return self.order_by("-planned_on", "-pk")

    def with_items(self) -> Self:
        """Each row knows how many `items` are to be put right, and how many are not yet."""
        open_ones = Q(rectifications__status=Rectification.Status.OPEN)
        return self.annotate(
            items=Count("rectifications"), open_items=Count("rectifications", filter=open_ones)
        )

    def view_scope(self, user) -> Q:
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        own = LifePart.objects.filter(member__in=roles.places(user, roles.MEMBER))
        return self.edit_scope(user) | Q(pk__in=own.order_by().values("meeting"))

    def edit_scope(self, user) -> Q:
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        paths = roles.places(user, roles.SECRETARY)
        return below(paths, "organization__") if paths else NOTHING


class LifeMeeting(Stateful):
    """A meeting of organizational life (组织生活会) with what comes before and after it: study,
    opinions, talks, everybody's own check list, and what is to be put right.

    That it was held stands in the activity of the same name.
    """

    class Status(models.TextChoices):
        PREPARING = "preparing", _("会前准备")
        READY = "ready", _("意见已汇总")
        HELD = "held", _("已召开")
        CLOSED = "closed", _("整改完成")
        CANCELLED = "cancelled", _("已取消")

    STEPS = {
        Status.PREPARING: {Status.READY, Status.CANCELLED},
        Status.READY: {Status.HELD, Status.CANCELLED},
        Status.HELD: {Status.CLOSED},
    }

    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="life_meetings", verbose_name=_("党组织")
    )
    theme = models.CharField(_("主题"), max_length=100)
    planned_on = models.DateField(_("计划召开日期"))
    opinions_until = models.DateField(
        _("征求意见截止"), help_text=_("对照检查也在这一天以前写好。截止以后汇总意见。")
    )
    status = models.CharField(
        _("状态"), max_length=10, choices=Status, default=Status.PREPARING, editable=False
    )
    appraisal = models.ForeignKey(
        Appraisal,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="life_meetings",
        verbose_name=_("结合的民主评议"),
    )
    activity = models.OneToOneField(
        Activity,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="life_meeting",
        verbose_name=_("组织生活记录"),
    )
    # What was found in the box when it was opened, in the order of the words.
    opinions = SealedJSONField(verbose_name=_("征求到的意见"), default=list, editable=False)
    reason = models.CharField(_("取消的原因"), max_length=200, blank=True, editable=False)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    opened_at = models.DateTimeField(_("开始时间"), default=timezone.now, editable=False)

    objects = LifeMeetingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("组织生活会")
        constraints = [
            models.CheckConstraint(
                condition=Q(opinions_until__lte=F("planned_on")),
                name="life_meeting_opinions_first",
                violation_error_message=_("征求意见应在会议以前截止。"),
            )
        ]
        indexes = [models.Index(fields=["-planned_on", "-id"], name="life_meeting_newest")]

    def __str__(self):
        return gettext("%(organization)s组织生活会") % {"organization": self.organization}

    def get_absolute_url(self):
        return reverse("members:lifemeeting-detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.status in (self.Status.PREPARING, self.Status.READY)

    def is_led_by(self, user) -> bool:
        """Whether a person leads the very organization: reads opinions and what others wrote."""
        return self.organization.path in roles.places(user, roles.SECRETARY)

    @property
    def state_style(self) -> str:
        styles = {"preparing": "open", "ready": "open", "closed": "done"}
        return styles.get(self.status, self.status)


class LifePart(Worded):
    """What a participant writes for the own person (对照检查、批评和自我批评): nobody writes it for
    somebody else. Read by the writer and by who leads the organization itself."""

    meeting = models.ForeignKey(LifeMeeting, models.CASCADE, related_name="parts")
    member = models.ForeignKey(PartyMember, models.PROTECT, related_name="life_parts")
    check_list = EncryptedTextField(_("对照检查"), blank=True)
    criticism = EncryptedTextField(_("批评和自我批评（本人记录）"), blank=True)
    written_on = models.DateField(_("填写日期"), null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("参加人员")
        constraints = [models.UniqueConstraint(fields=["meeting", "member"], name="life_part_once")]

    def __str__(self):
        return str(self.member)


class SuggestionBox(models.Model):
    """Opinions without a name (意见箱), sealed together in the order of their words, so that
    nothing tells who wrote one or when. Opened once."""

    meeting = models.OneToOneField(
        LifeMeeting, models.CASCADE, primary_key=True, related_name="box"
    )
    sealed = models.TextField(editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("意见箱")

    def __str__(self):
        return str(self.meeting_id)


class RectificationQuerySet(ScopedQuerySet):
    def open(self) -> Self:
        return self.filter(status=Rectification.Status.OPEN)

    def view_scope(self, user) -> Q:
        return Q(meeting__in=LifeMeeting.objects.visible_to(user))

    def edit_scope(self, user) -> Q:
        """Who leads the organization, and whoever has to see to it."""
        own = Q(owner__in=roles.places(user, roles.MEMBER))
        return own | Q(meeting__in=LifeMeeting.objects.editable_by(user))


class Rectification(Stateful):
    """What is to be put right after a meeting (整改事项): what, who, until when."""

    class Status(models.TextChoices):
        OPEN = "open", _("整改中")
        DONE = "done", _("已完成")
        DROPPED = "dropped", _("不再需要")

    STEPS = {Status.OPEN: {Status.DONE, Status.DROPPED}}

    meeting = models.ForeignKey(LifeMeeting, models.CASCADE, related_name="rectifications")
    text = models.CharField(_("整改事项"), max_length=200)
    owner = models.ForeignKey(
        PartyMember, models.PROTECT, related_name="rectifications", verbose_name=_("责任人")
    )
    due_on = models.DateField(_("完成期限"))
    status = models.CharField(
        _("状态"), max_length=8, choices=Status, default=Status.OPEN, editable=False
    )
    outcome = models.CharField(_("完成情况"), max_length=500, blank=True)
    done_on = models.DateField(_("完成日期"), null=True, editable=False)

    objects = RectificationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("整改事项")
        ordering = ["due_on", "pk"]

    def __str__(self):
        return self.text

    def get_absolute_url(self):
        return f"{self.meeting.get_absolute_url()}#rectifications"

    def days_late(self, on: date | None = None) -> int:
        late = ((on or timezone.localdate()) - self.due_on).days
        return max(late, 0) if self.status == self.Status.OPEN else 0

    @property
    def state_style(self) -> str:
        return "overdue" if self.days_late() else self.status
