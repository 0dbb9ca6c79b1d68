from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel import roles
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet


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


class SuggestionRemarkQuerySet(ScopedQuerySet):
    def standing(self) -> Self:
        return self.filter(taken_back_at=None)

    def view_scope(self, user) -> Q:
        """What the office says of other people's resources is not for them to read."""
        return EVERYTHING if roles.has_role(user, *roles.WHOLE_PARK) else NOTHING

    def edit_scope(self, user) -> Q:
        return EVERYTHING if roles.has_role(user, roles.STAFF) else NOTHING


class SuggestionRemark(models.Model):
    """The office says that a resource is no answer to a need (推荐得不对), and why: next time it
    is not proposed for it. If it is about another matter altogether, it stands lower for needs
    like this one too."""

    need = models.ForeignKey(
        "services.Need", models.PROTECT, related_name="suggestion_remarks", verbose_name=_("需求")
    )
    resource = models.ForeignKey(
        "services.Resource",
        models.PROTECT,
        related_name="suggestion_remarks",
        verbose_name=_("资源"),
    )
    is_other_matter = models.BooleanField(_("资源讲的是另一回事"))
    why = models.CharField(_("为什么不对"), max_length=200)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("指出人"),
    )
    at = models.DateTimeField(_("指出时间"), default=timezone.now)
    taken_back_at = models.DateTimeField(_("收回时间"), null=True)
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("收回人"),
    )

    objects = SuggestionRemarkQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("推荐意见")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["need", "resource"],
                condition=Q(taken_back_at=None),
                name="suggestion_remark_one_standing",
            ),
            models.CheckConstraint(
                condition=Q(taken_back_at=None) | Q(taken_back_at__gte=F("at")),
                name="suggestion_remark_taken_back_later",
            ),
            models.CheckConstraint(condition=~Q(why=""), name="suggestion_remark_says_why"),
        ]

    def __str__(self):
        return f"{self.need_id} {self.resource}"
