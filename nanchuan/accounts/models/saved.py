from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.querysets import ScopedQuerySet


class SavedViewQuerySet(ScopedQuerySet):
    def of_page(self, page: str) -> Self:
        return self.filter(page=page)

    def view_scope(self, user) -> Q:
        return Q(user=user.pk)

    edit_scope = view_scope


class SavedView(models.Model):
    """A filter and an order of a list that somebody uses again (常用筛选), under a name of theirs.

    `page` is the name of the list's URL. What was searched for may be somebody's name: the rows
    are their owner's alone, and stand in no event and no log.
    """

    MOST = 20  # on one list

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="saved_views",
        verbose_name=_("账号"),
    )
    page = models.CharField(max_length=60)
    name = models.CharField(_("名称"), max_length=30)
    query = models.CharField(max_length=500, blank=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("常用筛选")
        ordering = ["page", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "page", "name"],
                name="saved_view_name_once",
                violation_error_message=_("已有同名的常用筛选，请换一个名称。"),
            )
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        """The list as it was saved; nothing if there is no such list any more."""
        try:
            path = reverse(self.page)
        except NoReverseMatch:
            return ""
        return f"{path}?{self.query}" if self.query else path
