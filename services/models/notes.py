"""What is written while a need is worked on, and the files beside it."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models.files import Attached
from members.models import Unit


class NeedNote(models.Model):
    """What was done for a need (办理记录). `is_public`: the filer reads it too; what is internal
    stays with the office, the responsible and the assisting units."""

    class Kind(models.TextChoices):
        PROGRESS = "progress", _("进展")
        CONTACT = "contact", _("联系企业")
        STATEMENT = "statement", _("长期办理月报")
        REPLY = "reply", _("企业补充")

    need = models.ForeignKey(
        "services.Need", models.PROTECT, related_name="notes", verbose_name=_("需求")
    )
    kind = models.CharField(_("类别"), max_length=9, choices=Kind, default=Kind.PROGRESS)
    text = models.TextField(_("内容"), max_length=2000)
    is_public = models.BooleanField(_("提出单位可见"), default=True)
    unit = models.ForeignKey(  # None: the office
        Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("单位")
    )
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    written_at = models.DateTimeField(_("时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("办理记录")
        ordering = ["-written_at", "-pk"]
        indexes = [models.Index(fields=["need", "-written_at"], name="need_note_newest")]

    def __str__(self):
        return f"{self.need_id} {self.get_kind_display()}"


class NeedFile(Attached):
    """A photo or a document that the filer added."""

    need = models.ForeignKey(
        "services.Need", models.PROTECT, related_name="files", verbose_name=_("需求")
    )

    class Meta(Attached.Meta):
        verbose_name = verbose_name_plural = _("需求附件")


class NeedNoteFile(Attached):
    note = models.ForeignKey(
        NeedNote, models.PROTECT, related_name="files", verbose_name=_("办理记录")
    )

    class Meta(Attached.Meta):
        verbose_name = verbose_name_plural = _("办理记录附件")
