from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Reckoning(models.Model):
    """All running clocks are reckoned anew, chunk by chunk, after the working calendar changed.

    Once through (`passed_at`) it goes through them a second time a little later, for acts that
    were under way with the old calendar.
    """

    asked_at = models.DateTimeField(_("提出时间"), default=timezone.now)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    total = models.PositiveIntegerField(_("需求数"), default=0)
    done = models.PositiveIntegerField(_("已算"), default=0)
    last = models.BigIntegerField(default=0)  # the need that was reckoned last
    passed_at = models.DateTimeField(_("完成时间"), null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("重新计算期限")
        ordering = ["pk"]

    def __str__(self):
        return str(self.asked_at)
