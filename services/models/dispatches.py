"""Which units work on a need, since when and until when, and what was objected."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Unit


class Dispatch(models.Model):
    """A unit becomes responsible for a need (派单、接单、转办): dated, never rewritten."""

    class How(models.TextChoices):
        TAKEN = "taken", _("抢单")
        DISPATCHED = "dispatched", _("派单")
        REASSIGNED = "reassigned", _("转办")

    class End(models.TextChoices):
        OBJECTION = "objection", _("异议成立")
        REASSIGNED = "reassigned", _("转办其他单位")
        WITHDRAWN = "withdrawn", _("需求撤回")

    need = models.ForeignKey(
        "services.Need", models.PROTECT, related_name="dispatches", verbose_name=_("需求")
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="dispatches", verbose_name=_("责任单位")
    )
    how = models.CharField(_("方式"), max_length=10, choices=How)
    note = models.CharField(_("交办要求"), max_length=500, blank=True)
    at = models.DateTimeField(_("派单时间"), default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    accepted_at = models.DateTimeField(_("接单时间"), null=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    end = models.CharField(_("结束原因"), max_length=10, choices=End, blank=True)
    notice_number = models.CharField(_("交办通知书编号"), max_length=30, blank=True)
    notice_at = models.DateTimeField(_("交办通知书日期"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("派单")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["notice_number"],
                condition=~Q(notice_number=""),
                name="dispatch_notice_once",
            ),
            models.UniqueConstraint(
                fields=["need"], condition=Q(ended_at=None), name="dispatch_one_standing"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("at")), name="dispatch_ends_later"
            ),
        ]
        indexes = [models.Index(fields=["unit", "-at"], name="dispatch_of_unit")]

    def __str__(self):
        return f"{self.need_id} {self.unit}"


class Told(models.IntegerChoices):
    """How far it was told that something is owed beside the clocks of a need; each once."""

    NOBODY = 0, _("未催办")
    DUE = 1, _("到期已提醒")
    LATE = 2, _("逾期已上报")


class Objection(models.Model):
    """The unit says that the order is not its own (异议): once for each dispatch, ruled by the
    office the same day, and final."""

    dispatch = models.OneToOneField(Dispatch, models.PROTECT, related_name="objection")
    reason = models.CharField(_("理由"), max_length=500)
    raised_at = models.DateTimeField(_("提出时间"), default=timezone.now)
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    due_at = models.DateTimeField(_("裁定期限"))
    told = models.PositiveSmallIntegerField(_("催办层级"), choices=Told, default=Told.NOBODY)
    ruled_at = models.DateTimeField(_("裁定时间"), null=True)
    ruled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    is_upheld = models.BooleanField(_("异议成立"), null=True)
    ruling = models.CharField(_("裁定意见"), max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("异议")
        constraints = [
            models.CheckConstraint(
                condition=Q(ruled_at=None, is_upheld=None)
                | Q(ruled_at__isnull=False, is_upheld__isnull=False),
                name="objection_ruled_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(ruled_at=None, told__lt=Told.LATE),
                name="objection_to_rule",
            )
        ]

    def __str__(self):
        return str(self.dispatch)


class AssistanceQuerySet(models.QuerySet):
    def standing(self) -> Self:
        return self.filter(ended_at=None)


class Assistance(models.Model):
    """A unit that helps the responsible one (协办), within days of its own."""

    need = models.ForeignKey(
        "services.Need", models.PROTECT, related_name="assistances", verbose_name=_("需求")
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="assistances", verbose_name=_("协办单位")
    )
    asked_at = models.DateTimeField(_("交办时间"), default=timezone.now)
    due_at = models.DateTimeField(_("协办期限"))
    told = models.PositiveSmallIntegerField(_("催办层级"), choices=Told, default=Told.NOBODY)
    done_at = models.DateTimeField(_("完成时间"), null=True)
    result = models.CharField(_("协办情况"), max_length=1000, blank=True)
    ended_at = models.DateTimeField(_("解除时间"), null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = AssistanceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("协办")
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["need", "unit"], condition=Q(ended_at=None), name="assistance_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(done_at=None, ended_at=None, told__lt=Told.LATE),
                name="assistance_to_give",
            )
        ]

    def __str__(self):
        return f"{self.need_id} {self.unit}"


class CoFilerQuerySet(models.QuerySet):
    def admitted(self) -> Self:
        return self.exclude(admitted_at=None)

    def of(self, units) -> Self:
        """Rows by which one of these units reads the whole of a need."""
        return self.admitted().filter(unit__in=units)


class CoFiler(models.Model):
    """Another unit that asks for the same (共同提出). Whoever joins by itself reads the public
    face only until the filer lets it in: anybody could join to read what a competitor asks."""

    need = models.ForeignKey(
        "services.Need", models.PROTECT, related_name="cofilers", verbose_name=_("需求")
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="cofiled_needs", verbose_name=_("共同提出单位")
    )
    joined_at = models.DateTimeField(_("加入时间"), default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    admitted_at = models.DateTimeField(_("同意加入时间"), null=True)

    objects = CoFilerQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("共同提出单位")
        constraints = [models.UniqueConstraint(fields=["need", "unit"], name="cofiler_once")]

    def __str__(self):
        return f"{self.need_id} {self.unit}"


class Appeal(models.Model):
    """The filer asks to look again at a need that was declined (申诉): once."""

    need = models.OneToOneField(
        "services.Need", models.PROTECT, related_name="appeal", verbose_name=_("需求")
    )
    reason = models.CharField(_("申诉理由"), max_length=500)
    appealed_at = models.DateTimeField(_("申诉时间"), default=timezone.now)
    appealed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    ruled_at = models.DateTimeField(_("答复时间"), null=True)
    ruled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    is_upheld = models.BooleanField(_("申诉成立"), null=True)
    answer = models.CharField(_("答复"), max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("申诉")

    def __str__(self):
        return str(self.need_id)
