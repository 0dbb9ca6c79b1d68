import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nanchuan.circulars.models.addressees import Addressee
from nanchuan.circulars.models.circulars import Question
from nanchuan.kernel.attached import Attached
from nanchuan.kernel.fields import SealedJSONField
from nanchuan.kernel.querysets import ScopedQuerySet
from nanchuan.kernel.words import Worded


class SubmissionQuerySet(ScopedQuerySet):
    def handed_in(self):
        return self.exclude(status=Submission.Status.DRAFT)

    def view_scope(self, user) -> Q:
        """A draft is the business of those who write it alone."""
        out = ~Q(status=Submission.Status.DRAFT)
        seen = Q(addressee__in=Addressee.objects.visible_to(user))
        return (seen & out) | self.edit_scope(user)

    def edit_scope(self, user) -> Q:
        return Q(addressee__in=Addressee.objects.editable_by(user))


class Submission(Worded):
    """One version of what an addressee sends back (报送); a draft until it is handed in."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("草稿")
        SUBMITTED = "submitted", _("待审核")
        RETURNED = "returned", _("已退回")
        ACCEPTED = "accepted", _("已通过")

    addressee = models.ForeignKey(Addressee, models.CASCADE, related_name="submissions")
    version = models.PositiveSmallIntegerField(_("版次"))
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.DRAFT)
    answers = SealedJSONField(
        verbose_name=_("填报内容")
    )  # number of the question → what was answered
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(_("报送人"), max_length=100, blank=True)
    changed_at = models.DateTimeField(_("更新时间"))
    sent_at = models.DateTimeField(_("报送时间"), null=True)
    decided_at = models.DateTimeField(_("审核时间"), null=True)
    reason = models.CharField(_("退回原因"), max_length=500, blank=True)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("报送")
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["addressee", "version"], name="submission_version_once")
        ]

    def __str__(self):
        return f"{self.addressee} {self.version}"


def submission_path(file, filename):
    return f"submissions/{uuid.uuid4().hex}"


class SubmissionFile(Attached):
    """A file that answers a question, or goes with the rest. The next version keeps what the one
    before had: several rows may share a stored file."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="files")
    question = models.ForeignKey(
        Question, models.PROTECT, null=True, related_name="+", verbose_name=_("填报项")
    )
    file = models.FileField(_("文件"), upload_to=submission_path)

    class Meta(Attached.Meta):
        verbose_name = verbose_name_plural = _("报送的文件")
