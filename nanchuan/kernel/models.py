"""What happened, in order, for good."""

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel import appendonly
from nanchuan.kernel.importing.models import ImportBatch, ImportColumns, ImportRow
from nanchuan.kernel.serials import Serial
from nanchuan.kernel.workdays import CalendarDay, WorkingHours

__all__ = [
    "CalendarDay",
    "Event",
    "FormToken",
    "ImportBatch",
    "ImportColumns",
    "ImportRow",
    "Serial",
    "WorkingHours",
]


class Event(models.Model):
    """Something that happened (事件): the audit trail and the queue of work to do, in one row.

    Labels are copied, so that the trail still reads when its subject or actor is gone.
    """

    name = models.CharField(_("事件"), max_length=50)
    subject_type = models.ForeignKey(ContentType, models.PROTECT)
    subject_id = models.PositiveBigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    subject_label = models.CharField(_("对象"), max_length=200)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    by_label = models.CharField(_("经办人"), max_length=100, blank=True)
    facts = models.JSONField(_("内容"), default=dict, encoder=DjangoJSONEncoder)
    happened_at = models.DateTimeField(_("时间"), default=timezone.now, db_index=True)
    handled_at = models.DateTimeField(null=True, editable=False)
    failures = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("事件")
        indexes = [
            models.Index(
                fields=["id"], condition=models.Q(handled_at=None), name="event_to_handle"
            ),
            models.Index(fields=["subject_type", "subject_id", "-id"], name="event_of_subject"),
        ]

    def __str__(self):
        return f"{self.name} {self.subject_label}"


# The two columns of the queue may change; what happened may not.
appendonly.protect(
    "kernel_event",
    (
        "name",
        "subject_type_id",
        "subject_id",
        "subject_label",
        "by_id",
        "by_label",
        "facts",
        "happened_at",
    ),
)


class FormToken(models.Model):
    """A form that was sent: the second click finds what the first one made."""

    token = models.UUIDField(primary_key=True)
    url = models.CharField(max_length=200)
    sent_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = _("已提交的表单")

    def __str__(self):
        return self.url
