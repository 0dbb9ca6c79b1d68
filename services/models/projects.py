from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models import ActionItem
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from services.models.needs import Need
from services.models.resources import Resource


class ProjectQuerySet(ScopedQuerySet):
    def with_progress(self) -> Self:
        """Each row also knows `percent`, that of its latest note."""
        latest = ProgressNote.objects.filter(project=OuterRef("pk")).order_by("-written_at", "-pk")
        return self.annotate(percent=Coalesce(Subquery(latest.values("percent")[:1]), 0))

    def view_scope(self, user) -> Q:
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        own = roles.places(user, roles.UNIT)
        if not own:
            return NOTHING
        return (
            Q(lead__in=own)
            | Q(need_links__need__unit__in=own)
            | Q(commitments__resource__unit__in=own)
        )

    def edit_scope(self, user) -> Q:
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        return Q(lead__in=roles.places(user, roles.UNIT))


class Project(models.Model):
    """Needs joined to what units give, until they are solved (项目)."""

    number = models.CharField(_("编号"), max_length=20, unique=True, editable=False)
    name = models.CharField(_("名称"), max_length=80)
    lead = models.ForeignKey(
        Unit, models.PROTECT, related_name="led_projects", verbose_name=_("牵头单位")
    )
    starts_on = models.DateField(_("开始日期"))
    item = models.ForeignKey(
        ActionItem,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="projects",
        verbose_name=_("督办事项"),
    )
    needs = models.ManyToManyField(Need, through="ProjectNeed", related_name="projects")
    resources = models.ManyToManyField(Resource, through="Commitment", related_name="projects")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("项目")
        indexes = [models.Index(fields=["-starts_on", "-id"], name="project_newest")]

    def __str__(self):
        return f"{self.number} {self.name}"

    def get_absolute_url(self):
        return reverse("services:project-detail", args=[self.pk])


class ProjectNeed(models.Model):
    """A need that a project serves (对接)."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="need_links")
    need = models.ForeignKey(Need, models.PROTECT, related_name="project_links")
    joined_at = models.DateTimeField(_("对接时间"), default=timezone.now)
    left_at = models.DateTimeField(_("退出时间"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("项目对接的需求")
        constraints = [
            models.UniqueConstraint(
                fields=["need"], condition=Q(left_at=None), name="need_in_one_project"
            )
        ]

    def __str__(self):
        return f"{self.project} – {self.need}"


class Commitment(models.Model):
    """A resource given to a project (资源投入)."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="commitments")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="commitments")
    committed_at = models.DateTimeField(_("投入时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("资源投入")
        constraints = [
            models.UniqueConstraint(fields=["project", "resource"], name="commitment_once")
        ]

    def __str__(self):
        return f"{self.project} – {self.resource}"


class ProgressNote(models.Model):
    """What was done, and how far the project is in percent (进展)."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="notes")
    text = models.TextField(_("进展情况"), max_length=2000)
    percent = models.PositiveSmallIntegerField(_("完成进度(%)"))
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("填写人")
    )
    written_at = models.DateTimeField(_("时间"), default=timezone.now)

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
