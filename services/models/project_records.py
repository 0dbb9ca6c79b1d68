"""What is planned in a project, what was done, what it cost and what it brought."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models.files import Attached
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.querysets import EVERYTHING, NOTHING
from nanchuan.kernel.states import Stateful
from nanchuan.kernel.words import Worded
from services.models.needs import Need
from services.models.projects import InProject, OfProject, Project


def _person(**facts):
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", **facts
    )


class MilestoneQuerySet(OfProject):
    def open(self) -> Self:
        return self.filter(done_on=None, dropped_on=None)


class Milestone(models.Model):
    """A step on the way of a project (节点)."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="milestones")
    title = models.CharField(_("节点"), max_length=100)
    due_on = models.DateField(_("期限"))
    unit = models.ForeignKey(  # None: the lead
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="project_milestones",
        verbose_name=_("责任单位"),
    )
    order = models.PositiveSmallIntegerField(_("次序"), default=0)
    done_on = models.DateField(_("完成日期"), null=True, editable=False)
    dropped_on = models.DateField(_("取消日期"), null=True, editable=False)

    objects = MilestoneQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("项目节点")
        ordering = ["order", "due_on", "pk"]
        indexes = [
            models.Index(
                fields=["due_on"],
                condition=Q(done_on=None, dropped_on=None),
                name="milestone_due",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_on=None) | Q(dropped_on=None), name="milestone_ends_once"
            )
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return self.project.get_absolute_url()

    @property
    def is_open(self) -> bool:
        return self.done_on is None and self.dropped_on is None


class ProgressNote(models.Model):
    """What was done, and how far the project is in percent (进展)."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="notes")
    unit = models.ForeignKey(  # None: the office
        Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("单位")
    )
    text = models.TextField(_("进展情况"), max_length=2000)
    percent = models.PositiveSmallIntegerField(_("完成进度(%)"))
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("填写人")
    )
    written_at = models.DateTimeField(_("时间"), default=timezone.now)

    objects = OfProject.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("项目进展")
        ordering = ["-written_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__lte=100),
                name="progress_at_most_100",
                violation_error_message=_("进度应在 0 到 100 之间。"),
            )
        ]

    def __str__(self):
        return f"{self.project} {self.percent}%"


def photo_path(photo, filename):
    return f"projects/{uuid.uuid4().hex}.jpg"


def thumbnail_path(photo, filename):
    return f"projects/{uuid.uuid4().hex}-s.jpg"


class ProgressPhoto(models.Model):
    """A photo beside a note, written anew without what the camera told, with a thumbnail."""

    note = models.ForeignKey(ProgressNote, models.PROTECT, related_name="photos")
    image = models.FileField(_("照片"), upload_to=photo_path)
    thumbnail = models.FileField(upload_to=thumbnail_path)
    added_by = _person(editable=False)
    added_at = models.DateTimeField(_("添加时间"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("项目照片")
        ordering = ["pk"]

    def __str__(self):
        return f"{self.note_id} {self.pk}"


class ProgressFile(Attached):
    """Evidence beside a note (佐证)."""

    note = models.ForeignKey(ProgressNote, models.PROTECT, related_name="files")

    class Meta(Attached.Meta):
        verbose_name = verbose_name_plural = _("项目佐证")


class MoneyQuerySet(InProject):
    def standing(self) -> Self:
        return self.filter(cancelled_at=None)


class Money(Worded):
    """A sum of a project (资金): never changed or deleted, but cancelled and written anew."""

    class Kind(models.TextChoices):
        PLANNED = "planned", _("计划投入")
        SPENT = "spent", _("实际支出")
        BROUGHT_IN = "brought_in", _("带来资金")
        SAVED = "saved", _("节省费用")

    project = models.ForeignKey(Project, models.PROTECT, related_name="money")
    kind = models.CharField(_("类别"), max_length=10, choices=Kind)
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="project_money",
        verbose_name=_("单位"),
    )
    amount = models.DecimalField(_("金额（元）"), max_digits=14, decimal_places=2)
    on = models.DateField(_("日期"))
    text = models.CharField(_("说明"), max_length=200)
    written_by = _person()
    written_at = models.DateTimeField(_("登记时间"), default=timezone.now)
    cancelled_at = models.DateTimeField(_("作废时间"), null=True)
    cancelled_by = _person()
    why = models.CharField(_("作废原因"), max_length=200, blank=True)

    objects = MoneyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("项目资金")
        ordering = ["on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="money_is_some",
                violation_error_message=_("金额应大于 0。"),
            )
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.amount}"


class Risk(Stateful):
    """What may stop a project, who minds it and what was done about it (风险)."""

    class Level(models.TextChoices):
        LOW = "low", _("低")
        MIDDLE = "middle", _("中")
        HIGH = "high", _("高")

    class Status(models.TextChoices):
        OPEN = "open", _("未解除")
        CLOSED = "closed", _("已解除")

    STEPS = {Status.OPEN: {Status.CLOSED}}

    project = models.ForeignKey(Project, models.PROTECT, related_name="risks")
    text = models.CharField(_("风险"), max_length=300)
    level = models.CharField(_("程度"), max_length=6, choices=Level, default=Level.MIDDLE)
    owner = models.ForeignKey(  # None: the lead
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="project_risks",
        verbose_name=_("责任单位"),
    )
    status = models.CharField(_("状态"), max_length=6, choices=Status, default=Status.OPEN)
    done = models.TextField(_("采取的措施"), max_length=2000, blank=True)
    raised_at = models.DateTimeField(_("提出时间"), default=timezone.now)
    raised_by = _person()
    closed_at = models.DateTimeField(_("解除时间"), null=True)
    closed_by = _person()

    objects = InProject.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("项目风险")
        ordering = ["-status", "-raised_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="open", closed_at=None)
                | Q(status="closed", closed_at__isnull=False),
                name="risk_closed_sometime",
            )
        ]

    def __str__(self):
        return self.text


class EffectQuerySet(OfProject):
    def view_scope(self, user) -> Q:
        """It says whose need it was: for those who read the whole of the need."""
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        own = roles.places(user, roles.UNIT)
        if not own:
            return NOTHING
        known = Need.objects.known_to(user).order_by().values("pk")
        seen = Project.objects.visible_to(user).order_by().values("pk")
        return Q(need__in=known, project__in=seen)


class Effect(models.Model):
    """What a project brought an enterprise whose need it serves, in its own words (成效)."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="effects")
    need = models.ForeignKey(Need, models.PROTECT, related_name="effects")
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="project_effects", verbose_name=_("企业")
    )
    text = models.TextField(_("成效"), max_length=2000)
    amount = models.DecimalField(
        _("折合金额（元）"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    on_behalf = models.BooleanField(_("由党务办公室代填"), default=False)
    stated_by = _person()
    stated_at = models.DateTimeField(_("填写时间"), default=timezone.now)

    objects = EffectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("项目成效")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["project", "need", "unit"], name="effect_once"),
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gt=0),
                name="effect_of_some_money",
                violation_error_message=_("金额应大于 0。"),
            ),
        ]

    def __str__(self):
        return f"{self.project} – {self.unit}"
