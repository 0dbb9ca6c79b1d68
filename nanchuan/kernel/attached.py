"""Documents kept beside a record; where they are stored, and who takes them out, says the app."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Attached(models.Model):
    """A file with the name that people gave it; a subclass adds the `file` itself."""

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
