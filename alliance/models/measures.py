from datetime import date, datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from alliance.models.groups import Group, of_groups_seen
from alliance.models.owed import LATE, Owed, OwedQuerySet
from alliance.models.regulations import Section
from alliance.models.resolutions import ActionItem, Resolution
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet


class MeasureQuerySet(OwedQuerySet):
    def open(self) -> Self:
        return self.filter(status__in=Measure.OPEN)

    def late(self, on: date | None = None) -> Self:
        """Still in progress after the due day; what is reported waits for the office instead."""
        on = on or timezone.localdate()
        return self.filter(status=Measure.Status.IN_PROGRESS, due_on__lt=on)

    def awaiting(self, user, on: date | None = None) -> Self:
        """Whose next step is this person's: reported ones for the office; late ones and those
        due soon for whoever speaks for the responsible unit."""
        on = on or timezone.localdate()
        own = roles.places(user, roles.UNIT)
        soon = on + timedelta(days=Measure.SOON_DAYS)
        waiting = Q(status=Measure.Status.IN_PROGRESS, unit__in=own, due_on__lte=soon)
        if roles.has_role(user, roles.STAFF):
            waiting |= Q(status=Measure.Status.REPORTED)
        return self.filter(waiting)

    def with_percent(self) -> Self:
        """How far each is: what the last note says; a report that was sent back does not count."""
        notes = MeasureNote.objects.filter(measure=OuterRef("pk"), is_report=False)
        last = Subquery(notes.order_by("-at", "-pk").values("percent")[:1])
        whole = models.IntegerField()
        said = Coalesce(last, 0, output_field=whole)
        complete = (Measure.Status.REPORTED, Measure.Status.DONE)
        return self.annotate(
            percent=Case(When(status__in=complete, then=100), default=said, output_field=whole)
        )

    def done_in_time(self) -> Self:
        return self.filter(status=Measure.Status.DONE, done_on__lte=F("due_on"))

    def of_unit(self, unit) -> Self:
        """Measures for which a unit is responsible or assists."""
        rows = Measure._base_manager.filter(Q(unit=unit) | Q(assisting=unit))
        return self.filter(pk__in=rows.values("pk"))

    def of_units(self, units) -> Self:
        return self.filter(_carried_by(units))

    def view_scope(self, user) -> Q:
        """The park; the group's members; for a measure of the whole alliance, every unit in it;
        and the units that carry it."""
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        own = roles.places(user, roles.UNIT)
        if not own:
            return NOTHING
        scope = _carried_by(own) | of_groups_seen(user, "group")
        return scope | Q(group=None) if roles.has_role(user, roles.SEAT) else scope

    def edit_scope(self, user) -> Q:
        """The office; the responsible and the assisting units. Which act, the actions say."""
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        own = roles.places(user, roles.UNIT)
        return _carried_by(own) if own else NOTHING


def _carried_by(units) -> Q:
    """For which one of the units is responsible or assists; without a join, which would list a
    measure once for each of them."""
    assisted = Measure.assisting.through.objects.filter(unit__in=units)
    return Q(unit__in=units) | Q(pk__in=assisted.values("measure"))


