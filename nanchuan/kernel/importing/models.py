"""A file on its way into the portal: uploaded, looked at, applied, perhaps taken back.

The rows are the queue of the work and what survives a closed tab. Everything that was read from
the file is encrypted, and gone after `expires_at`.
"""

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from nanchuan.kernel import roles
from nanchuan.kernel.fields import EncryptedTextField, SealedFileField, SealedJSONField
from nanchuan.kernel.querysets import EVERYTHING, ScopedQuerySet
from nanchuan.kernel.states import Stateful

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 3


class ImportBatchQuerySet(ScopedQuerySet):
    def at_work(self) -> Self:
        return self.filter(status__in=ImportBatch.AT_WORK)

    def unattended(self) -> Self:
        """Work that nobody has taken, or whose worker has fallen silent."""
        return self.at_work().filter(Q(lease_until=None) | Q(lease_until__lt=Now()))

    def expired(self) -> Self:
        return self.exclude(status__in=ImportBatch.AT_WORK).filter(expires_at__lt=Now())

    def forget_expired(self) -> None:
        """Of what was applied stays that it was, without its rows; the rest goes altogether."""
        over = (ImportBatch.Status.APPLIED, ImportBatch.Status.UNDONE)
        kept = self.expired().filter(status__in=over)
        ImportRow.objects.filter(batch__in=kept).delete()
        kept.update(reading={}, source=b"", notice="")
        self.expired().exclude(status__in=over).delete()

    def view_scope(self, user) -> Q:
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        return Q(by=user)

    edit_scope = view_scope


class ImportBatch(Stateful):
    """One file that somebody brought (导入批次)."""

    class Status(models.TextChoices):
        READING = "reading", _("正在读取")
        COLUMNS = "columns", _("待对应列")
        READY = "ready", _("待确认")
        APPLYING = "applying", _("正在导入")
        APPLIED = "applied", _("已导入")
        UNDOING = "undoing", _("正在撤销")
        UNDONE = "undone", pgettext_lazy("import", "已撤销")
        FAILED = "failed", _("未能读取")

    AT_WORK = (Status.READING, Status.APPLYING, Status.UNDOING)
    STEPS = {
        Status.READING: {Status.READY, Status.COLUMNS, Status.FAILED},
        Status.COLUMNS: {Status.READING},
        Status.READY: {Status.READING, Status.APPLYING},
        Status.APPLYING: {Status.APPLIED, Status.READY},
        Status.APPLIED: {Status.UNDOING},
        Status.UNDOING: {Status.UNDONE, Status.APPLIED},
    }

    DOTS = {
        Status.READING: "in_progress",
        Status.COLUMNS: "soon",
        Status.READY: "soon",
        Status.APPLYING: "in_progress",
        Status.APPLIED: "done",
        Status.UNDOING: "in_progress",
        Status.UNDONE: "withdrawn",
        Status.FAILED: "failed",
    }

    kind = models.CharField(_("清单"), max_length=10, default="roster")  # of the importers
    name = models.CharField(_("文件"), max_length=150)
    language = models.CharField(max_length=10, default="zh-hans")  # of the sentences about its rows
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    uploaded_at = models.DateTimeField(_("上传时间"), default=timezone.now)
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.READING)
    expires_at = models.DateTimeField(_("保留到"))

    source = SealedFileField(blank=True, default=b"")
    reading = SealedJSONField(blank=True)  # sheets, headers, mapping, what was left out
    counts = models.JSONField(default=dict)  # rows by state
    notice = EncryptedTextField(blank=True)  # why the last step failed, for the person

    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(_("导入时间"), null=True)
    skips_errors = models.BooleanField(default=False)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("导入批次")
        ordering = ["-uploaded_at", "-pk"]

    def __str__(self):
        """Without the file's name, which may be somebody's: the trail keeps this."""
        return _("导入 %(number)s") % {"number": self.pk}

    @property
    def dot(self) -> str:
        """The colour of its state: as of other records that wait, are done or have failed."""
        return self.DOTS[self.status]

    @property
    def is_at_work(self) -> bool:
        return self.status in self.AT_WORK

    @property
    def is_open(self) -> bool:
        """Whether the rows of the preview can still be put right."""
        return self.status == self.Status.READY

    @property
    def may_be_undone(self) -> bool:
        return self.status == self.Status.APPLIED and self.expires_at > timezone.now()

    def claim(self) -> bool:
        """Take the work for the time of a lease; of two workers one gets it."""
        taken = type(self).objects.unattended().filter(pk=self.pk)
        return bool(taken.update(lease_until=Now() + LEASE, attempts=F("attempts") + 1))

    def beat(self, done: int, total: int) -> None:
        """Say how far the work is, and that somebody is at it."""
        row = type(self).objects.filter(pk=self.pk)
        row.update(done=done, total=total, lease_until=Now() + LEASE)


class ImportRowQuerySet(ScopedQuerySet):
    def view_scope(self, user) -> Q:
        return Q(batch__in=ImportBatch.objects.visible_to(user))

    edit_scope = view_scope


class ImportRow(models.Model):
    """A line of the file: its cells, what they say, and what would become of it (导入行)."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(_("行"))
    state = models.CharField(_("状态"), max_length=8)
    data = SealedJSONField()
    undo = SealedJSONField()

    objects = ImportRowQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("导入行")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="import_row_once"),
        ]
        indexes = [models.Index(fields=["batch", "state", "number"], name="import_row_state")]

    def __str__(self):
        return f"{self.batch} {self.number}"


class ImportColumns(models.Model):
    """Which column of a file means what, remembered for the next file with the same headers."""

    signature = models.CharField(max_length=64, unique=True)
    mapping = models.JSONField(default=dict)
    chosen_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = _("列对应关系")

    def __str__(self):
        return self.signature
