from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel import roles
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from nanchuan.kernel.words import Worded
from services.models.needs import Need


class ReadyAnswerQuerySet(ScopedQuerySet):
    def valid(self, on: date | None = None) -> Self:
        on = on or timezone.localdate()
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=on))

    def newest(self) -> Self:
        return self.order_by("-changed_at", "-pk")

    def view_scope(self, user) -> Q:
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        valid = Q(valid_until=None) | Q(valid_until__gte=timezone.localdate())
        return valid if roles.has_role(user, *roles.WHOLE_PARK, roles.UNIT) else NOTHING

    def edit_scope(self, user) -> Q:
        return EVERYTHING if roles.has_role(user, roles.STAFF) else NOTHING


class ReadyAnswer(Worded):
    """What the office answers to a question that comes again and again (现成答复)."""

    category = models.CharField(_("类别"), max_length=12, choices=Need.Category)
    question = models.CharField(_("问题"), max_length=100)
    answer = models.TextField(_("答复"), max_length=3000)
    source = models.CharField(_("依据"), max_length=200, blank=True)
    valid_until = models.DateField(_("有效期至"), null=True, blank=True)
    words = models.TextField(editable=False, default="")
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    changed_at = models.DateTimeField(_("更新时间"), default=timezone.now, editable=False)

    objects = ReadyAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("现成答复")
        ordering = ["category", "-changed_at", "-pk"]

    def __str__(self):
        return self.question

    def refresh_words(self) -> None:
        """What is searched in; the caller saves it."""
        self.words = f"{self.question} {self.answer}".lower()

    @property
    def is_valid(self) -> bool:
        return self.valid_until is None or self.valid_until >= timezone.localdate()

    def get_absolute_url(self):
        return reverse("services:answer-detail", args=[self.pk])
