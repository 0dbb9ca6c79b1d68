"""When a step of a need is due (办理时钟), what stopped the clock, and who got more time."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models import Regulation
from members.models import Unit


class Clock(models.Model):
    """One step of a need on the working-day clock, by the version of the charter that it began
    under. Of each kind at most one runs; a reopened need has another round."""

    class Kind(models.TextChoices):
        REVIEW = "review", _("审核")
        ACCEPT = "accept", _("接单")
        CONTACT = "contact", _("首次联系企业")
        SOLVE = "solve", _("办结")

    class Level(models.IntegerChoices):
        """How far up it was told that a step is late; each level once."""

        NONE = 0, _("未催办")
        UNIT = 1, _("已提醒单位")
        SECRETARY = 2, _("已提醒单位书记")
        OFFICE = 3, _("已报党务办公室")
        LEADER = 4, _("已报园区领导")

    need = models.ForeignKey(
        "services.Need", models.PROTECT, related_name="clocks", verbose_name=_("需求")
    )
    kind = models.CharField(_("环节"), max_length=8, choices=Kind)
    unit = models.ForeignKey(  # None: the office
        Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("责任单位")
    )
    regulation = models.ForeignKey(
        Regulation, models.PROTECT, null=True, related_name="+", verbose_name=_("所依章程")
    )
    days = models.PositiveSmallIntegerField(_("期限（工作日）"))
    extra_days = models.PositiveSmallIntegerField(_("延期（工作日）"), default=0)
    started_at = models.DateTimeField(_("开始时间"))
    due_at = models.DateTimeField(_("到期时间"))
    done_at = models.DateTimeField(_("完成时间"), null=True)
    stopped_at = models.DateTimeField(_("停止时间"), null=True)  # neither done nor running
    level = models.PositiveSmallIntegerField(_("催办层级"), choices=Level, default=Level.NONE)
    next_at = models.DateTimeField(_("下次催办"), null=True)  # None while nothing runs
    told_of = models.DateTimeField(_("已提醒的到期时间"), null=True)  # which the unit heard ahead

    class Meta:
        verbose_name = verbose_name_plural = _("办理时钟")
        ordering = ["started_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["need", "kind"],
                condition=Q(done_at=None, stopped_at=None),
                name="clock_one_running",
            ),
            models.CheckConstraint(
                condition=Q(due_at__gte=F("started_at")), name="clock_due_after_start"
            ),
            models.CheckConstraint(
                condition=Q(done_at=None) | Q(stopped_at=None), name="clock_done_or_stopped"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"], condition=Q(next_at__isnull=False), name="clock_to_chase"
            ),
            models.Index(fields=["need", "kind"], name="clock_of_need"),
        ]

    def __str__(self):
        return f"{self.need_id} {self.get_kind_display()}"

    @property
    def is_running(self) -> bool:
        return self.done_at is None and self.stopped_at is None


class Pause(models.Model):
    """An interval in which the alliance's clocks of a need stand still (暂停计时); the
    enterprise's own waiting goes on."""

    class Why(models.TextChoices):
        HOLD = "hold", _("暂停办理")
        ENTERPRISE = "enterprise", _("等企业答复")
        LONG_TERM = "long_term", _("长期办理")

    need = models.ForeignKey(
        "services.Need", models.PROTECT, related_name="pauses", verbose_name=_("需求")
    )
    why = models.CharField(_("原因类别"), max_length=10, choices=Why)
    reason = models.CharField(_("原因"), max_length=500, blank=True)
    started_at = models.DateTimeField(_("开始时间"))
    expected_on = models.DateField(_("预计恢复日期"), null=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = _("暂停计时")
        ordering = ["started_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["need", "why"], condition=Q(ended_at=None), name="pause_one_open"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")),
                name="pause_ends_after_start",
            ),
        ]

    def __str__(self):
        return f"{self.need_id} {self.get_why_display()}"


class Extension(models.Model):
    """The responsible unit asks for more working days (延期); the office decides."""

    need = models.ForeignKey(
        "services.Need", models.PROTECT, related_name="extensions", verbose_name=_("需求")
    )
    clock = models.ForeignKey(Clock, models.PROTECT, related_name="extensions")
    days = models.PositiveSmallIntegerField(_("延长（工作日）"))
    reason = models.CharField(_("原因"), max_length=500)
    asked_at = models.DateTimeField(_("申请时间"), default=timezone.now)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("答复时间"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    is_granted = models.BooleanField(_("同意"), null=True)
    answer = models.CharField(_("答复"), max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("延期申请")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["need"], condition=Q(decided_at=None), name="extension_one_open"
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, is_granted=None)
                | Q(decided_at__isnull=False, is_granted__isnull=False),
                name="extension_decided_once",
            ),
        ]

    def __str__(self):
        return f"{self.need_id} +{self.days}"
