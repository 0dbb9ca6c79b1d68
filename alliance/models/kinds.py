from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alliance.models.groups import Group, of_groups_seen
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet

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


def every_kind_of_unit():
    return [kind.value for kind in Unit.Kind]


def check_unit_kinds(kinds):
    if not isinstance(kinds, list) or not kinds or not set(kinds) <= set(Unit.Kind.values):
        raise ValidationError(_("请至少选择一类单位。"))


class MeetingKindQuerySet(ScopedQuerySet):
    def in_use(self):
        return self.filter(is_active=True)

    def view_scope(self, user) -> Q:
        return EVERYTHING

    def edit_scope(self, user) -> Q:
        return EVERYTHING if roles.has_role(user, roles.STAFF) else NOTHING


class MeetingKind(models.Model):
    """A kind of meeting (会议类型): its time line, quorum, invitation, agenda and reminders.

    What is left empty, the meetings system (联席会议制度) of the meeting decides; so do `OWN`
    numbers, each called like the setting that it stands in for.
    """

    OWN = (
        "topics_days",
        "invite_days",
        "report_days",
        "minutes_days",
        "minutes_last_days",
        "quorum_percent",
    )

    name = models.CharField(_("名称"), max_length=30, unique=True)
    reminder_offsets = models.JSONField(
        _("会前提醒"),
        default=default_offsets,
        validators=[check_offsets],
        help_text=_("会前多少分钟提醒，例如 [10080, 1440, 120] 即会前 7 天、1 天、2 小时。"),
    )
    order = models.PositiveSmallIntegerField(_("排序"), default=100)
    is_active = models.BooleanField(_("启用"), default=True)
    topics_days = models.PositiveSmallIntegerField(
        _("会前多少个工作日征集议题截止"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(60)],
    )
    invite_days = models.PositiveSmallIntegerField(
        _("会前多少个工作日确定议程并发通知"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(60)],
    )
    report_days = models.PositiveSmallIntegerField(
        _("会前多少个工作日报上级、请嘉宾"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(30)],
    )
    minutes_days = models.PositiveSmallIntegerField(
        _("会后多少个工作日印发纪要"), null=True, blank=True, validators=[MaxValueValidator(30)]
    )
    minutes_last_days = models.PositiveSmallIntegerField(
        _("会后多少个工作日最后一次催办纪要"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(60)],
    )
    quorum_percent = models.PositiveSmallIntegerField(
        _("到会席位须超过应到席位的百分比"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(99)],
    )
    duration = models.PositiveSmallIntegerField(
        _("会议时长（分钟）"),
        default=120,
        validators=[MinValueValidator(10), MaxValueValidator(720)],
    )
    invites_alliance = models.BooleanField(_("邀请在整个联盟的席位"), default=True)
    invited_kinds = models.JSONField(
        _("邀请哪些单位"), default=every_kind_of_unit, validators=[check_unit_kinds]
    )
    follows_up = models.BooleanField(
        _("首项议程为上次议定事项办理情况"),
        default=False,
        help_text=_("内容由系统按办理情况生成。"),
    )
    minutes_prefix = models.CharField(
        _("纪要文号字头"),
        max_length=10,
        default="联盟纪",  # data
        help_text=_("例如 联盟纪〔2026〕3号。"),
    )

    objects = MeetingKindQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("会议类型")
        ordering = ["order", "name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("alliance:kind-edit", args=[self.pk])


class KindItem(models.Model):
    """A line of the agenda that meetings of a kind begin with (议程模板)."""

    kind = models.ForeignKey(
        MeetingKind, models.CASCADE, related_name="items", verbose_name=_("会议类型")
    )
    order = models.PositiveSmallIntegerField(_("排序"), default=1)
    title = models.CharField(_("议题"), max_length=200)
    minutes = models.PositiveSmallIntegerField(
        _("分钟"), null=True, blank=True, validators=[MaxValueValidator(720)]
    )

    class Meta:
        verbose_name = verbose_name_plural = _("议程模板")
        ordering = ["order", "pk"]

    def __str__(self):
        return self.title


class SeriesQuerySet(ScopedQuerySet):
    def view_scope(self, user) -> Q:
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        return of_groups_seen(user, "group") if roles.has_role(user, roles.UNIT) else NOTHING

    def edit_scope(self, user) -> Q:
        return EVERYTHING if roles.has_role(user, roles.STAFF) else NOTHING


class Series(models.Model):
    """A rhythm by which meetings are drafted (系列会议), e.g. the second Tuesday of each month."""

    class Rhythm(models.TextChoices):
        WEEKLY = "weekly", _("每几周")
        MONTHLY_DAY = "monthly_day", _("每几个月的同一天")
        MONTHLY_WEEKDAY = "monthly_weekday", _("每几个月的第几个星期几")

    class Shift(models.TextChoices):
        KEEP = "keep", _("照原日期")
        NEXT = "next", _("顺延到下一个工作日")
        BEFORE = "before", _("提前到上一个工作日")

    group = models.ForeignKey(
        Group, models.PROTECT, related_name="series", verbose_name=_("联盟小组")
    )
    partners = models.ManyToManyField(
        Group, blank=True, related_name="joint_series", verbose_name=_("共同召开的小组")
    )
    kind = models.ForeignKey(
        MeetingKind, models.PROTECT, related_name="series", verbose_name=_("会议类型")
    )
    title = models.CharField(_("名称"), max_length=80)
    place = models.CharField(_("地点"), max_length=100, blank=True)
    rhythm = models.CharField(_("周期"), max_length=16, choices=Rhythm)
    interval = models.PositiveSmallIntegerField(
        _("间隔"), default=1, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    starts_on = models.DateField(_("首次日期"))
    until = models.DateField(_("截止日期"))
    time = models.TimeField(_("开始时间"))
    duration = models.PositiveSmallIntegerField(
        _("会议时长（分钟）"),
        default=120,
        validators=[MinValueValidator(10), MaxValueValidator(720)],
    )
    shift = models.CharField(_("遇非工作日"), max_length=6, choices=Shift, default=Shift.NEXT)
    ended_at = models.DateTimeField(_("停办时间"), null=True, editable=False)

    objects = SeriesQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("系列会议")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gte=models.F("starts_on")),
                name="series_ends_after_start",
                violation_error_message=_("截止日期不能早于首次日期。"),
            )
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("alliance:series-detail", args=[self.pk])

    @property
    def groups_words(self) -> str:
        """The group, and those that hold it too; ask for lists with `partners` loaded."""
        return gettext("、").join(map(str, [self.group, *self.partners.all()]))

    def is_over(self, on: date) -> bool:
        return self.ended_at is not None or self.until < on
