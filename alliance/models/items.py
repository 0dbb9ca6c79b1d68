from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models.resolutions import ActionItem
from members.models import Unit


class ItemStep(models.Model):
    """A change of an action item that counts (督办事项变动), with how it stood afterwards; never
    changed, so that the past can be told."""

    class What(models.TextChoices):
        REPORTED = "reported", _("报告完成")
        CONFIRMED = "confirmed", _("确认办结")
        RETURNED = "returned", _("退回继续办理")
        DROPPED = "dropped", _("不再办理")
        REOPENED = "reopened", _("重新办理")
        EXTENDED = "extended", _("同意延期")
        REASSIGNED = "reassigned", _("调整责任单位")

    item = models.ForeignKey(
        ActionItem, models.PROTECT, related_name="steps", verbose_name=_("督办事项")
    )
    what = models.CharField(_("变动"), max_length=10, choices=What)
    status = models.CharField(_("状态"), max_length=12, choices=ActionItem.Status)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("责任单位"))
    due_on = models.DateField(_("完成期限"))
    reason = models.CharField(_("原因"), max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("督办事项变动")
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["item", "at"], name="item_step_of")]

    def __str__(self):
        return f"{self.item.number} {self.get_what_display()}"
