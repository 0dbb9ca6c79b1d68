"""The kinds of notices that people choose by: a person cannot weigh every rule."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    MEETING = "meeting", _("会议")
    ITEM = "item", _("督办与举措")
    ROTA = "rota", _("轮值")
    CHARTER = "charter", _("章程和制度")
    NEED = "need", _("需求工单")
    RESOURCE = "resource", _("资源与项目")
    LIFE = "life", _("组织生活")
    ORGANIZATION = "organ", _("换届与组织关系")
    DUES = "dues", _("党费")
    TASK = "task", _("任务清单")
    CIRCULAR = "circular", _("通知公告")
    SYSTEM = "system", _("系统运行")
