from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from nanchuan.accounts.models.users import User


class SlipQuerySet(models.QuerySet):
    def open(self) -> Self:
        return self.filter(used_at=None, withdrawn_at=None)

    def valid(self) -> Self:
        return self.open().filter(expires_at__gt=timezone.now(), user__is_active=True)


class Slip(models.Model):
    """A one-time slip of paper (登录凭条) with which a person sets a first or a new password.

    Only a keyed hash of the code is stored; the code itself is printed once.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="slips", verbose_name=_("账号"))
    code_hash = models.CharField(max_length=64, unique=True)
    issued_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("签发人")
    )
    issued_at = models.DateTimeField(_("签发时间"), default=timezone.now)
    expires_at = models.DateTimeField(_("有效期至"))
    used_at = models.DateTimeField(_("使用时间"), null=True)
    withdrawn_at = models.DateTimeField(_("作废时间"), null=True)

    objects = SlipQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("登录凭条")
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(used_at=None, withdrawn_at=None),
                name="slip_one_open_per_user",
            )
        ]

    def __str__(self):
        return f"{self.user} {self.expires_at:%Y-%m-%d}"


def with_slips(accounts):
    """Each account of a queryset knows until when its slip can be used, or None."""
    slips = Slip.objects.valid().filter(user=models.OuterRef("pk"))
    return accounts.annotate(slip_until=models.Subquery(slips.values("expires_at")[:1]))
