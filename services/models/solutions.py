from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Solution(models.Model):
    """A solution offered to the enterprise, and what the enterprise said (解决方案)."""

    class Rating(models.IntegerChoices):
        VERY_GOOD = 5, _("非常满意")
        GOOD = 4, _("满意")
        FAIR = 3, _("一般")
        POOR = 2, _("不满意")
        VERY_POOR = 1, _("很不满意")

    need = models.ForeignKey(
        "services.Need", models.PROTECT, related_name="solutions", verbose_name=_("需求")
    )
    text = models.TextField(_("解决情况"), max_length=3000)
    public_summary = models.CharField(
        _("可公开的办法"),
        max_length=500,
        blank=True,
        help_text=_("以后有类似需求时，其他单位会看到这一段，请勿写单位名称。"),
    )
    offered_at = models.DateTimeField(_("提交时间"), default=timezone.now)
    offered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("提交人")
    )
    confirmed_at = models.DateTimeField(_("确认时间"), null=True)
    automatically = models.BooleanField(_("自动确认"), default=False)
    rating = models.PositiveSmallIntegerField(_("评价"), null=True, choices=Rating)
    comment = models.CharField(_("评价意见"), max_length=500, blank=True)
    refused_at = models.DateTimeField(_("退回时间"), null=True)
    refusal = models.CharField(_("退回原因"), max_length=500, blank=True)
    reopened_at = models.DateTimeField(_("重新办理时间"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("解决方案")
        ordering = ["-offered_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["need"],
                condition=Q(refused_at=None, reopened_at=None),
                name="solution_one_standing",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(refused_at=None),
                name="solution_not_both_answers",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(automatically=True) | Q(rating__isnull=False),
                name="solution_confirmed_with_rating",
            ),
            models.CheckConstraint(
                condition=Q(rating=None) | Q(rating__gte=1, rating__lte=5),
                name="solution_rating_1_to_5",
            ),
        ]
        indexes = [models.Index(fields=["confirmed_at"], name="solution_confirmed")]

    def __str__(self):
        return str(self.need)
