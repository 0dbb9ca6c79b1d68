from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "nanchuan.accounts"
    verbose_name = _("账号")

    def ready(self):
        from auditlog.registry import auditlog

        from nanchuan.accounts import events, policies, receivers, roles  # noqa: F401
        from nanchuan.accounts.models import StaffPost, User

        auditlog.register(User, exclude_fields=["password", "last_login"])
        auditlog.register(StaffPost)
        post_migrate.connect(make_cache_table, sender=self)


def make_cache_table(using, verbosity, **kwargs):
    """The counts of wrong passwords live in a table that migrations do not know of."""
    from django.core.management import call_command

    call_command("createcachetable", database=using, verbosity=0)
