from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models.groups import Group
from alliance.models.meetings import Meeting
from alliance.models.regulations import Section
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from nanchuan.kernel.states import Stateful


class MeasureQuerySet(ScopedQuerySet):
    def open(self) -> Self:
        return self.filter(status__in=Measure.OPEN)

    def late(self, on: date | None = None) -> Self:
        return self.open().filter(due_on__lt=on or timezone.localdate())

    def done_in_time(self) -> Self:
        return self.filter(status=Measure.Status.DONE, done_on__lte=F("due_on"))

    def of_unit(self, unit) -> Self:
        """Measures for which a unit is responsible or assists."""
        rows = Measure._base_manager.filter(Q(unit=unit) | Q(assisting=unit))
        return self.filter(pk__in=rows.values("pk"))

    def view_scope(self, user) -> Q:
        """The park; the group's members; for a measure of the whole alliance, every unit in it;
        and the units that carry it."""
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        own = roles.places(user, roles.UNIT)
        if not own:
            return NOTHING
        scope = Q(unit__in=own) | Q(assisting__in=own) | Q(group=None)
        return scope | Q(group__in=Group.objects.visible_to(user))

    def edit_scope(self, user) -> Q:
        """The office; the responsible and the assisting units. Which act, the actions say."""
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        own = roles.places(user, roles.UNIT)
        return Q(unit__in=own) | Q(assisting__in=own) if own else NOTHING


class Measure(Stateful):
    """A concrete measure of the package X (举措), with who carries it and by when."""

    class Status(models.TextChoices):
        IN_PROGRESS = "in_progress", _("推进中")
        REPORTED = "reported", _("待确认")
        DONE = "done", _("已完成")
        DROPPED = "dropped", _("不再推进")

    STEPS = {
        Status.IN_PROGRESS: {Status.REPORTED, Status.DROPPED},
        Status.REPORTED: {Status.DONE, Status.IN_PROGRESS, Status.DROPPED},
        Status.DONE: {Status.IN_PROGRESS},
        Status.DROPPED: {Status.IN_PROGRESS},
    }
    OPEN = (Status.IN_PROGRESS, Status.REPORTED)

    class Source(models.TextChoices):
        CLAUSE = "clause", _("章程或制度条款")
        RESOLUTION = "resolution", _("会议议定事项")

    number = models.CharField(_("编号"), max_length=20, unique=True, editable=False)
    group = models.ForeignKey(
        Group,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="measures",
        verbose_name=_("联盟小组"),
        help_text=_("不填表示整个联盟。"),
    )
    title = models.CharField(_("举措"), max_length=100)
    content = models.TextField(_("内容"), max_length=3000)
    source = models.CharField(_("来源"), max_length=10, choices=Source)
    clause = models.ForeignKey(
        Section,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="measures",
        verbose_name=_("条款"),
    )
    meeting = models.ForeignKey(
        Meeting,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="measures",
        verbose_name=_("会议"),
    )
    resolution = models.CharField(_("议定事项"), max_length=300, blank=True)
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="measures", verbose_name=_("责任单位")
    )
    assisting = models.ManyToManyField(
        Unit, blank=True, related_name="assisted_measures", verbose_name=_("协办单位")
    )
    starts_on = models.DateField(_("开始日期"))
    due_on = models.DateField(_("完成期限"))
    status = models.CharField(
        _("状态"), max_length=12, choices=Status, default=Status.IN_PROGRESS, editable=False
    )
    effect = models.TextField(_("成效"), max_length=2000, blank=True, editable=False)
    reason = models.CharField(_("不再推进的原因"), max_length=300, blank=True, editable=False)
    reported_at = models.DateTimeField(_("报告完成时间"), null=True, editable=False)
    done_on = models.DateField(_("完成日期"), null=True, editable=False)
    closed_at = models.DateTimeField(_("办结时间"), null=True, editable=False)

    objects = MeasureQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("举措")
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_on__gte=F("starts_on")),
                name="measure_due_after_start",
                violation_error_message=_("完成期限不能早于开始日期。"),
            ),
            models.CheckConstraint(
                condition=Q(source="clause", clause__isnull=False, meeting=None)
                | Q(source="resolution", clause=None, meeting__isnull=False),
                name="measure_comes_from_somewhere",
                violation_error_message=_("请选择举措出自哪一条款，或哪次会议的议定事项。"),
            ),
        ]
        indexes = [models.Index(fields=["status", "due_on"], name="measure_by_due")]

    def __str__(self):
        return f"{self.number} {self.title}"

    def get_absolute_url(self):
        return reverse("alliance:measure-detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def days_late(self) -> int:
        """Days past the due day: until today while it is open, until its day when it is done."""
        last = timezone.localdate() if self.is_open else self.done_on
        return max((last - self.due_on).days, 0) if last else 0


class Milestone(models.Model):
    """A step on the way of a measure (节点)."""

    measure = models.ForeignKey(
        Measure, models.CASCADE, related_name="milestones", verbose_name=_("举措")
    )
    title = models.CharField(_("节点"), max_length=100)
    due_on = models.DateField(_("期限"))
    done_on = models.DateField(_("完成日期"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("举措节点")
        ordering = ["due_on", "pk"]

    def __str__(self):
        return self.title


class MeasureNote(models.Model):
    """How far a measure is (进展), with its evidence."""

    measure = models.ForeignKey(
        Measure, models.PROTECT, related_name="notes", verbose_name=_("举措")
    )
    text = models.TextField(_("进展"), max_length=2000)
    percent = models.PositiveSmallIntegerField(_("完成比例"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("举措进展")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(percent__lte=100), name="measure_note_percent")
        ]

    def __str__(self):
        return f"{self.measure} {self.percent}%"
