"""Files that were added to something in the alliance. Who may take them out, their owner says."""

from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel import attached


def kept_at(instance, filename) -> str:
    """A name that says nothing, outside of what the web server shows."""
    return f"alliance/{uuid4().hex}"


class Attached(attached.Attached):
    file = models.FileField(_("文件"), upload_to=kept_at)

    class Meta(attached.Attached.Meta):
        abstract = True


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
