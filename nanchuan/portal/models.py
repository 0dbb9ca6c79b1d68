from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _


class DemoRow(models.Model):
    """A row that the demo brought, so that exactly it can be taken away again."""

    kind = models.ForeignKey(ContentType, models.CASCADE)
    row = models.CharField(max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = _("演示数据")
        constraints = [models.UniqueConstraint(fields=["kind", "row"], name="demo_row_once")]

    def __str__(self):
        return f"{self.kind} {self.row}"
