"""When the work behind the pages stood still."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel import roles
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet


class OutageQuerySet(ScopedQuerySet):
    def view_scope(self, user) -> Q:
        return EVERYTHING if roles.has_role(user, roles.ADMIN) else NOTHING

    def edit_scope(self, user) -> Q:
        return NOTHING


class Outage(models.Model):
    """A kind of work that stood still (停摆), from its last heartbeat until it went on."""

    work = models.CharField(_("工作"), max_length=20)
    began_at = models.DateTimeField(_("停摆时间"))
    ended_at = models.DateTimeField(_("恢复时间"), null=True)

    objects = OutageQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("后台工作停摆")
        constraints = [
            models.UniqueConstraint(
                fields=["work"], condition=Q(ended_at=None), name="outage_open_once"
            )
        ]

    def __str__(self):
        return self.work

    def get_absolute_url(self):
        return reverse("notices:machinery")
