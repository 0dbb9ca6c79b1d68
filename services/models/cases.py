from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models import Topic


class TopicCase(models.Model):
    """A need that a topic of a joint meeting speaks of (议题所列需求)."""

    class Why(models.TextChoices):
        SETBACKS = "setbacks", _("两次未解决")
        COMMON = "common", _("共性问题")

    topic = models.ForeignKey(Topic, models.PROTECT, related_name="cases", verbose_name=_("议题"))
    need = models.ForeignKey(
        "services.Need", models.PROTECT, related_name="topic_cases", verbose_name=_("需求")
    )
    why = models.CharField(_("原因"), max_length=8, choices=Why)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    added_at = models.DateTimeField(_("时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("议题所列需求")
        constraints = [models.UniqueConstraint(fields=["topic", "need"], name="topic_case_once")]

    def __str__(self):
        return f"{self.topic_id} {self.need_id}"
