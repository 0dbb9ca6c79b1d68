from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Remark(models.Model):
    """The reason that was given with a step (办理意见)."""

    class Step(models.TextChoices):
        RETURNED = "returned", _("退回补充")
        DECLINED = "declined", _("未受理")
        WITHDRAWN = "withdrawn", _("撤回")
        REOPENED = "reopened", _("重新办理")
        APPEALED = "appealed", _("申诉")
        APPEAL_RULED = "appeal_ruled", _("申诉答复")
        MERGED = "merged", _("并案")
        REASSIGNED = "reassigned", _("更换责任单位")
        HELD = "held", _("暂停计时")
        LONG_TERM = "long_term", _("转为长期办理")

    need = models.ForeignKey(
        "services.Need", models.PROTECT, related_name="remarks", verbose_name=_("需求")
    )
    step = models.CharField(_("环节"), max_length=12, choices=Step)
    text = models.CharField(_("原因"), max_length=500)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("填写人"),
    )
    written_at = models.DateTimeField(_("时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("办理意见")
        ordering = ["-written_at", "-pk"]

    def __str__(self):
        return f"{self.need} {self.get_step_display()}"