class Measure(Owed):
    """A concrete measure of the package X (举措), with who carries it and by when."""

    class Status(models.TextChoices):
        IN_PROGRESS = "in_progress", _("推进中")
        REPORTED = "reported", _("待确认")
        DONE = "done", _("已完成")
        DROPPED = "dropped", _("不再推进")

    done_late = _("逾期 %(days)d 天完成")
    # What people tell apart: the columns of the board.
    STATES = (
        (Status.IN_PROGRESS.value, Status.IN_PROGRESS.label),
        (LATE, _("已逾期")),
        (Status.REPORTED.value, Status.REPORTED.label),
        (Status.DONE.value, Status.DONE.label),
        (Status.DROPPED.value, Status.DROPPED.label),
    )

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
    title = models.CharField(pgettext_lazy("one", "举措"), max_length=100)
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
    resolution = models.ForeignKey(
        Resolution,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="measures",
        verbose_name=_("议定事项"),
    )
    item = models.ForeignKey(
        ActionItem,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="measures",
        verbose_name=_("督办事项"),
    )
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
                condition=Q(source="clause", clause__isnull=False, resolution=None)
                | Q(source="resolution", clause=None, resolution__isnull=False),
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
    def source_words(self) -> str:
        """Where it comes from: an article of a text, or a meeting and its resolution."""
        if self.source == self.Source.CLAUSE:
            return f"{self.clause.regulation} {self.clause}"
        words = {"meeting": self.resolution.meeting, "resolution": self.resolution.text}
        return _("%(meeting)s：%(resolution)s") % words


class MilestoneQuerySet(ScopedQuerySet):
    def view_scope(self, user) -> Q:
        return Q(measure__in=Measure.objects.visible_to(user))

    def edit_scope(self, user) -> Q:
        return Q(measure__in=Measure.objects.editable_by(user))


class Milestone(models.Model):
    """A step on the way of a measure (节点)."""

    measure = models.ForeignKey(
        Measure, models.CASCADE, related_name="milestones", verbose_name=_("举措")
    )
    title = models.CharField(_("节点"), max_length=100)
    due_on = models.DateField(_("期限"))
    done_on = models.DateField(_("完成日期"), null=True, blank=True)

    objects = MilestoneQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("举措节点")
        ordering = ["due_on", "pk"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return self.measure.get_absolute_url()


class MeasureNote(models.Model):
    """How far a measure is (进展), with its evidence."""

    measure = models.ForeignKey(
        Measure, models.PROTECT, related_name="notes", verbose_name=_("举措")
    )
    text = models.TextField(_("进展"), max_length=2000)
    percent = models.PositiveSmallIntegerField(_("完成比例"))
    is_report = models.BooleanField(_("报告完成"), default=False)
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


class MeasureStepQuerySet(ScopedQuerySet):
    def as_of(self, moment: datetime) -> Self:
        """Of each measure the step that held just before a moment."""
        later = MeasureStep._base_manager.filter(
            Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), pk__gt=OuterRef("pk")),
            measure=OuterRef("measure"),
            at__lt=moment,
        )
        return self.filter(~Exists(later), at__lt=moment)

    def view_scope(self, user) -> Q:
        return Q(measure__in=Measure.objects.visible_to(user))

    def edit_scope(self, user) -> Q:
        return NOTHING


class MeasureStep(models.Model):
    """What became of a measure, when and why (举措变动): never changed afterwards.

    The newest row says what the measure itself says; the newest before a day, what it was then.
    """

    class What(models.TextChoices):
        CREATED = "created", _("新增")
        CHANGED = "changed", _("修改")
        REPORTED = "reported", _("报告完成")
        CONFIRMED = "confirmed", _("确认完成")
        RETURNED = "returned", _("退回继续推进")
        DROPPED = "dropped", _("不再推进")
        REOPENED = "reopened", _("重新推进")
        EXTENDED = "extended", _("调整完成期限")

    measure = models.ForeignKey(
        Measure, models.PROTECT, related_name="steps", verbose_name=_("举措")
    )
    what = models.CharField(_("变动"), max_length=10, choices=What)
    status = models.CharField(_("状态"), max_length=12, choices=Measure.Status)
    group = models.ForeignKey(
        Group, models.PROTECT, null=True, related_name="+", verbose_name=_("联盟小组")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("责任单位"))
    due_on = models.DateField(_("完成期限"))
    reason = models.CharField(_("原因"), max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("时间"), default=timezone.now)

    objects = MeasureStepQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("举措变动")
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["measure", "at"], name="measure_step_of")]

    def __str__(self):
        return f"{self.measure} {self.get_what_display()}"
