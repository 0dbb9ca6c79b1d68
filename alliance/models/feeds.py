from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models.groups import Group
from members.models import Unit
from nanchuan.kernel.querysets import ScopedQuerySet


class FeedQuerySet(ScopedQuerySet):
    def live(self) -> Self:
        return self.filter(revoked_at=None)

    def view_scope(self, user) -> Q:
        return Q(user=user)

    edit_scope = view_scope


class Feed(models.Model):
    """A calendar that a person subscribed to (日历订阅): the turns and meetings of a group or a
    unit, or of neither all that is the person's own, as this person may see them on the day they
    are fetched.

    The address holds a token of which only the hash is kept; it is shown once.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="feeds", verbose_name=_("账号")
    )
    group = models.ForeignKey(
        Group, models.PROTECT, null=True, blank=True, verbose_name=_("联盟小组")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, verbose_name=_("单位"))
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(_("建立时间"), default=timezone.now, editable=False)
    used_at = models.DateTimeField(_("最近一次读取"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("停用时间"), null=True, editable=False)

    objects = FeedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("日历订阅")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(group=None) | Q(unit=None), name="feed_of_one_thing")
        ]

    def __str__(self):
        return str(self.group or self.unit or _("我的日程"))

    @property
    def is_personal(self) -> bool:
        return self.group_id is None and self.unit_id is None
