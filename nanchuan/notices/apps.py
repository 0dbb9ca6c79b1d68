from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    name = "nanchuan.notices"
    verbose_name = _("提醒")

    def ready(self):
        from nanchuan.notices import (  # noqa: F401
            addresses,
            events,
            policies,
            reminders,
            tasks,
            watch,
        )
