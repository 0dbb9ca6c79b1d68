"""What needs and what is given are joined in, until the needs are solved."""

from typing import Self

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models import ActionItem, Measure
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from nanchuan.kernel.serials import may_hold
from nanchuan.kernel.states import Stateful
from services.models.dispatches import CoFiler
from services.models.needs import Need
from services.models.resources import Resource, holding

LIVE = ("planned", "active")
ENDED = ("done", "stopped", "archived")


class ProjectQuerySet(ScopedQuerySet):
    def newest(self) -> Self:
        return self.order_by("-starts_on", "-pk")

    def searched(self, text: str) -> Self:
        rows = self
        for word in text.split():
            is_number = may_hold(Project.PREFIX, word)
            rows = rows.filter(holding(word, ("name", "number") if is_number else ("name",)))
        return rows

    def with_progress(self) -> Self:
        """Each row also knows `percent`, that of its latest note."""
        notes = Project._meta.get_field("notes").related_model.objects
        latest = notes.filter(project=OuterRef("pk")).order_by("-written_at", "-pk")
        return self.annotate(percent=Coalesce(Subquery(latest.values("percent")[:1]), 0))

    def live(self) -> Self:
        return self.filter(status__in=LIVE)

    def view_scope(self, user) -> Q:
        """The park, and each unit with a part in it: who leads, assists, gives, or asked for
        what it serves. Whose part ended before the project did sees it no more."""
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        own = roles.places(user, roles.UNIT)
        if not own:
            return NOTHING
        return Q(pk__in=_carried_by(own).union(*_served(own), _given_by(own)))

    def whole_scope(self, user) -> Q:
        """Who reads all of it, money and risks too: the park, and the units that carry it."""
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        own = roles.places(user, roles.UNIT)
        return Q(pk__in=_carried_by(own)) if own else NOTHING

    def known_to(self, user) -> Self:
        return self._within(user, self.whole_scope)

    def served_or_known_to(self, user) -> Self:
        """Projects of which a person reads everything that is given: those who carry it and
        the enterprises that it serves. Who gives reads what it gives itself."""
        return self._within(user, self._gifts_scope)

    def _gifts_scope(self, user) -> Q:
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        own = roles.places(user, roles.UNIT)
        return Q(pk__in=_carried_by(own).union(*_served(own))) if own else NOTHING

    def edit_scope(self, user) -> Q:
        """Who may write in it; which act, `services.actions.project_rights` says."""
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        own = roles.places(user, roles.UNIT)
        return Q(pk__in=_carried_by(own)) if own else NOTHING


def _until_its_end(field: str) -> Q:
    """A part that stands, or stood when the project ended."""
    return Q(**{field: None}) | Q(**{f"{field}__gte": F("project__ended_at")})


def _carried_by(own):
    """Keys of the projects that one of these units leads or assists."""
    rows = ProjectUnit.objects.filter(_until_its_end("left_at"), unit__in=own).order_by()
    led = Project._base_manager.filter(lead__in=own).order_by()
    return led.values("pk").union(rows.values("project"))


def _served(own) -> tuple:
    """Keys of the projects that serve a need of one of these units, or one it asks along with."""
    rows = ProjectNeed.objects.filter(_until_its_end("left_at")).order_by()
    along = CoFiler.objects.of(own).order_by().values("need")
    return (
        rows.filter(need__unit__in=own).values("project"),
        rows.filter(need__in=along).values("project"),
    )


def _given_by(own):
    rows = Project._meta.get_field("commitments").related_model.objects.order_by()
    return rows.filter(_until_its_end("withdrawn_at"), unit__in=own).values("project")


