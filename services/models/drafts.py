from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.fields import SealedJSONField
from nanchuan.kernel.querysets import ScopedQuerySet


class NeedDraftQuerySet(ScopedQuerySet):
    def newest(self) -> Self:
        return self.order_by("-saved_at", "-pk")

    def view_scope(self, user) -> Q:
        return Q(by=user)

    edit_scope = view_scope


class NeedDraft(models.Model):
    """A need that is not filed yet (草稿): what its writer has typed so far, and nobody else
    reads. It has no number and is counted nowhere."""

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="need_drafts", editable=False
    )
    typed = SealedJSONField(blank=True)
    saved_at = models.DateTimeField(_("保存时间"), default=timezone.now)

    objects = NeedDraftQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("需求草稿")
        indexes = [models.Index(fields=["by", "-saved_at"], name="need_draft_newest")]

    def __str__(self):
        return str(self.pk)
