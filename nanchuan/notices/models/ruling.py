"""What the park office decided about a rule: rows with a first day, the latest one counts."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel import roles
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet


class RuleSettingQuerySet(ScopedQuerySet):
    def of(self, rule: str, on: date | None = None) -> Self:
        """The one in force on a date comes first."""
        rows = self.filter(rule=rule, starts_on__lte=on or timezone.localdate())
        return rows.order_by("-starts_on", "-version")

    def view_scope(self, user):
        return EVERYTHING if roles.has_role(user, roles.STAFF, roles.ADMIN) else NOTHING

    edit_scope = view_scope


class RuleSetting(models.Model):
    """How a rule speaks from a day on (规则设定). Without a row it speaks as it was written.

    `channels` and `offsets` are None for the rule's own; `audiences` are told besides.
    """

    rule = models.CharField(_("规则"), max_length=50)
    version = models.PositiveIntegerField(_("版次"))
    starts_on = models.DateField(_("开始日期"))
    is_on = models.BooleanField(_("启用"), default=True)
    channels = models.JSONField(_("渠道"), null=True)
    offsets = models.JSONField(_("提前量"), null=True)
    audiences = models.JSONField(_("另外通知"), default=list)
    note = models.CharField(_("说明"), max_length=200)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("设定人")
    )
    made_at = models.DateTimeField(_("设定时间"), default=timezone.now)

    objects = RuleSettingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("规则设定")
        ordering = ["-starts_on", "-version"]
        constraints = [
            # Of two who decide at once, both having read the same version, one is told so.
            models.UniqueConstraint(fields=["rule", "version"], name="setting_version_once")
        ]
        indexes = [models.Index(fields=["rule", "-starts_on", "-version"], name="setting_latest")]

    def __str__(self):
        return f"{self.rule} {self.starts_on}"