class Project(Stateful):
    """Needs joined to what units give, until they are solved (项目)."""

    PREFIX = "项"  # data: of its number

    class Status(models.TextChoices):
        PLANNED = "planned", _("筹备中")
        ACTIVE = "active", _("实施中")
        DONE = "done", _("已完成")
        STOPPED = "stopped", _("已中止")
        ARCHIVED = "archived", _("已归档")

    STEPS = {
        Status.PLANNED: {Status.ACTIVE, Status.STOPPED},
        Status.ACTIVE: {Status.DONE, Status.STOPPED},
        Status.DONE: {Status.ARCHIVED, Status.ACTIVE},
        Status.STOPPED: {Status.ARCHIVED, Status.ACTIVE},
        Status.ARCHIVED: {Status.ACTIVE},
    }

    number = models.CharField(_("编号"), max_length=20, unique=True, editable=False)
    name = models.CharField(_("名称"), max_length=80)
    lead = models.ForeignKey(
        Unit, models.PROTECT, related_name="led_projects", verbose_name=_("牵头单位")
    )
    goal = models.TextField(_("目标"), max_length=2000, blank=True)
    starts_on = models.DateField(_("开始日期"))
    due_on = models.DateField(_("计划完成日期"), null=True, blank=True)
    status = models.CharField(
        _("状态"), max_length=8, choices=Status, default=Status.PLANNED, editable=False
    )
    ended_at = models.DateTimeField(_("完成或中止时间"), null=True, editable=False)
    archived_at = models.DateTimeField(_("归档时间"), null=True, editable=False)
    reason = models.CharField(_("中止原因"), max_length=500, blank=True, editable=False)
    item = models.ForeignKey(
        ActionItem,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="projects",
        verbose_name=_("督办事项"),
    )
    measure = models.ForeignKey(
        Measure,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="projects",
        verbose_name=_("举措"),
    )
    needs = models.ManyToManyField(Need, through="ProjectNeed", related_name="projects")
    resources = models.ManyToManyField(Resource, through="Commitment", related_name="projects")
    assisting = models.ManyToManyField(
        Unit, through="ProjectUnit", related_name="assisted_projects", verbose_name=_("协作单位")
    )

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("项目")
        indexes = [
            models.Index(fields=["-starts_on", "-id"], name="project_newest"),
            models.Index(fields=["status", "-starts_on"], name="project_by_status"),
            models.Index(F("due_on").asc(), F("id").desc(), name="project_by_due"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_on=None) | Q(due_on__gte=F("starts_on")),
                name="project_due_after_start",
                violation_error_message=_("计划完成日期不能早于开始日期。"),
            ),
            models.CheckConstraint(
                condition=Q(status__in=LIVE, ended_at=None)
                | Q(status__in=ENDED, ended_at__isnull=False),
                name="project_ended_sometime",
            ),
            models.CheckConstraint(
                condition=~Q(status="archived") | Q(archived_at__isnull=False),
                name="project_archived_sometime",
            ),
        ]

    def __str__(self):
        return f"{self.number} {self.name}"

    def get_absolute_url(self):
        return reverse("services:project-detail", args=[self.pk])

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def is_archived(self) -> bool:
        return self.status == self.Status.ARCHIVED


class OfProject(ScopedQuerySet):
    """Rows of a project that whoever sees it reads."""

    def view_scope(self, user) -> Q:
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        return Q(project__in=Project.objects.visible_to(user).order_by().values("pk"))

    def edit_scope(self, user) -> Q:
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        return Q(project__in=Project.objects.editable_by(user).order_by().values("pk"))


class InProject(OfProject):
    """Rows of a project for those who carry it: the park, the lead and the assisting units."""

    def view_scope(self, user) -> Q:
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        return Q(project__in=Project.objects.known_to(user).order_by().values("pk"))


class ProjectUnit(models.Model):
    """A unit that assists in a project, and with what (协作单位)."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="unit_links")
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="project_links", verbose_name=_("单位")
    )
    task = models.CharField(_("任务"), max_length=200, blank=True)
    joined_at = models.DateTimeField(_("加入时间"), default=timezone.now)
    left_at = models.DateTimeField(_("退出时间"), null=True)

    objects = OfProject.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("项目协作单位")
        ordering = ["joined_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "unit"], condition=Q(left_at=None), name="assists_once"
            )
        ]

    def __str__(self):
        return f"{self.project} – {self.unit}"


class ProjectNeed(models.Model):
    """A need that a project serves (对接)."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="need_links")
    need = models.ForeignKey(Need, models.PROTECT, related_name="project_links")
    joined_at = models.DateTimeField(_("对接时间"), default=timezone.now)
    left_at = models.DateTimeField(_("退出时间"), null=True)
    why = models.CharField(_("退出原因"), max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("项目对接的需求")
        constraints = [
            models.UniqueConstraint(
                fields=["need"], condition=Q(left_at=None), name="need_in_one_project"
            )
        ]

    def __str__(self):
        return f"{self.project} – {self.need}"
