"""Files that were added to something in the alliance. Who may take them out, their owner says."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def kept_at(instance, filename) -> str:
    """A name that says nothing, outside of what the web server shows."""
    return f"alliance/{uuid4().hex}"


class Attached(models.Model):
    """A file with the name that people gave it."""

    file = models.FileField(_("文件"), upload_to=kept_at)
    name = models.CharField(_("文件名"), max_length=120)
    size = models.PositiveIntegerField(_("大小"))
    kind = models.CharField(_("类型"), max_length=5)  # the extension that was checked
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    added_at = models.DateTimeField(_("添加时间"), default=timezone.now, editable=False)

    class Meta:
        abstract = True
        ordering = ["pk"]

    def __str__(self):
        return self.name


class RegulationFile(Attached):
    regulation = models.ForeignKey(
        "alliance.Regulation", models.PROTECT, related_name="files", verbose_name=_("章程或制度")
    )

    class Meta(Attached.Meta):
        verbose_name = verbose_name_plural = _("章程和制度附件")


class DutyFile(Attached):
    duty = models.ForeignKey(
        "alliance.Duty", models.PROTECT, related_name="files", verbose_name=_("轮值职责")
    )

    class Meta(Attached.Meta):
        verbose_name = verbose_name_plural = _("轮值职责附件")


class HandoverFile(Attached):
    handover = models.ForeignKey(
        "alliance.Handover", models.PROTECT, related_name="files", verbose_name=_("轮值交接")
    )

    class Meta(Attached.Meta):
        verbose_name = verbose_name_plural = _("交接材料")


class MeasureFile(Attached):
    note = models.ForeignKey(
        "alliance.MeasureNote", models.PROTECT, related_name="files", verbose_name=_("进展")
    )

    class Meta(Attached.Meta):
        verbose_name = verbose_name_plural = _("举措佐证")


class AgendaFile(Attached):
    item = models.ForeignKey(
        "alliance.AgendaItem", models.PROTECT, related_name="files", verbose_name=_("议程")
    )

    class Meta(Attached.Meta):
        verbose_name = verbose_name_plural = _("会议材料")


class CheckInFile(Attached):
    """A photo of a sheet that was signed by hand."""

    meeting = models.ForeignKey(
        "alliance.Meeting", models.PROTECT, related_name="sheets", verbose_name=_("会议")
    )

    class Meta(Attached.Meta):
        verbose_name = verbose_name_plural = _("签到表照片")


class ItemFile(Attached):
    note = models.ForeignKey(
        "alliance.ItemNote", models.PROTECT, related_name="files", verbose_name=_("进展")
    )

    class Meta(Attached.Meta):
        verbose_name = verbose_name_plural = _("督办事项佐证")
