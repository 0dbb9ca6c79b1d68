from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CircularsConfig(AppConfig):
    name = "nanchuan.circulars"
    verbose_name = _("通知公告")

    def ready(self):
        from auditlog.registry import auditlog

        from nanchuan.circulars import events, models, policies, reminders  # noqa: F401
        from nanchuan.kernel.fieldlog import columns

        for model in (models.Circular, models.Numbering, models.Question, models.Target):
            auditlog.register(model, include_fields=columns(model))
