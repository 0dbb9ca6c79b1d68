from datetime import date
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models.groups import Group, Seat, of_groups_seen
from alliance.models.regulations import Regulation
from alliance.models.turns import Turn
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.periods import months_after
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from nanchuan.kernel.states import Stateful

LONGEST_OFFSET = 60 * 24 * 60  # minutes: sixty days


def default_offsets():
    return [7 * 24 * 60, 24 * 60, 2 * 60]


def check_offsets(offsets):
    if not isinstance(offsets, list) or not all(
        type(minutes) is int and 0 < minutes <= LONGEST_OFFSET for minutes in offsets
    ):
        raise ValidationError(
            _("请填写会前提醒的分钟数，例如 [10080, 1440, 120],每个在 1 到 86400 之间。")
        )


class MeetingKind(models.Model):
    """A kind of meeting (会议类型) and when its invited are reminded."""

    name = models.CharField(_("名称"), max_length=30, unique=True)
    reminder_offsets = models.JSONField(
        _("会前提醒"),
        default=default_offsets,
        validators=[check_offsets],
        help_text=_("会前多少分钟提醒，例如 [10080, 1440, 120] 即会前 7 天、1 天、2 小时。"),
    )
    order = models.PositiveSmallIntegerField(_("排序"), default=100)

    class Meta:
        verbose_name = verbose_name_plural = _("会议类型")
        ordering = ["order", "name"]

    def __str__(self):
        return self.name


class MeetingQuerySet(ScopedQuerySet):
    def held_within_a_year(self, on: date | None = None) -> Self:
        """Held on a date or in the twelve months before it."""
        on = on or timezone.localdate()
        return self.filter(
            status=Meeting.Status.HELD,
            starts_at__date__lte=on,
            starts_at__date__gt=months_after(on, -12),
        )

    def coming(self) -> Self:
        return self.filter(status=Meeting.Status.CONVENED, ends_at__gte=timezone.now()).order_by(
            "starts_at"
        )

    def with_attendance(self) -> Self:
        """Each row knows its seats: `seats_invited`, `seats_attended`, and of how many it is
        recorded whether they came, `seats_recorded`."""
        return self.annotate(
            seats_invited=Count("invitations"),
            seats_attended=Count("invitations", filter=Q(invitations__attended=True)),
            seats_recorded=Count("invitations", filter=Q(invitations__attended__isnull=False)),
        )

    def view_scope(self, user) -> Q:
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        own = roles.places(user, roles.UNIT)
        if not own:
            return NOTHING
        sent = Invitation.objects.filter(seat__unit__in=own).values("meeting")
        invited = of_groups_seen(user, "group") | Q(pk__in=sent)
        return Q(convened_by__in=own) | invited & Meeting.announced()

    def edit_scope(self, user) -> Q:
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        return Q(convened_by__in=roles.places(user, roles.UNIT))


class Meeting(Stateful):
    """A joint meeting or another meeting of a group (联席会议)."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("草拟")
        CONVENED = "convened", _("已召集")
        HELD = "held", _("已召开")
        CANCELLED = "cancelled", _("已取消")

    STEPS = {
        Status.DRAFT: {Status.CONVENED, Status.CANCELLED},
        Status.CONVENED: {Status.HELD, Status.CANCELLED},
    }

    group = models.ForeignKey(
        Group, models.PROTECT, related_name="meetings", verbose_name=_("联盟小组")
    )
    kind = models.ForeignKey(
        MeetingKind, models.PROTECT, related_name="meetings", verbose_name=_("会议类型")
    )
    title = models.CharField(_("名称"), max_length=100)
    starts_at = models.DateTimeField(_("开始时间"))
    ends_at = models.DateTimeField(_("结束时间"))
    place = models.CharField(_("地点"), max_length=100, blank=True)  # a draft has none yet
    agenda = models.TextField(_("议程"), max_length=5000, help_text=_("每行一项议题。"))
    convened_by = models.ForeignKey(
        Unit, models.PROTECT, related_name="convened_meetings", verbose_name=_("召集单位")
    )
    turn = models.ForeignKey(
        Turn,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="meetings",
        verbose_name=_("轮值"),
    )
    regulation = models.ForeignKey(
        Regulation,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="meetings",
        verbose_name=_("所依制度"),
    )
    status = models.CharField(
        _("状态"), max_length=10, choices=Status, default=Status.CONVENED, editable=False
    )
    sequence = models.PositiveIntegerField(default=0, editable=False)  # grows with each change
    cancel_reason = models.CharField(_("取消原因"), max_length=200, blank=True, editable=False)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("会议")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="meeting_ends_after_start",
                violation_error_message=_("结束时间应晚于开始时间。"),
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "cancelled"]) | ~Q(place=""),
                name="meeting_announced_with_a_place",
            ),
        ]
        indexes = [
            models.Index(fields=["-starts_at", "-id"], name="meeting_newest"),
            models.Index(fields=["group", "-starts_at"], name="meeting_of_group"),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("alliance:meeting-detail", args=[self.pk])

    @staticmethod
    def announced() -> Q:
        """Of a draft nobody has heard, nor of one that was called off before it was announced."""
        said = Exists(Invitation.objects.filter(meeting=OuterRef("pk")))
        status = Meeting.Status
        return Q(status__in=(status.CONVENED, status.HELD)) | Q(said, status=status.CANCELLED)

    @property
    def items(self) -> list[str]:
        return [line.strip() for line in self.agenda.splitlines() if line.strip()]

    @property
    def awaits_convener(self) -> bool:
        """It is to be announced, or to be registered as held."""
        is_past = self.status == self.Status.CONVENED and not self.is_coming
        return self.status == self.Status.DRAFT or is_past

    @property
    def is_coming(self) -> bool:
        return self.status == self.Status.CONVENED and self.starts_at > timezone.now()


class Invitation(models.Model):
    """A seat invited to a meeting, with the names as they were (邀请)."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="invitations")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="invitations")
    unit_name = models.CharField(_("单位"), max_length=100)
    attended = models.BooleanField(_("到会"), null=True, editable=False)  # None: not recorded

    class Meta:
        verbose_name = verbose_name_plural = _("邀请")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["meeting", "seat"], name="invitation_once")]

    def __str__(self):
        return self.unit_name
