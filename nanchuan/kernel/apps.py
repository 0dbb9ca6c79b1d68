from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class KernelConfig(AppConfig):
    name = "nanchuan.kernel"
    verbose_name = _("系统")

    def ready(self):
        from nanchuan.kernel import pieces  # noqa: F401 - a lookup of its own
        from nanchuan.kernel.appendonly import put_rules

        post_migrate.connect(put_rules, sender=self, dispatch_uid="append-only")


class PortalAdminConfig(AdminConfig):
    default_site = "nanchuan.kernel.admin.PortalAdminSite"
