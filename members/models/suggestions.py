from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.models.activities import Activity
from nanchuan.kernel.querysets import ScopedQuerySet
from nanchuan.kernel.states import Stateful


class SuggestionQuerySet(ScopedQuerySet):
    def oldest_open_first(self) -> Self:
        return self.order_by("-status", "made_on", "pk")  # open stands after done in the alphabet

    def view_scope(self, user) -> Q:
        return Q(activity__in=Activity.objects.visible_to(user))

    def edit_scope(self, user) -> Q:
        return Q(activity__in=Activity.objects.editable_by(user))


class Suggestion(Stateful):
    """A suggestion made at a tea talk (意见建议), and what became of it."""

    KIND = "tea_talk"  # the code of the activities at which they are made

    class Status(models.TextChoices):
        OPEN = "open", _("待答复")
        DONE = "done", _("已答复")

    STEPS = {Status.OPEN: {Status.DONE}, Status.DONE: {Status.OPEN}}

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="suggestions")
    text = models.CharField(_("意见建议"), max_length=500)
    made_on = models.DateField(_("提出日期"), editable=False)
    status = models.CharField(
        _("状态"), max_length=5, choices=Status, default=Status.OPEN, editable=False
    )
    outcome = models.CharField(pgettext_lazy("suggestion", "办理情况"), max_length=500, blank=True)
    answered_on = models.DateField(_("答复日期"), null=True, editable=False)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False
    )
    added_at = models.DateTimeField(_("登记时间"), default=timezone.now, editable=False)

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("意见建议")
        constraints = [
            models.CheckConstraint(
                condition=Q(status="open", answered_on=None)
                | Q(status="done", answered_on__isnull=False) & ~Q(outcome=""),
                name="suggestion_answered_in_words",
            )
        ]
        indexes = [models.Index(fields=["-status", "made_on", "id"], name="suggestion_open")]

    def __str__(self):
        return self.text[:30]

    def get_absolute_url(self):
        return f"{self.activity.get_absolute_url()}#suggestions"

    @staticmethod
    def list_url() -> str:
        return reverse("members:suggestion-list")
