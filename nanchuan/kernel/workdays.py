"""What the park decides about its working time: hours from a day on, and single days that are
worked or free otherwise than the library says. Asked through `kernel.calendar` alone."""

from datetime import time

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class CalendarDay(models.Model):
    """A day that is worked, or free, because the park says so (工作日历)."""

    date = models.DateField(_("日期"), unique=True)
    is_working = models.BooleanField(_("上班"))
    name = models.CharField(_("说明"), max_length=50, blank=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    changed_at = models.DateTimeField(_("更新时间"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("工作日历")
        ordering = ["date"]

    def __str__(self):
        return str(self.date)


class WorkingHours(models.Model):
    """The hours of a working day, from a day on until the next ones begin (作息时间)."""

    starts_on = models.DateField(_("施行日期"), unique=True)
    morning_from = models.TimeField(_("上午上班"), default=time(8, 30))
    morning_until = models.TimeField(_("上午下班"), default=time(12))
    afternoon_from = models.TimeField(_("下午上班"), default=time(14))
    afternoon_until = models.TimeField(_("下午下班"), default=time(18))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    changed_at = models.DateTimeField(_("更新时间"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("作息时间")
        ordering = ["starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(morning_from__lt=F("morning_until"))
                & Q(morning_until__lte=F("afternoon_from"))
                & Q(afternoon_from__lt=F("afternoon_until")),
                name="hours_in_order",
                violation_error_message=_("时间须依次为：上午上班、上午下班、下午上班、下午下班。"),
            )
        ]

    def __str__(self):
        return str(self.starts_on)
