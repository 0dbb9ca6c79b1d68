from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "nanchuan.portal"
    verbose_name = _("首页")

    def ready(self):
        from nanchuan.portal import policies  # noqa: F401
